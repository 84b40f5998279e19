/** Requests to erase contacts: whose keys are to be destroyed, and how far that is. Contract section 9. */

import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { normaliseParty } from '../domain/conversation.ts';
import { done, type Outcome, type Refused, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import { findLink, type LinkStore, listLinks } from '../intake/contacts/links.ts';
import { formerConversations } from '../projection/read/former-conversations.ts';
import { liveProjection } from '../projection/tables/live-projection.ts';
import { FORMER_HASHES } from '../sealing/hashes.ts';
import { keysOfContacts } from '../sealing/key-rows.ts';
import { erasedName } from '../sealing/names.ts';
import { WRAPPED } from '../sealing/rewrap.ts';
import type { Sealing } from '../sealing/sealing.ts';
import { recordChange } from '../store/audit.ts';
import { commitUnlessRefused } from '../store/commit-unless-refused.ts';
import { LOCKS } from '../store/locks.ts';
import type { ErasuresTable } from '../store/sealing-tables.ts';
import type { Tables } from '../store/tables.ts';

export interface ErasureStore extends LinkStore {
  sealing: Pick<Sealing, 'hashes' | 'keys' | 'master'>;
}

/** Whom somebody wants erased; all in the form in which it came. */
export interface ToErase {
  tenant: string;
  channel: string;
  /** null: whatever the account. */
  account: string | null;
  contact: string;
}

export type Erasure = Selectable<ErasuresTable>;

interface Change {
  /** Id of the API key. */
  actor: string;
  /** ms */
  at: number;
}

/**
 * Notes that a contact is to be erased, and its aliases; repeated while that is under way, or with nothing come since, it
 * is the same erasure. Refuses with `invalid-request` and with `unsealed-records`. Rejects with `KeysUnavailable`.
 */
export async function requestErasure(
  store: ErasureStore,
  asked: ToErase,
  reason: string,
  change: Change,
): Promise<Outcome<Erasure>> {
  const whose = await partiesOf(store, asked);
  if (!whose.ok) return whose;
  const { account, parties } = whose.value;
  const { tenant, channel } = asked;
  const refused = await unsealedRefused(store.db, { tenant, channel, account, parties });
  if (refused !== null) return refused;
  const { hashes, master } = store.sealing;
  const target = {
    contacts: parties.map((contact) => hashes.contact({ tenant, channel, contact })),
    conversations:
      account === null
        ? null
        : parties.map((contact) => hashes.conversation({ tenant, channel, account, contact })),
  };
  return await commitUnlessRefused<Erasure>(store.db, async (db) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.erasures)})`.execute(db);
    const same = await sameErasure(db, { tenant, account, ...target });
    if (same !== null) return done(same);
    const made = await db
      .insertInto('sealing.erasures')
      .values({
        ...{ tenant, channel, account, ...target, actor: change.actor, requested_at: change.at },
        reason: master.seal(WRAPPED.erasureReasons.label, Buffer.from(reason)),
        state: 'ending',
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await audit(db, made, 'request', change);
    return done(made);
  });
}

/** The contact that events are taken for, and every alias that is linked to it; in normal form. */
export async function partiesOf(
  store: ErasureStore,
  { tenant, channel, ...asked }: ToErase,
): Promise<Outcome<{ account: string | null; parties: string[] }>> {
  const account = asked.account === null ? null : normaliseParty(channel, asked.account);
  const named = normaliseParty(channel, asked.contact);
  if (named === '')
    return refuse('invalid-request', say('is empty once it is reduced to what identifies it'), '/contact');
  if (account === '')
    return refuse('invalid-request', say('is empty once it is reduced to what identifies it'), '/account');
  const link = await findLink(store, { tenant, channel, alias: named });
  const contact = link?.contact ?? named;
  const parties = [contact];
  for (let after: readonly [string, string] | null = null; ; ) {
    const links = await listLinks(store, { tenant, channel, contact }, { after, limit: 1_000 });
    parties.push(...links.map(({ alias }) => alias));
    const last = links.at(-1);
    if (last === undefined) return done({ account, parties });
    after = [last.channel, last.hashes.alias];
  }
}

async function unsealedRefused(
  db: Kysely<Tables>,
  {
    tenant,
    channel,
    account,
    parties,
  }: { tenant: string; channel: string; account: string | null; parties: readonly string[] },
): Promise<Refused | null> {
  const hashes =
    account === null
      ? []
      : parties.map((contact) => FORMER_HASHES.conversation({ tenant, channel, account, contact }));
  // It rejects until every record of format 1 is counted, so that none is missed.
  const known = await formerConversations(db, hashes);
  const inClear =
    account !== null
      ? known.size > 0
      : (await (
          await liveProjection(db)
        )
          .selectFrom('conversations')
          .select('conversation')
          .where('tenant', '=', tenant)
          .where('channel', '=', channel)
          .where('contact', '=', sql<string>`ANY (${parties}::text[])`)
          .limit(1)
          .executeTakeFirst()) !== undefined;
  return inClear
    ? refuse(
        'unsealed-records',
        say('The log has records of this contact from before personal data was sealed. Nothing was erased.'),
      )
    : null;
}

/** One that is under way, or the last one where nothing has come since. */
async function sameErasure(
  db: Transaction<Tables>,
  {
    tenant,
    account,
    contacts,
    conversations,
  }: { tenant: string; account: string | null; contacts: string[]; conversations: string[] | null },
): Promise<Erasure | null> {
  const before = await db
    .selectFrom('sealing.erasures')
    .selectAll()
    .where('tenant', '=', tenant)
    .where(sql<boolean>`contacts @> ${contacts}::uuid[] AND account IS NOT DISTINCT FROM ${account}`)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (before === undefined || before.state === 'ending') return before ?? null;
  const live = (await keysOfContacts(db, { contacts, conversations })).filter(({ isEnded }) => !isEnded);
  return live.length === 0 ? before : null;
}

/** Without whom: the entry says where the reason is. */
export async function audit(
  db: Transaction<Tables>,
  erasure: Erasure,
  action: 'request' | 'finish',
  { actor, at }: Change,
): Promise<void> {
  const { id, tenant, channel, account, contacts, keys } = erasure;
  await recordChange(db, {
    ...{ at, actor, tenant, action, subjectType: 'erasure', subject: String(id) },
    before: null,
    after: { id, channel, account, contact: erasedName(contacts[0] ?? ''), keys },
  });
}

export async function findErasure(
  { db }: Pick<ErasureStore, 'db'>,
  tenant: string,
  id: number,
): Promise<Erasure | null> {
  const found = await db
    .selectFrom('sealing.erasures')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('id', '=', id)
    .executeTakeFirst();
  return found ?? null;
}

/** Of a tenant, newest first, before one. */
export async function listErasures(
  { db }: Pick<ErasureStore, 'db'>,
  tenant: string,
  { before, limit }: { before: number | null; limit: number },
): Promise<Erasure[]> {
  let query = db
    .selectFrom('sealing.erasures')
    .selectAll()
    .where('tenant', '=', tenant)
    .orderBy('id', 'desc')
    .limit(limit);
  if (before !== null) query = query.where('id', '<', before);
  return await query.execute();
}

export function reasonOf(
  { sealing: { master } }: Pick<ErasureStore, 'sealing'>,
  { reason }: Erasure,
): string {
  return master.open(WRAPPED.erasureReasons.label, reason).toString();
}
