import type { PoolClient } from 'pg';
import type { Conversation } from '../domain/conversation.ts';
import { isMessage } from '../domain/event.ts';
import { fold } from '../domain/window.ts';
import type { EventLog } from '../log/log.ts';
import { LOCKS } from '../store/locks.ts';
import { asFact, judgeEvents } from './assess.ts';
import { lockPositions } from './position.ts';
import { loadedEvents, nothingSifted, quarantineOf, type Sifted, sift } from './rebuild-sift.ts';
import { effectiveMessages } from './refold.ts';
import type { StoredEvent } from './relate.ts';
import type { SettingsCache, TenantRules } from './settings.ts';
import { plainArray } from './sql.ts';
import { countMessage, type TallyDeltas, writeTallies } from './tally.ts';
import { readGroups, textField, toStoredEvent } from './verify-rows.ts';
import { createRecount, type Recount } from './verify-tallies.ts';
import { type WindowRow, windowRow, writeWindows } from './windows.ts';
import { writeQuarantine } from './write.ts';

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
  const own = plainArray(partitions);
  await writer.query(
    `BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL idle_in_transaction_session_timeout = 0`,
  );
  try {
    await lockPositions(writer, schema, partitions);
    // There are some where an earlier fold was done but could not be noted any more.
    await writer.query(`DELETE FROM ${schema}.windows WHERE partition = ANY ($1)`, [own]);
    const rules = await settings.load(writer, await tenantsOf(writer, schema));
    const sifted = nothingSifted();
    const recount = createRecount();
    await foldConversations(work, rules, sifted, recount);
    await removeSifted(work, sifted);
    // Only now, and before any tally is touched: whoever changes a zone counts the tallies anew under this lock.
    await writer.query(`SELECT pg_advisory_xact_lock_shared(${LOCKS.settings})`);
    for (const table of ['window_tallies', 'message_tallies'])
      await writer.query(`DELETE FROM ${schema}.${table} WHERE partition = ANY ($1)`, [own]);
    for (const partition of partitions) await writeTallies(writer, schema, recount.of(partition));
    await writer.query('COMMIT');
  } catch (error) {
    await writer.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function tenantsOf(client: PoolClient, schema: string): Promise<Set<string>> {
  const { rows } = await client.query<{ tenant: string }>(
    `SELECT DISTINCT tenant FROM ${schema}.conversations`,
  );
  return new Set(rows.map(({ tenant }) => tenant));
}

async function foldConversations(
  { clients, schema, partitions, progress, signal }: BulkFold,
  rules: ReadonlyMap<string, TenantRules>,
  sifted: Sifted,
  recount: Recount,
): Promise<void> {
  for (const client of [clients.events, clients.conversations])
    await client.query("SET work_mem = '128MB'; SET jit = off; SET enable_indexscan = off");
  const parties = readGroups(
    clients.conversations,
    `SELECT conversation, tenant, channel, account, contact
     FROM ${schema}.conversations ORDER BY conversation`,
    toParty,
  );
  const events = readGroups(clients.events, loadedEvents(schema, partitions), toStoredEvent);
  let added: WindowRow[] = [];
  let count = 0;
  let told = 0;
  for (let hash = await events.peek(); hash !== null; hash = await events.peek()) {
    const loaded = await events.take();
    // Those of other partitions are between them.
    while (((await parties.peek()) ?? hash) < hash) await parties.take();
    const conversation = await parties.peek();
    const [party] = await parties.take();
    const own = rules.get(party?.tenant ?? '');
    if (conversation !== hash || party === undefined || own === undefined)
      throw new Error(`conversation ${hash} was loaded without its party`);
    const partition = loaded[0]?.partition ?? 0;
    added.push(...foldOne(party, sift(loaded, sifted), own, recount.of(partition)));
    count += loaded.length;
    if (added.length >= WINDOWS_AT_ONCE) {
      await flush(clients.writer, schema, added, recount);
      added = [];
    }
    if (count - told >= 10_000) {
      told = count;
      progress(count);
      signal.throwIfAborted();
    }
  }
  await flush(clients.writer, schema, added, recount);
  progress(count);
}

function foldOne(
  party: Conversation,
  events: readonly StoredEvent[],
  { rules, calendar }: TenantRules,
  deltas: TallyDeltas,
): WindowRow[] {
  const judgement = judgeEvents(events);
  for (const event of events) {
    if (!isMessage(event.class) || judgement.fate(asFact(event)) === 'voided') continue;
    const day = calendar.dayOf(event.at);
    const key = { tenant: party.tenant, day, partition: event.partition };
    countMessage(deltas, key, { class: event.class, count: 1 });
  }
  const { windows } = fold(party.channel, effectiveMessages(events, judgement), rules);
  return windows.map((window) => windowRow(party, window, calendar));
}

async function flush(
  writer: PoolClient,
  schema: string,
  added: WindowRow[],
  recount: Recount,
): Promise<void> {
  for (const row of added) recount.countWindow(row);
  await writeWindows(writer, schema, { added, removed: [], moved: [] });
}

/** Repeats and conflicts leave the events and join the counts that they belong to. */
async function removeSifted(
  { clients, schema, partitions, log, group }: BulkFold,
  sifted: Sifted,
): Promise<void> {
  const { writer } = clients;
  if (sifted.rows.length === 0) return;
  await writer.query(
    `DELETE FROM ${schema}.events e USING unnest($1::smallint[], $2::bigint[]) AS d(partition, "offset")
     WHERE e.partition = d.partition AND e."offset" = d."offset"`,
    [
      plainArray(sifted.rows.map(({ partition }) => partition)),
      plainArray(sifted.rows.map(({ offset }) => offset)),
    ],
  );
  const quarantine = await quarantineOf(log, group, sifted.conflicts);
  for (const partition of partitions) {
    const conflicts = quarantine.get(partition) ?? [];
    const duplicates = sifted.duplicates.get(partition) ?? 0;
    await writeQuarantine(writer, schema, conflicts);
    await writer.query(
      `UPDATE ${schema}.positions SET events = events - $2::bigint - $3::bigint, duplicates = duplicates + $2::bigint,
         quarantined = quarantined + $3::bigint WHERE partition = $1`,
      [partition, duplicates, conflicts.length],
    );
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
