/** Contact links: whose an alias is, in the database, by keyed hashes and with sealed names. Contract sections 5 and 9. */

import { type Kysely, sql, type Transaction } from 'kysely';
import { normaliseParty } from '../../domain/conversation.ts';
import { isoInstant } from '../../domain/instant.ts';
import { done, type Outcome, type Refused, refuse } from '../../domain/refusal.ts';
import { say } from '../../domain/sentences.ts';
import type { ContactKey } from '../../sealing/contact-keys.ts';
import { erasedName, openNames, sealNames } from '../../sealing/names.ts';
import type { Sealing } from '../../sealing/sealing.ts';
import { recordChange } from '../../store/audit.ts';
import { commitUnlessRefused } from '../../store/commit-unless-refused.ts';
import type { Tables } from '../../store/tables.ts';

/** Where links are, and what seals them. */
export interface LinkStore {
  db: Kysely<Tables>;
  sealing: Pick<Sealing, 'hashes' | 'keys'>;
}

/** An alias of a tenant's contact on a channel; all in normal form. */
export interface Alias {
  tenant: string;
  channel: string;
  alias: string;
}

/** A link that stands. */
export interface ContactLink extends Alias {
  contact: string;
  /** Id of the API key that made it. */
  actor: string;
  /** ms */
  createdAt: number;
}

/** The same, and how it is found. */
export interface StoredLink extends ContactLink {
  hashes: LinkHashes;
}

/** Keyed hashes of (tenant, channel, alias) and (tenant, channel, contact). */
export interface LinkHashes {
  alias: string;
  contact: string;
}

interface Change {
  /** Id of the API key. */
  actor: string;
  /** ms */
  at: number;
}

/** The normal form of an alias that somebody named; refuses with `invalid-request` where nothing is left of it. */
export function aliasOf(tenant: string, channel: string, named: string): Outcome<Alias> {
  const alias = normaliseParty(channel, named);
  return alias === ''
    ? refuse('invalid-request', say('The alias is empty once it is reduced to what identifies it.'))
    : done({ tenant, channel, alias });
}

/**
 * Makes a link; one that says the same already stays as it is. Refuses with `invalid-request`, with `alias-linked` where
 * the alias is somebody else's, and with `link-chain` where the contact is an alias itself or the alias has aliases.
 */
export async function putLink(
  store: LinkStore,
  alias: Alias,
  named: string,
  change: Change,
): Promise<Outcome<{ link: ContactLink; created: boolean }>> {
  const contact = normaliseParty(alias.channel, named);
  if (contact === '')
    return refuse('invalid-request', say('is empty once it is reduced to what identifies it'), '/contact');
  if (contact === alias.alias) return refuse('invalid-request', say('is the alias itself'), '/contact');
  const link: ContactLink = { ...alias, contact, actor: change.actor, createdAt: change.at };
  const hashes = hashesOf(store, link);
  // Before the transaction: a connection in hand must not wait for another.
  const key = await keyFor(store, link);
  return await commitUnlessRefused<{ link: ContactLink; created: boolean }>(store.db, async (db) => {
    const number = await nextChange(db);
    const before = await standing(db).where(isOf(alias, hashes.alias)).executeTakeFirst();
    if (before?.contact === hashes.contact)
      return done({ link: { ...link, actor: before.actor, createdAt: before.createdAt }, created: false });
    const refused =
      before === undefined ? await chainRefused({ ...store, db }, link, hashes) : alreadyLinked(alias);
    if (refused !== null) return refused;
    await insertLink(db, link, hashes, key, number);
    await auditLink(db, key, { link, hashes }, change, 'create');
    return done({ link, created: true });
  });
}

/** Stores a link, over one of the alias that has ended. */
export async function insertLink(
  db: Kysely<Tables>,
  { tenant, channel, ...link }: ContactLink,
  hashes: LinkHashes,
  key: ContactKey,
  change: number,
): Promise<void> {
  const { block } = sealNames(key, LINK, namesOf(link, hashes));
  const row = {
    ...{ contact: hashes.contact, names: block, change },
    ...{ actor: link.actor, created_at: link.createdAt },
  };
  await db
    .insertInto('billing.contact_links')
    .values({ tenant, channel, alias: hashes.alias, ...row })
    .onConflict((conflict) => conflict.columns(['tenant', 'channel', 'alias']).doUpdateSet(row))
    .execute();
}

/** Where the names of a link are kept, for their seal. */
const LINK = 'contact link';
export const LINK_AUDIT = 'audit';

/** Ends a link. Refuses with `not-found`. */
export async function deleteLink(store: LinkStore, alias: Alias, change: Change): Promise<Outcome<void>> {
  // Before the transaction, for the same reason; whose it is cannot change but by ending it.
  const link = await findLink(store, alias);
  if (link === null) return refuse('not-found', NO_LINK);
  const key = await keyFor(store, link);
  return await commitUnlessRefused(store.db, async (db) => {
    const change_ = await nextChange(db);
    const ended = await db
      .updateTable('billing.contact_links')
      .set({ contact: null, names: null, change: change_ })
      .where(isOf(alias, link.hashes.alias))
      .where('contact', '=', link.hashes.contact)
      .executeTakeFirst();
    if (ended.numUpdatedRows === 0n) return refuse('not-found', NO_LINK);
    await auditLink(db, key, { link, hashes: link.hashes }, change, 'delete');
    return done(undefined);
  });
}

/** Ends the links of contacts and aliases (by their hashes), of whom nothing is to be known any more. */
export async function endLinksOf(transaction: Transaction<Tables>, hashes: readonly string[]): Promise<void> {
  const any = sql<string>`ANY (${hashes}::uuid[])`;
  const rows = await transaction
    .selectFrom('billing.contact_links')
    .select(['tenant', 'channel', 'alias'])
    .where('contact', 'is not', null)
    .where(({ or, eb }) => or([eb('alias', '=', any), eb('contact', '=', any)]))
    .execute();
  for (const { tenant, channel, alias } of rows)
    await transaction
      .updateTable('billing.contact_links')
      .set({ contact: null, names: null, change: await nextChange(transaction) })
      .where(isOf({ tenant, channel, alias: '' }, alias))
      .execute();
}

export const NO_LINK = say('The alias is linked to nobody.');

/** The key that seals what names the contact of a link. */
export async function keyFor(
  { sealing }: LinkStore,
  { tenant, channel, contact }: ContactLink,
): Promise<ContactKey> {
  const [key] = await sealing.keys.forWriting([{ tenant, channel, account: null, contact }]);
  if (key === undefined) throw new Error('no key was given for a contact');
  return key;
}

export function hashesOf({ sealing: { hashes } }: LinkStore, link: Alias & { contact: string }): LinkHashes {
  return { alias: aliasHash(hashes, link), contact: hashes.contact(link) };
}

function aliasHash(hashes: Sealing['hashes'], { tenant, channel, alias }: Alias): string {
  return hashes.contact({ tenant, channel, contact: alias });
}

/**
 * Changes are made one after the other, so that two of them cannot make a chain, and whoever has seen one change has
 * seen all with smaller numbers.
 */
async function nextChange(transaction: Transaction<Tables>): Promise<number> {
  const { last } = await transaction
    .updateTable('billing.contact_link_changes')
    .set({ last: sql<number>`last + 1` })
    .returning('last')
    .executeTakeFirstOrThrow();
  return last;
}

function alreadyLinked({ alias }: Alias): Refused {
  return refuse(
    'alias-linked',
    say('{alias} is linked to somebody else: delete that link first, if it was wrong.', { alias }),
  );
}

async function chainRefused(
  store: LinkStore,
  { tenant, channel, alias, contact }: ContactLink,
  hashes: LinkHashes,
): Promise<Refused | null> {
  const row = await standing(store.db)
    .where('tenant', '=', tenant)
    .where('channel', '=', channel)
    .where(({ or, eb }) => or([eb('alias', '=', hashes.contact), eb('contact', '=', hashes.alias)]))
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return null;
  if (row.alias === hashes.contact)
    return refuse(
      'link-chain',
      say('{contact} is an alias itself: link to the contact that it stands for.', { contact }),
    );
  const [other] = await opened(store, [row]);
  return refuse(
    'link-chain',
    say('{alias} has aliases itself, {other} among them: link these to the contact first.', {
      alias,
      other: String(other?.alias),
    }),
  );
}

async function auditLink(
  transaction: Transaction<Tables>,
  key: ContactKey,
  { link, hashes }: { link: ContactLink; hashes: LinkHashes },
  { actor, at }: Change,
  action: 'create' | 'delete',
): Promise<void> {
  const shown = showLink({ ...link, alias: erasedName(hashes.alias), contact: erasedName(hashes.contact) });
  await recordChange(transaction, {
    ...{ at, actor, action, subjectType: 'contact-link', tenant: link.tenant },
    subject: `${link.channel}/${erasedName(hashes.alias)}`,
    before: action === 'create' ? null : shown,
    after: action === 'create' ? shown : null,
    names: sealNames(key, LINK_AUDIT, namesOf(link, hashes)),
  });
}

/** Who stands behind the placeholders. */
export function namesOf(
  { alias, contact }: Pick<ContactLink, 'alias' | 'contact'>,
  hashes: LinkHashes,
): Record<string, string> {
  return { [erasedName(hashes.alias)]: alias, [erasedName(hashes.contact)]: contact };
}

/** A link as answers and the audit show it. */
export function showLink({ channel, alias, contact, actor, createdAt }: ContactLink) {
  return { channel, alias, contact, linkedBy: actor, createdAt: isoInstant(createdAt) };
}

/** The link of an alias, where one stands. */
export async function findLink(store: LinkStore, alias: Alias): Promise<StoredLink | null> {
  const hash = aliasHash(store.sealing.hashes, alias);
  const row = await standing(store.db).where(isOf(alias, hash)).executeTakeFirst();
  return row === undefined ? null : ((await opened(store, [row]))[0] ?? null);
}

/** Links of a tenant by (channel, hash of the alias), after a place. */
export async function listLinks(
  store: LinkStore,
  {
    tenant,
    channel,
    contact,
  }: { tenant: string; channel?: string | undefined; contact?: string | undefined },
  { after, limit }: { after: readonly [channel: string, alias: string] | null; limit: number },
): Promise<StoredLink[]> {
  let query = standing(store.db)
    .where('tenant', '=', tenant)
    .orderBy('channel')
    .orderBy('alias')
    .limit(limit);
  if (after !== null) query = query.where(sql<boolean>`(channel, alias) > (${after[0]}, ${after[1]}::uuid)`);
  if (channel !== undefined) query = query.where('channel', '=', channel);
  if (contact !== undefined) {
    const channels = channel === undefined ? await channelsWithLinks(store.db, tenant) : [channel];
    const hashes = channels.map((name) =>
      store.sealing.hashes.contact({ tenant, channel: name, contact: normaliseParty(name, contact) }),
    );
    query = query.where('contact', '=', sql<string>`ANY (${hashes}::uuid[])`);
  }
  return await opened(store, await query.execute());
}

/** A contact is hashed with its channel, on which its spelling depends, too. */
async function channelsWithLinks(db: Kysely<Tables>, tenant: string): Promise<string[]> {
  const rows = await db
    .selectFrom('billing.contact_links')
    .select('channel')
    .distinct()
    .where('tenant', '=', tenant)
    .execute();
  return rows.map(({ channel }) => channel);
}

/** As the audit calls the links of an alias, with whatever tenant. */
export async function auditSubjects(store: LinkStore, channel: string, alias: string): Promise<string[]> {
  const rows = await store.db
    .selectFrom('billing.contact_links')
    .select('tenant')
    .distinct()
    .where('channel', '=', channel)
    .execute();
  return rows.map(
    ({ tenant }) => `${channel}/${erasedName(aliasHash(store.sealing.hashes, { tenant, channel, alias }))}`,
  );
}

interface LinkRow {
  tenant: string;
  channel: string;
  alias: string;
  contact: string;
  names: Buffer;
  actor: string;
  createdAt: number;
}

function standing(db: Kysely<Tables>) {
  return db
    .selectFrom('billing.contact_links')
    .select(['tenant', 'channel', 'alias', 'actor', 'created_at as createdAt'])
    .select([sql<string>`contact`.as('contact'), sql<Buffer>`names`.as('names')])
    .where('contact', 'is not', null);
}

function isOf({ tenant, channel }: Alias, hash: string) {
  return sql<boolean>`(tenant, channel, alias) = (${tenant}, ${channel}, ${hash}::uuid)`;
}

/** With their names; those of somebody who was erased meanwhile with what is left of them. */
async function opened({ db, sealing }: LinkStore, rows: readonly LinkRow[]): Promise<StoredLink[]> {
  const sealed = rows.map(({ contact, names }) => ({ whose: contact, block: names }));
  const found = await openNames(sealing.keys, LINK, sealed, db);
  return rows.map(({ names: _, ...row }, index) => {
    const [alias, contact] = [erasedName(row.alias), erasedName(row.contact)];
    return {
      ...row,
      ...{ alias: found[index]?.[alias] ?? alias, contact: found[index]?.[contact] ?? contact },
      hashes: { alias: row.alias, contact: row.contact },
    };
  });
}

/** What became of an alias: linked, or not any more. */
export interface LinkChange {
  tenant: string;
  channel: string;
  /** Keyed hash. */
  aliasHash: string;
  linked: { alias: string; contact: string } | null;
  change: number;
}

/** The changes after one, in their order; ended links among them only where `after` is not 0. */
export async function changesAfter(store: LinkStore, after: number, limit: number): Promise<LinkChange[]> {
  const rows = await store.db
    .selectFrom('billing.contact_links')
    .select(['tenant', 'channel', 'alias', 'contact', 'names', 'change'])
    .where('change', '>', after)
    .orderBy('change')
    .limit(limit)
    .execute();
  const sealed = rows.flatMap(({ contact, names }) =>
    contact === null || names === null ? [] : { whose: contact, block: names },
  );
  const names = Object.assign({}, ...(await openNames(store.sealing.keys, LINK, sealed))) as Record<
    string,
    string
  >;
  return rows.map(({ tenant, channel, alias, contact, change }) => {
    const linked = { alias: names[erasedName(alias)], contact: names[erasedName(contact ?? '')] };
    const isKnown = linked.alias !== undefined && linked.contact !== undefined;
    return {
      ...{ tenant, channel, aliasHash: alias, change },
      linked: contact === null || !isKnown ? null : (linked as { alias: string; contact: string }),
    };
  });
}
