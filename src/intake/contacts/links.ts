/** Contact links: whose an alias is, in the database. Contract section 5. */

import { type Kysely, sql, type Transaction } from 'kysely';
import { normaliseParty } from '../../domain/conversation.ts';
import { isoInstant } from '../../domain/instant.ts';
import { done, type Outcome, type Refused, refuse } from '../../domain/refusal.ts';
import { recordChange } from '../../store/audit.ts';
import { commitUnlessRefused } from '../../store/commit-unless-refused.ts';
import type { Tables } from '../../store/tables.ts';

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
    ? refuse('invalid-request', 'The alias is empty once it is reduced to what identifies it.')
    : done({ tenant, channel, alias });
}

/**
 * Makes a link; one that says the same already stays as it is. Refuses with `invalid-request`, with `alias-linked` where
 * the alias is somebody else's, and with `link-chain` where the contact is an alias itself or the alias has aliases.
 */
export async function putLink(
  db: Kysely<Tables>,
  alias: Alias,
  named: string,
  change: Change,
): Promise<Outcome<{ link: ContactLink; created: boolean }>> {
  const contact = normaliseParty(alias.channel, named);
  if (contact === '')
    return refuse('invalid-request', 'is empty once it is reduced to what identifies it', '/contact');
  if (contact === alias.alias) return refuse('invalid-request', 'is the alias itself', '/contact');
  return await commitUnlessRefused<{ link: ContactLink; created: boolean }>(db, async (transaction) => {
    const number = await nextChange(transaction);
    const before = await findLink(transaction, alias);
    if (before?.contact === contact) return done({ link: before, created: false });
    const refused = before === null ? await chainRefused(transaction, alias, contact) : alreadyLinked(alias);
    if (refused !== null) return refused;
    const link: ContactLink = { ...alias, contact, actor: change.actor, createdAt: change.at };
    const row = { contact, actor: change.actor, created_at: change.at, change: number };
    await transaction
      .insertInto('billing.contact_links')
      .values({ ...alias, ...row })
      .onConflict((conflict) => conflict.columns(['tenant', 'channel', 'alias']).doUpdateSet(row))
      .execute();
    await audit(transaction, link, change, 'create');
    return done({ link, created: true });
  });
}

/** Ends a link. Refuses with `not-found`. */
export async function deleteLink(db: Kysely<Tables>, alias: Alias, change: Change): Promise<Outcome<void>> {
  return await commitUnlessRefused(db, async (transaction) => {
    const number = await nextChange(transaction);
    const link = await findLink(transaction, alias);
    if (link === null) return refuse('not-found', NO_LINK);
    await transaction
      .updateTable('billing.contact_links')
      .set({ contact: null, change: number })
      .where(isOf(alias))
      .execute();
    await audit(transaction, link, change, 'delete');
    return done(undefined);
  });
}

export const NO_LINK = 'The alias is linked to nobody.';

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
    `${alias} is linked to somebody else: delete that link first, if it was wrong.`,
  );
}

async function chainRefused(
  transaction: Transaction<Tables>,
  { tenant, channel, alias }: Alias,
  contact: string,
): Promise<Refused | null> {
  const rows = await transaction
    .selectFrom('billing.contact_links')
    .select('alias')
    .where('tenant', '=', tenant)
    .where('channel', '=', channel)
    .where('contact', 'is not', null)
    .where(({ or, eb }) => or([eb('alias', '=', contact), eb('contact', '=', alias)]))
    .limit(1)
    .execute();
  if (rows[0] === undefined) return null;
  return refuse(
    'link-chain',
    rows[0].alias === contact
      ? `${contact} is an alias itself: link to the contact that it stands for.`
      : `${alias} has aliases itself, ${rows[0].alias} among them: link these to the contact first.`,
  );
}

async function audit(
  transaction: Transaction<Tables>,
  link: ContactLink,
  { actor, at }: Change,
  action: 'create' | 'delete',
): Promise<void> {
  await recordChange(transaction, {
    ...{ at, actor, action, subjectType: 'contact-link', tenant: link.tenant },
    subject: `${link.channel}/${link.alias}`,
    before: action === 'create' ? null : showLink(link),
    after: action === 'create' ? showLink(link) : null,
  });
}

/** A link as answers and the audit show it. */
export function showLink({ tenant: _, actor, createdAt, ...link }: ContactLink) {
  return { ...link, linkedBy: actor, createdAt: isoInstant(createdAt) };
}

/** The link of an alias, where one stands. */
export async function findLink(db: Kysely<Tables>, alias: Alias): Promise<ContactLink | null> {
  const row = await standing(db).where(isOf(alias)).executeTakeFirst();
  return row ?? null;
}

/** Links of a tenant by (channel, alias), after a place. */
export async function listLinks(
  db: Kysely<Tables>,
  {
    tenant,
    channel,
    contact,
  }: { tenant: string; channel?: string | undefined; contact?: string | undefined },
  { after, limit }: { after: readonly [channel: string, alias: string]; limit: number },
): Promise<ContactLink[]> {
  let query = standing(db)
    .where('tenant', '=', tenant)
    .where(sql<boolean>`(channel, alias) > (${after[0]}, ${after[1]})`)
    .orderBy('channel')
    .orderBy('alias')
    .limit(limit);
  if (channel !== undefined) query = query.where('channel', '=', channel);
  // On WhatsApp one person is spelt in more ways than elsewhere.
  if (contact !== undefined) query = query.where(sql<boolean>`contact = ${spellings(channel, contact)}`);
  return await query.execute();
}

function spellings(channel: string | undefined, contact: string) {
  if (channel !== undefined) return sql`${normaliseParty(channel, contact)}`;
  return sql`CASE channel WHEN 'whatsapp' THEN ${normaliseParty('whatsapp', contact)} ELSE ${normaliseParty('', contact)} END`;
}

function standing(db: Kysely<Tables>) {
  return db
    .selectFrom('billing.contact_links')
    .select(['tenant', 'channel', 'alias', 'actor', 'created_at as createdAt'])
    .select(sql<string>`contact`.as('contact'))
    .where('contact', 'is not', null);
}

function isOf({ tenant, channel, alias }: Alias) {
  return sql<boolean>`(tenant, channel, alias) = (${tenant}, ${channel}, ${alias})`;
}

/** What became of an alias; `contact` null: its link has ended. */
export interface LinkChange extends Alias {
  contact: string | null;
  change: number;
}

/** The changes after one, in their order; ended links among them only where `after` is not 0. */
export async function changesAfter(db: Kysely<Tables>, after: number, limit: number): Promise<LinkChange[]> {
  return await db
    .selectFrom('billing.contact_links')
    .select(['tenant', 'channel', 'alias', 'contact', 'change'])
    .where('change', '>', after)
    .orderBy('change')
    .limit(limit)
    .execute();
}
