import { type SqlBool, sql } from 'kysely';
import { normaliseParty } from '../../domain/conversation.ts';
import type { WindowKind } from '../../domain/window.ts';
import { anyHashOf } from '../../store/any-of.ts';
import { KIND_CODES } from '../tables/windows.ts';
import type { ReadSnapshot } from './snapshot.ts';

/** A window as it is stored, with the contact; instants in ms, hashes in hex. Contact and opener are empty where they are sealed. */
export interface StoredWindow {
  conversation: string;
  opener: string;
  kind: number;
  openedAt: number;
  closesAt: number;
  channel: string;
  account: string;
  contact: string;
  openedBy: string;
  partition: number;
  offset: number;
  origin: string | null;
  category: string | null;
  campaign: string | null;
  rule: string;
}

/** The sort key of the list: instant of opening, then id. */
export interface WindowKey {
  openedAt: number;
  conversation: string;
  opener: string;
}

export interface WindowFilter {
  tenant: string;
  /** Opened at or after `start` and before `end`, in ms. */
  opened: { start: number; end: number } | null;
  kind?: WindowKind | undefined;
  channel?: string | undefined;
  /** Compared after normalising it as ingest does. */
  account?: string | undefined;
  /** Only these. */
  conversations?: readonly string[] | undefined;
  origin?: string | undefined;
  campaign?: string | undefined;
}

/** Windows by (openedAt, id), after a key. */
export async function listWindows(
  snapshot: ReadSnapshot,
  filter: WindowFilter,
  after: WindowKey | null,
  limit: number,
): Promise<StoredWindow[]> {
  const { channel, account, conversations, opened, kind, origin, campaign } = filter;
  let query = selectWindows(snapshot)
    .where('w.tenant', '=', filter.tenant)
    .orderBy('w.opened_at')
    .orderBy('w.conversation')
    .orderBy('w.opener')
    .limit(limit);
  if (opened !== null)
    query = query.where('w.opened_at', '>=', opened.start).where('w.opened_at', '<', opened.end);
  if (kind !== undefined) query = query.where('w.kind', '=', KIND_CODES[kind]);
  if (channel !== undefined) query = query.where('w.channel', '=', channel);
  if (account !== undefined) query = query.where(partyIs(sql`w.account`, sql`w.channel`, channel, account));
  if (conversations !== undefined) query = query.where('w.conversation', '=', anyHashOf(conversations));
  if (origin !== undefined) query = query.where('w.origin', '=', origin);
  if (campaign !== undefined) query = query.where('w.campaign', '=', campaign);
  if (after !== null)
    query = query.where(
      sql<SqlBool>`(w.opened_at, w.conversation, w.opener) > (${after.openedAt}, ${after.conversation}::uuid, ${after.opener}::uuid)`,
    );
  return await query.execute();
}

/** The nth window of a kind in a stretch of time, counted from 1 in the order (openedAt, id); null: there are fewer. */
export async function nthWindow(
  { projection }: Pick<ReadSnapshot, 'projection'>,
  { tenant, kind, start, end }: { tenant: string; kind: WindowKind; start: number; end: number },
  nth: number,
): Promise<{ id: string; openedAt: number } | null> {
  const row = await projection
    .selectFrom('windows')
    .select(['opened_at as openedAt', 'conversation', 'opener'])
    .where('tenant', '=', tenant)
    .where('opened_at', '>=', start)
    .where('opened_at', '<', end)
    .where('kind', '=', KIND_CODES[kind])
    .orderBy('opened_at')
    .orderBy('conversation')
    .orderBy('opener')
    .offset(nth - 1)
    .limit(1)
    .executeTakeFirst();
  return row === undefined ? null : { id: windowId(row), openedAt: row.openedAt };
}

/** Hash of the conversation, then of the opener's id, each 32 hex digits; their order is that of the bytes. */
export function windowId({ conversation, opener }: Pick<WindowKey, 'conversation' | 'opener'>): string {
  return conversation + opener;
}

/** A window of the tenant by the two halves of its id; undefined where there is none. */
export async function findWindow(
  snapshot: ReadSnapshot,
  tenant: string,
  { conversation, opener }: Pick<WindowKey, 'conversation' | 'opener'>,
): Promise<StoredWindow | undefined> {
  return await selectWindows(snapshot)
    .where('w.conversation', '=', conversation)
    .where('w.opener', '=', opener)
    .where('w.tenant', '=', tenant)
    .executeTakeFirst();
}

/** The last window of a conversation opened before an instant (ms). */
export async function windowBefore(
  snapshot: ReadSnapshot,
  conversation: string,
  before: number,
): Promise<StoredWindow | undefined> {
  return await selectWindows(snapshot)
    .where('w.conversation', '=', conversation)
    .where('w.opened_at', '<', before)
    .orderBy('w.opened_at', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** The window of a conversation that is open at an instant (ms). */
export async function windowAround(
  snapshot: ReadSnapshot,
  conversation: string,
  at: number,
): Promise<StoredWindow | undefined> {
  return await selectWindows(snapshot)
    .where('w.conversation', '=', conversation)
    .where('w.opened_at', '<=', at)
    .where('w.closes_at', '>', at)
    .executeTakeFirst();
}

function selectWindows({ projection }: ReadSnapshot) {
  return projection
    .selectFrom('windows as w')
    .innerJoin('conversations as c', 'c.conversation', 'w.conversation')
    .select([
      'w.conversation',
      'w.opener',
      'w.kind',
      'w.opened_at as openedAt',
      'w.closes_at as closesAt',
      'w.channel',
      'w.account',
      'c.contact',
      'w.opened_by as openedBy',
      'w.partition',
      'w.offset',
      'w.origin',
      'w.category',
      'w.campaign',
      'w.rule',
    ]);
}

/**
 * Whether a column holds an account or contact, whose form depends on the channel (contract section 1, "Conversation
 * identity"): without a channel it may be a phone number in one place and plain text in another.
 */
export function partyIs(
  column: ReturnType<typeof sql>,
  channelColumn: ReturnType<typeof sql>,
  channel: string | undefined,
  value: string,
) {
  if (channel !== undefined) return sql<SqlBool>`${column} = ${normaliseParty(channel, value)}`;
  const onWhatsapp = normaliseParty('whatsapp', value);
  const elsewhere = normaliseParty('', value);
  if (onWhatsapp === elsewhere) return sql<SqlBool>`${column} = ${elsewhere}`;
  return sql<SqlBool>`(${column} IN (${onWhatsapp}, ${elsewhere})
    AND ${column} = CASE ${channelColumn} WHEN 'whatsapp' THEN ${onWhatsapp} ELSE ${elsewhere} END)`;
}
