import type { PoolClient } from 'pg';
import type { Conversation } from '../../../domain/conversation.ts';
import type { EventLog, Position } from '../../../log/log.ts';
import { readRecords } from '../../../log/read.ts';
import { decodeRecord } from '../../../log/record/record.ts';
import { onConnection } from '../../../store/database.ts';
import { LOCKS } from '../../../store/locks.ts';
import { conflictWith, sameContent } from '../../fates.ts';
import type { Quarantined, StoredEvent } from '../../tables/events.ts';
import {
  type GroupReader,
  inPortions,
  readGroups,
  textField,
  toStoredEvent,
} from '../../tables/grouped-rows.ts';
import { openProjection, type Projection } from '../../tables/projection.ts';
import { plainArray } from '../../tables/sql.ts';
import { createRecount, type Recount } from '../../tables/tallies.ts';
import type { SettingsCache, TenantRules } from '../../tables/tenant-rules.ts';
import type { WindowRow } from '../../tables/windows.ts';
import { openTiesWithin, type Unsealing, unsealingOver } from '../../unsealing.ts';
import { foldWhole } from '../../whole-conversation.ts';

/** What a fold of loaded events works with. */
export interface BulkFold {
  /** `writer` gets the one transaction; the others read. None has a time limit. */
  clients: { writer: PoolClient; events: PoolClient; conversations: PoolClient };
  schema: string;
  /** Those whose events are folded; conversations stay in one partition. */
  partitions: readonly number[];
  log: EventLog;
  /** Consumer group for a second look at the log. */
  group: string;
  settings: SettingsCache;
  unsealing: Unsealing;
  progress(events: number): void;
  signal: AbortSignal;
}

const WINDOWS_AT_ONCE = 5_000;

/**
 * Folds the loaded events of some partitions into windows and tallies: the same pure fold as the projector's, over
 * whole conversations. One transaction, so that it has happened or not; doing it twice gives the same, by whatever
 * rules there are then. The positions are held from its beginning, against another process that does the same.
 */
export async function foldLoaded(work: BulkFold): Promise<void> {
  const { clients, schema, partitions, settings } = work;
  const { writer } = clients;
  const projection = openProjection(writer, schema);
  await writer.query(
    `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = 0`,
  );
  try {
    await projection.positions.lock(partitions);
    // There are some where an earlier fold was done but could not be noted any more.
    await projection.windows.clear(partitions);
    const rules = await settings.load(writer, await projection.events.tenants());
    const repeats = noRepeats();
    const recount = createRecount();
    const voided = await foldConversations(work, projection, rules, repeats, recount);
    await removeRepeats(work, projection, repeats);
    await projection.events.markVoidedAt(voided);
    // Only now, and before any tally is touched. Whoever changes a zone counts what is stored when it begins, so that
    // no tallies may come that are neither in there nor counted by both zones; it holds the first one shared.
    await writer.query(`SELECT pg_advisory_xact_lock(${LOCKS.zoneChanges})`);
    await writer.query(`SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})`);
    await projection.tallies.clear(partitions);
    for (const partition of partitions) await projection.tallies.add(recount.of(partition));
    await writer.query('COMMIT');
  } catch (error) {
    await writer.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Resolves with where the voided events stand in the log. */
async function foldConversations(
  { clients, schema, partitions, unsealing, progress, signal }: BulkFold,
  projection: Projection,
  rules: ReadonlyMap<string, TenantRules>,
  repeats: Repeats,
  recount: Recount,
): Promise<Position[]> {
  for (const client of [clients.events, clients.conversations])
    await client.query("SET work_mem = '128MB'; SET jit = off; SET enable_indexscan = off");
  const parties = readGroups(
    clients.conversations,
    `SELECT conversation, tenant, channel, account, contact
     FROM ${schema}.conversations ORDER BY conversation`,
    toParty,
  );
  const events = readGroups(clients.events, loadedEvents(schema, partitions), toLoadedEvent);
  const opening = unsealingOver(unsealing, onConnection(clients.writer));
  const voided: Position[] = [];
  let added: WindowRow[] = [];
  let count = 0;
  let told = 0;
  for await (const portion of inPortions(
    loadedConversations(events, parties),
    ({ loaded }) => loaded.length,
  )) {
    const kept = portion.map(({ loaded }) => dropRepeats(loaded, repeats, unsealing.contentHash));
    await openTiesWithin(kept, opening, (tied) => blocksAt(clients.writer, schema, tied));
    for (const [i, { hash, party, loaded }] of portion.entries()) {
      const own = rules.get(party.tenant);
      if (own === undefined)
        throw new Error(`the rules of the tenant of conversation ${hash} were not loaded`);
      const whole = foldWhole(party, kept[i] ?? [], own, recount.of(loaded[0]?.partition ?? 0));
      for (const window of whole.windows) added.push(window);
      for (const { partition, offset } of whole.voided) voided.push({ partition, offset });
      count += loaded.length;
    }
    if (added.length >= WINDOWS_AT_ONCE) {
      await flush(projection, added, recount, rules);
      added = [];
    }
    if (count - told >= 10_000) {
      told = count;
      progress(count);
      signal.throwIfAborted();
    }
  }
  await flush(projection, added, recount, rules);
  progress(count);
  return voided;
}

interface LoadedConversation {
  hash: string;
  party: Conversation;
  /** By key, and by offset where that is the same; at least one. */
  loaded: LoadedEvent[];
}

async function* loadedConversations(
  events: GroupReader<LoadedEvent>,
  parties: GroupReader<Conversation>,
): AsyncGenerator<LoadedConversation> {
  try {
    for (let hash = await events.peek(); hash !== null; hash = await events.peek()) {
      const loaded = await events.take();
      // Those of other partitions are between them.
      while (((await parties.peek()) ?? hash) < hash) await parties.take();
      const conversation = await parties.peek();
      const [party] = await parties.take();
      if (conversation !== hash || party === undefined)
        throw new Error(`conversation ${hash} was loaded without its party`);
      yield { hash, party, loaded };
    }
  } finally {
    // Behind the last event parties of other partitions may follow.
    await Promise.all([events.end(), parties.end()]);
  }
}

async function flush(
  { windows }: Projection,
  added: WindowRow[],
  recount: Recount,
  rules: ReadonlyMap<string, TenantRules>,
): Promise<void> {
  for (const row of added) {
    const own = rules.get(row.tenant);
    if (own === undefined) throw new Error(`the rules of tenant ${row.tenant} were not loaded`);
    recount.countWindow(row, own.calendar.dayOf(row.opened_at));
  }
  await windows.write({ added, removed: [], moved: [] });
}

/** Repeats and conflicts leave the events and join the counts that they belong to. */
async function removeRepeats(
  { partitions, log, group }: BulkFold,
  { events, positions }: Projection,
  repeats: Repeats,
): Promise<void> {
  if (repeats.rows.length === 0) return;
  await events.remove(repeats.rows);
  const quarantine = await quarantineOf(log, group, repeats.conflicts);
  for (const partition of partitions) {
    const conflicts = quarantine.get(partition) ?? [];
    const duplicates = repeats.duplicates.get(partition) ?? 0;
    await events.writeQuarantine(conflicts);
    await positions.reclassify(partition, { duplicates, quarantined: conflicts.length });
  }
}

function toParty([, tenant, channel, account, contact]: string[]): Conversation {
  return {
    tenant: textField(tenant) ?? '',
    channel: textField(channel) ?? '',
    account: textField(account) ?? '',
    contact: textField(contact) ?? '',
  };
}

/** Loaded rows that are no events: repeats of one, and conflicts with one. */
interface Repeats {
  /** Where the rows that go stand in the log. */
  rows: Position[];
  /** By partition. */
  duplicates: Map<number, number>;
  conflicts: Conflict[];
}

interface Conflict {
  accepted: StoredEvent;
  partition: number;
  offset: number;
}

function noRepeats(): Repeats {
  return { rows: [], duplicates: new Map(), conflicts: [] };
}

/** `row`: where it lies in the table, as PostgreSQL names it. */
type LoadedEvent = StoredEvent & { row: string };

function toLoadedEvent(fields: string[]): LoadedEvent {
  return Object.assign(toStoredEvent(fields), { row: fields[11] ?? '' });
}

/** The sealed blocks of some loaded events, in their order; the table has no index yet, and nobody moves its rows. */
async function blocksAt(
  client: PoolClient,
  schema: string,
  events: readonly LoadedEvent[],
): Promise<(Buffer | null)[]> {
  const { rows } = await client.query<{ row: string; who: Buffer | null }>(
    `SELECT ctid::text AS row, who FROM ${schema}.events WHERE ctid = ANY ($1::tid[])`,
    [events.map(({ row }) => row)],
  );
  const found = new Map(rows.map(({ row, who }) => [row, who]));
  return events.map(({ row }) => found.get(row) ?? null);
}

/** Keeps the first event of each id and notes the others. Events come by key, and by offset where that is the same. */
function dropRepeats(
  events: readonly LoadedEvent[],
  repeats: Repeats,
  contentHash: Unsealing['contentHash'],
): LoadedEvent[] {
  const kept: LoadedEvent[] = [];
  for (const event of events) {
    const accepted = kept.at(-1);
    if (accepted?.key !== event.key) {
      kept.push(event);
      continue;
    }
    const { partition, offset } = event;
    repeats.rows.push({ partition, offset });
    if (sameContent(accepted, event, contentHash))
      repeats.duplicates.set(partition, (repeats.duplicates.get(partition) ?? 0) + 1);
    else repeats.conflicts.push({ accepted, partition, offset });
  }
  return kept;
}

/**
 * The events of some partitions, conversation by conversation, as `dropRepeats` wants them and `toStoredEvent` reads them.
 * Hashes stay as PostgreSQL prints them, with dashes: plain hex costs it 0.3 us an event, and they are only compared here
 * and written back.
 */
function loadedEvents(schema: string, partitions: readonly number[]): string {
  return `SELECT conversation, key, ref, class, at, partition, "offset", id,
      CASE WHEN class BETWEEN 3 AND 5 THEN NULL ELSE detail END, content, false, ctid
    FROM ${schema}.events WHERE partition = ANY ('${plainArray(partitions)}')
    ORDER BY conversation, key, "offset"`;
}

/** Reads the records of conflicts once more from the log, for quarantine keeps them as they are. */
async function quarantineOf(
  log: EventLog,
  group: string,
  conflicts: readonly Conflict[],
): Promise<Map<number, Quarantined[]>> {
  const found = new Map<number, Quarantined[]>();
  const wanted = new Map<string, Conflict>();
  const ranges = new Map<number, { from: number; until: number }>();
  for (const conflict of conflicts) {
    const { partition, offset } = conflict;
    const { from, until } = ranges.get(partition) ?? { from: offset, until: 0 };
    ranges.set(partition, { from: Math.min(from, offset), until: Math.max(until, offset + 1) });
    wanted.set(`${partition} ${offset}`, conflict);
    found.set(partition, []);
  }
  await readRecords(log, { group, ranges, batchSize: 4_000 }, ({ partition, records }) => {
    for (const { offset, value } of records) {
      const conflict = wanted.get(`${partition} ${offset}`);
      if (conflict === undefined) continue;
      found.get(partition)?.push(conflictWith(conflict.accepted, decodeRecord(value, partition, offset)));
    }
  });
  const count = [...found.values()].reduce((sum, rows) => sum + rows.length, 0);
  if (count !== conflicts.length)
    throw new Error(`the log gave ${count} of ${conflicts.length} conflicting records`);
  return found;
}
