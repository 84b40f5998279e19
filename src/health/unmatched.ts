/** Receipts and voids that apply to nothing an hour after they came: a failure that finds no message is money. */

import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { pause, startLoop } from '../async.ts';
import { EVENT_CLASS, type EventClass } from '../domain/event.ts';
import type { PartitionRange } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';

import { readSnapshot } from '../projection/read/snapshot.ts';
import { countUnmatched, type Unmatched } from '../projection/read/unmatched.ts';
import { liveNextOffsets } from '../projection/tables/positions.ts';
import type { Tables } from '../store/tables.ts';

interface UnmatchedDeps {
  /** A connection for some seconds every five minutes. */
  db: Kysely<Tables>;
  /** Where the log ends, as last seen. */
  ends(): readonly PartitionRange[];
  metrics: Pick<Metrics, 'unmatched'>;
  logger: Pick<Logger, 'warn' | 'debug'>;
  /** ms since 1970, by the clock that stamps what is received. */
  now(): number;
  /** How often to look what there is to judge, in ms. */
  everyMs?: number;
}

const EVERY_MS = 30_000;
const SLICE_MS = 5 * 60_000;
/** How long what they name may take to come. */
const PATIENCE_MS = 60 * 60_000;
/** How long what was found is shown. */
const SHOWN_MS = 60 * 60_000;
/** What was received within a slice is in the log by then. */
const SETTLED_MS = 30_000;
/** For one statement: a slice is judged in pieces. */
const MOST_MS = 10_000;
/** Named in the log, those with the most first. */
const MOST_TENANTS = 10;

/** What was received in five minutes. */
interface Slice {
  from: number;
  /** Once the projection has passed these ends, all of it is counted. */
  ends: readonly PartitionRange[];
  /** null: not judged yet. */
  found: readonly Unmatched[] | null;
}

/** Of tenants and types as many as are kept for whoever asks. */
const MOST_KEPT = 1_000;

/** What applied to nothing an hour after it came, of what was received in a span (ms); null: nothing is judged yet. */
export interface ShownUnmatched {
  from: number | null;
  to: number | null;
  /** All of them. */
  events: number;
  /** Those with the most first. */
  items: { tenant: string; type: string; events: number }[];
}

const TYPES = new Map<EventClass, string>([
  [EVENT_CLASS.delivered, 'message.delivered'],
  [EVENT_CLASS.read, 'message.read'],
  [EVENT_CLASS.failed, 'message.failed'],
  [EVENT_CLASS.void, 'event.voided'],
]);

/**
 * Judges each five minutes once, when they are an hour old, and shows the sum of the last twelve: what is received now is
 * shown between one hour from now and two, whatever comes for it later. A slice waits until the projection has counted it; after a
 * start the last hour is judged anew.
 */
export function watchUnmatched(deps: UnmatchedDeps): { stop(): Promise<void> } {
  const slices = new Map<number, Slice>();
  let kept = '';
  return startLoop(async (signal) => {
    while (!signal.aborted) {
      try {
        await look(deps, slices, signal);
        const shown = shownOf([...slices.values()]);
        if (shown !== null && JSON.stringify(shown) !== kept) await keep(deps.db, shown);
        kept = JSON.stringify(shown);
      } catch (error) {
        deps.logger.debug({ err: error }, 'could not look for receipts and voids that apply to nothing');
      }
      await pause(deps.everyMs ?? EVERY_MS, signal);
    }
  });
}

async function look(deps: UnmatchedDeps, slices: Map<number, Slice>, signal: AbortSignal): Promise<void> {
  const now = deps.now();
  const oldest = Math.ceil((now - PATIENCE_MS - SHOWN_MS) / SLICE_MS) * SLICE_MS - SLICE_MS;
  for (const from of slices.keys()) if (from < oldest) slices.delete(from);
  for (let from = oldest; from + SLICE_MS + SETTLED_MS <= now; from += SLICE_MS)
    if (!slices.has(from)) slices.set(from, { from, ends: deps.ends(), found: null });
  const nexts = await liveNextOffsets(deps.db);
  for (const slice of slices.values()) {
    if (signal.aborted) return;
    const isOld = slice.from + SLICE_MS + PATIENCE_MS <= now;
    const isCounted = slice.ends.every(({ partition, end }) => (nexts.get(partition) ?? 0) >= end);
    if (slice.found !== null || !isOld || !isCounted) continue;
    slice.found = await judge(deps, slice.from);
    tell(deps, slice.found);
  }
  show(deps, [...slices.values()]);
}

/** Rejects where the database is too slow; it is tried again then, until it is too old to be shown. */
async function judge({ db }: UnmatchedDeps, from: number): Promise<Unmatched[]> {
  return await readSnapshot(db, async (snapshot) => {
    await sql`SET LOCAL statement_timeout = ${sql.lit(MOST_MS)}`.execute(snapshot.db);
    return await countUnmatched(snapshot, { from, to: from + SLICE_MS });
  });
}

function show({ metrics }: UnmatchedDeps, slices: readonly Slice[]): void {
  const judged = slices.flatMap(({ found }) => (found === null ? [] : [found]));
  if (judged.length === 0) return;
  const all = judged.flat();
  for (const [eventClass, type] of TYPES) {
    const own = all.filter((one) => one.class === eventClass);
    metrics.unmatched.set({ type }, sum(own));
  }
}

/** What every process tells that has judged the same; null: nothing is judged. */
function shownOf(slices: readonly Slice[]): ShownUnmatched | null {
  const judged = slices.filter(({ found }) => found !== null);
  if (judged.length === 0) return null;
  const all = judged.flatMap(({ found }) => found ?? []);
  const groups = Map.groupBy(all, ({ tenant, class: eventClass }) => JSON.stringify([tenant, eventClass]));
  const items = [...groups.values()].flatMap((own) => {
    const [first] = own;
    return first === undefined
      ? []
      : [{ tenant: first.tenant, type: TYPES.get(first.class) ?? '', events: sum(own) }];
  });
  items.sort((a, b) => b.events - a.events || (a.tenant < b.tenant ? -1 : 1));
  const froms = judged.map(({ from }) => from);
  return {
    ...{ from: Math.min(...froms), to: Math.max(...froms) + SLICE_MS },
    ...{ events: sum(all), items: items.slice(0, MOST_KEPT) },
  };
}

async function keep(db: Kysely<Tables>, { from, to, events, items }: ShownUnmatched): Promise<void> {
  await db
    .updateTable('public.unmatched')
    .set({ received_from: from, received_to: to, events, found: JSON.stringify(items) })
    .execute();
}

/** As last judged, by whichever process. */
export async function readUnmatched(db: Kysely<Tables>): Promise<ShownUnmatched> {
  return await db
    .selectFrom('public.unmatched')
    .select(['received_from as from', 'received_to as to', 'events', 'found as items'])
    .executeTakeFirstOrThrow();
}

/** Says whose they are, so that somebody can ask for them: `GET /v1/tenants/{tenant}/events?state=unmatched`. */
function tell({ logger }: UnmatchedDeps, found: readonly Unmatched[]): void {
  if (found.length === 0) return;
  const byTenant = Map.groupBy(found, ({ tenant }) => tenant);
  const tenants = Array.from(byTenant, ([tenant, own]) => ({ tenant, events: sum(own) }))
    .sort((a, b) => b.events - a.events)
    .slice(0, MOST_TENANTS);
  logger.warn({ events: sum(found), tenants }, 'receipts or voids apply to nothing an hour after they came');
}

function sum(found: readonly Unmatched[]): number {
  return found.reduce((count, { events }) => count + events, 0);
}
