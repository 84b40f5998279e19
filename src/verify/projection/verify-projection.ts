import type { PoolClient } from 'pg';
import { partitionOf } from '../../log/record/partition.ts';
import { readBlocks } from '../../projection/tables/fold-reader.ts';
import {
  type GroupReader,
  inPortions,
  readGroups,
  textField,
  toStoredEvent,
} from '../../projection/tables/grouped-rows.ts';
import { openLiveProjection, openProjection, type Projection } from '../../projection/tables/projection.ts';
import { prepared } from '../../projection/tables/sql.ts';
import { createRecount, type Recount } from '../../projection/tables/tallies.ts';
import { createSettingsCache, type TenantRules } from '../../projection/tables/tenant-rules.ts';
import type { WindowRow } from '../../projection/tables/windows.ts';
import { type Opening, openTiesWithin, unsealingOver } from '../../projection/unsealing.ts';
import { inSnapshot } from '../../store/connections.ts';
import type { Database } from '../../store/database.ts';
import { onConnection } from '../../store/database.ts';
import { DifferenceFound } from '../difference.ts';
import { conversationDifference, nameOf, type StoredConversation } from './conversations.ts';
import { startOffsetCheck } from './offsets.ts';
import { compareTallies, sumWindowTallies } from './tallies.ts';

/** Which projection is verified, from where on, and how it is followed. */
export interface VerifyOptions {
  /** Default: the live projection. */
  schema?: string;
  /** IANA name; the zone of tenants that chose none. */
  defaultTimeZone: string;
  /** For the order inside an instant. */
  unsealing: Opening;
  /** Positions of an earlier verification: only conversations with events since then are looked at, and no messages counted. */
  since?: Positions;
  /** Breaks the work off; what it rejects with then is of no interest. */
  signal?: AbortSignal;
  /** Told now and then how many events have been looked at. */
  progress?(events: number, total: number): void;
}

/** Partition -> next offset. */
type Positions = ReadonlyMap<number, number>;

interface VerifyCounts {
  events: number;
  conversations: number;
  windows: number;
}

export type Verified =
  | { ok: true; schema: string; counts: VerifyCounts; positions: Positions }
  /** The first difference and how to mend it, as sentences. */
  | { ok: false; schema: string; difference: string; mend: string };

const MEND =
  'The log still has every event: run janela rebuild, look at its comparison and promote it, and the projection is folded anew. Final invoices do not change by it.';

/**
 * Checks that the projection holds together: positions account for every offset, windows are the fold of the stored
 * events and do not overlap, tallies are the sum of windows and messages. Reads one snapshot and stops nothing; needs
 * three connections of the pool, without a statement timeout. Memory: the events of a portion, of the longest
 * conversation at most beside them, and a bit per offset.
 */
export async function verifyProjection(database: Database, options: VerifyOptions): Promise<Verified> {
  const signal = options.signal ?? new AbortController().signal;
  return await inSnapshot(database, 2, signal, async (client, [events, windows]) => {
    const projection =
      options.schema === undefined
        ? await openLiveProjection(client)
        : openProjection(client, options.schema);
    const { schema } = projection;
    if (events === undefined || windows === undefined) throw new Error('the snapshot lacks its readers');
    try {
      const found = await verifyIn(projection, { events, windows }, options);
      return { ok: true, schema, ...found };
    } catch (error) {
      if (error instanceof DifferenceFound)
        return { ok: false, schema, difference: error.message, mend: error.mend ?? MEND };
      throw error;
    }
  });
}

/** Further connections that see the same as the projection's. */
interface Readers {
  events: PoolClient;
  windows: PoolClient;
}

async function verifyIn(projection: Projection, readers: Readers, options: VerifyOptions) {
  const tenants = await projection.events.tenants();
  const unsealing = unsealingOver(options.unsealing, onConnection(projection.client));
  const settings = await createSettingsCache(options.defaultTimeZone).load(projection.client, tenants);
  const offsets = await startOffsetCheck(projection);
  const recount = createRecount();
  const counts: VerifyCounts = { events: 0, conversations: 0, windows: 0 };
  const conversations = conversationsOf(projection.schema, readers, options.since);
  for await (const portion of inPortions(conversations, ({ events }) => events.length)) {
    await openTiesWithin(
      portion.map(({ events }) => events),
      unsealing,
      (tied) =>
        readBlocks(projection.schema, (name, text, values) => prepared(projection, name, text, values), tied),
    );
    for (const conversation of portion) {
      const { hash, party, events, windows } = conversation;
      const what = party === null ? `conversation ${hash}` : nameOf(party);
      for (const event of events) offsets.mark(event.partition, event.offset, `Event ${event.id} of ${what}`);
      const partition = partitionOf(Buffer.from(hash, 'latin1'), offsets.partitions);
      const rules = settings.get(party?.tenant ?? '');
      countWindows(recount, windows, rules);
      const difference = conversationDifference(conversation, rules, partition, recount.of(partition));
      if (difference !== null) throw new DifferenceFound(difference);
      counts.conversations++;
      counts.windows += windows.length;
      counts.events += events.length;
    }
    options.progress?.(counts.events, offsets.events);
  }
  if (options.since === undefined) {
    offsets.close();
    await compareTallies(projection, recount, [...offsets.positions.keys()]);
  } else await sumWindowTallies(projection, settings);
  return { counts, positions: offsets.positions };
}

/** By the day of whoever has the conversation; of windows that nobody has something else is wrong. */
function countWindows(
  recount: Recount,
  windows: readonly WindowRow[],
  settings: TenantRules | undefined,
): void {
  if (settings === undefined) return;
  for (const window of windows) recount.countWindow(window, settings.calendar.dayOf(window.opened_at));
}

const HEX = (column: string) => `encode(uuid_send(${column}), 'hex')`;

/** Every conversation with its events and windows, by ascending hash. */
async function* conversationsOf(
  schema: string,
  readers: Readers,
  since?: Positions,
): AsyncGenerator<StoredConversation> {
  const touched = since === undefined ? '' : `WHERE conversation IN (${touchedSince(schema, since)})`;
  const events = readGroups(
    readers.events,
    `SELECT ${HEX('conversation')}, ${HEX('key')}, ${HEX('ref')}, class, at, partition, "offset", id,
       CASE WHEN class = 1 THEN detail END, ${HEX('content')}, voided FROM ${schema}.events ${touched} ORDER BY conversation`,
    toStoredEvent,
  );
  const rows = readGroups(
    readers.windows,
    `SELECT ${HEX('conversation')}, c.tenant, c.channel, c.account, c.contact, w.opened_at, w.closes_at,
       ${HEX('w.opener')}, w.kind, w.partition, w."offset", w.tenant, w.channel, w.account, w.opened_by, w.rule,
       w.origin, w.category, w.campaign
     FROM ${schema}.conversations c FULL JOIN ${schema}.windows w USING (conversation)
     ${touched} ORDER BY conversation, w.opened_at`,
    toPartyAndWindow,
  );
  try {
    for (;;) {
      const hash = least(await events.peek(), await rows.peek());
      if (hash === null) return;
      const own = await takeIf(rows, hash);
      yield {
        hash,
        party: own[0]?.party ?? null,
        events: await takeIf(events, hash),
        windows: own.flatMap(({ window }) => window ?? []),
      };
    }
  } finally {
    await Promise.all([events.end(), rows.end()]);
  }
}

function touchedSince(schema: string, since: Positions): string {
  const nexts = Array.from(since, ([partition, next]) => `(${partition}, ${next})`);
  return `SELECT e.conversation FROM ${schema}.events e JOIN (VALUES ${nexts.join(', ')}) AS s(partition, next)
    ON e.partition = s.partition AND e."offset" >= s.next`;
}

function least(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a < b ? a : b;
}

async function takeIf<Row>(reader: GroupReader<Row>, group: string): Promise<Row[]> {
  return (await reader.peek()) === group ? await reader.take() : [];
}

function toPartyAndWindow(fields: string[]) {
  const [conversation = '', ...rest] = fields;
  const text = (index: number) => textField(rest[index]);
  const tenant = text(0);
  const party =
    tenant === null
      ? null
      : { tenant, channel: text(1) ?? '', account: text(2) ?? '', contact: text(3) ?? '' };
  if (text(4) === null) return { party, window: null };
  const window: WindowRow = {
    conversation,
    opened_at: Number(rest[4]),
    closes_at: Number(rest[5]),
    opener: rest[6] ?? '',
    kind: Number(rest[7]),
    partition: Number(rest[8]),
    offset: Number(rest[9]),
    tenant: text(10) ?? '',
    channel: text(11) ?? '',
    account: text(12) ?? '',
    opened_by: text(13) ?? '',
    rule: text(14) ?? '',
    origin: text(15),
    category: text(16),
    campaign: text(17),
  };
  return { party, window };
}
