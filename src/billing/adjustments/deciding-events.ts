/** Which late events decided that windows are there, or are gone. */

import { sql } from 'kysely';
import type { RuleTimeline } from '../../domain/rule.ts';
import { formerOpeners } from '../../projection/read/former-windows.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { WindowKey } from '../../projection/read/windows.ts';
import type { Opening } from '../../projection/unsealing.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import { type Flip, lastFlip } from './last-flip.ts';

interface EventKey {
  conversation: string;
  key: string;
}

interface Folding {
  rules: RuleTimeline;
  unsealing: Opening;
}

/**
 * Of each window the event after which it was there, or was gone, as it is now, in the order of the windows; null: none
 * that came after the `covered` positions. Each conversation is folded as its log was a number of times that grows with
 * the logarithm of how many late events it has, and never held as a whole.
 */
export async function decidingEvents(
  view: ReadSnapshot,
  windows: readonly WindowKey[],
  { covered, ...folding }: Folding & { covered: readonly CoveredPosition[] },
): Promise<(EventKey | null)[]> {
  const found: (EventKey | null)[] = windows.map(() => null);
  let open = await searchesFor(view, windows, covered);
  while (open.length > 0) {
    const timelines = await timelinesOf(view, open);
    const flips = await flipsIn(view, open, timelines, folding);
    open = open.flatMap((search, n) => {
      const { events = [], every = 1 } = timelines[n] ?? {};
      const flip = flips[n] ?? null;
      const event = flip === null ? undefined : events[flip.before];
      if (flip === null || event === undefined) return [];
      if (every > 1) {
        const before = events[flip.before + 1]?.offset ?? search.before;
        return [{ ...search, since: event.offset, before, now: flip.now }];
      }
      found[search.place] = { conversation: search.conversation, key: event.key };
      return [];
    });
  }
  return found;
}

/** A window whose event is looked for among those of its conversation from one offset to before another. */
interface Search {
  place: number;
  conversation: string;
  channel: string;
  opener: string;
  /** Opening instant (ms) of the last window that is asked for in the conversation: later messages play no part. */
  until: number;
  since: number;
  before: number;
  /** Whether the window is there; null: not known yet. Else it is known that it was otherwise at `since`. */
  now: boolean | null;
}

/** After every record. */
const END = Number.MAX_SAFE_INTEGER;

async function searchesFor(
  { db, schema }: ReadSnapshot,
  windows: readonly WindowKey[],
  covered: readonly CoveredPosition[],
): Promise<Search[]> {
  const nexts = new Map(covered.map(({ partition, next }) => [partition, next]));
  const lasts = new Map<string, number>();
  for (const { conversation, openedAt } of windows)
    lasts.set(conversation, Math.max(openedAt, lasts.get(conversation) ?? openedAt));
  const { rows } = await sql<{ conversation: string; channel: string; partition: number }>`
    SELECT c.conversation, c.channel, e.partition FROM unnest(${[...lasts.keys()]}::uuid[]) AS q(conversation)
    JOIN ${sql.id(schema, 'conversations')} c ON c.conversation = q.conversation
    CROSS JOIN LATERAL (SELECT x.partition FROM ${sql.id(schema, 'events')} x
      WHERE x.conversation = q.conversation LIMIT 1) e`.execute(db);
  const known = new Map(rows.map((row) => [row.conversation, row]));
  return windows.flatMap(({ conversation, opener, openedAt }, place) => {
    const { channel, partition } = known.get(conversation) ?? {};
    if (channel === undefined || partition === undefined) return [];
    const until = lasts.get(conversation) ?? openedAt;
    const since = nexts.get(partition) ?? 0;
    return [{ place, conversation, channel, opener, until, since, before: END, now: null }];
  });
}

/** Late events by where they stand in the log, ascending: all of them, or the first of every so many. */
interface Timeline {
  every: number;
  events: { offset: number; key: string }[];
}

/** Events of one conversation in hand. */
const MOST = 256;

/** In the order of the searches. */
async function timelinesOf(
  { db, schema }: ReadSnapshot,
  searches: readonly Search[],
): Promise<(Timeline | undefined)[]> {
  const nameOf = ({ conversation, since, before }: Search) => `${conversation} ${since} ${before}`;
  const distinct = [...new Map(searches.map((search) => [nameOf(search), search])).values()];
  const { rows } = await sql<{ n: number; every: number; offset: number; key: string }>`
    SELECT q.n, x.every, x."offset", x.key
    FROM unnest(${distinct.map(({ conversation }) => conversation)}::uuid[],
      ${distinct.map(({ until }) => until)}::bigint[], ${distinct.map(({ since }) => since)}::bigint[],
      ${distinct.map(({ before }) => before)}::bigint[])
      WITH ORDINALITY AS q(conversation, until, since, before, n)
    CROSS JOIN LATERAL (
      SELECT e."offset", e.key, row_number() OVER (ORDER BY e."offset") - 1 AS i,
        (count(*) OVER () + ${sql.lit(MOST - 1)}) / ${sql.lit(MOST)} AS every
      FROM ${sql.id(schema, 'events')} e
      WHERE e.conversation = q.conversation AND (e.at <= q.until OR e.class > 2) AND e.class < 7
        AND e."offset" >= q.since AND e."offset" < q.before) x
    WHERE x.i % x.every = 0 ORDER BY q.n, x."offset"`.execute(db);
  const timelines = new Map<string, Timeline>();
  for (const [n, events] of Map.groupBy(rows, (row) => row.n)) {
    const search = distinct[n - 1];
    const every = events[0]?.every ?? 1;
    if (search !== undefined) timelines.set(nameOf(search), { every, events });
  }
  return searches.map((search) => timelines.get(nameOf(search)));
}

/** Where on its timeline each window last became what it is; all of them are searched for step by step together. */
async function flipsIn(
  view: ReadSnapshot,
  searches: readonly Search[],
  timelines: readonly (Timeline | undefined)[],
  folding: Folding,
): Promise<(Flip | null)[]> {
  const flips: (Flip | null)[] = searches.map(() => null);
  const states = formerStates(view, searches, folding);
  let running = searches.map((search, n) => {
    const { events = [] } = timelines[n] ?? {};
    const steps = lastFlip(events.length, search.now);
    return { n, search, events, steps, next: steps.next() };
  });
  while (running.length > 0) {
    const asked = running.flatMap(({ n, search, events, next }) => {
      if (next.done !== true)
        return { conversation: search.conversation, before: events[next.value]?.offset ?? search.before };
      flips[n] = next.value;
      return [];
    });
    running = running.filter(({ next }) => next.done !== true);
    const openers = await states(asked);
    for (const [i, one] of running.entries())
      one.next = one.steps.next(openers[i]?.has(one.search.opener) === true);
  }
  return flips;
}

type LogEnd = Pick<Search, 'conversation' | 'before'>;

/** Tells which of the windows searched for were there when the logs ended; each end is folded once. */
function formerStates(view: ReadSnapshot, searches: readonly Search[], folding: Folding) {
  const conversations = Map.groupBy(searches, ({ conversation }) => conversation);
  const known = new Map<string, Set<string>>();
  const nameOf = ({ conversation, before }: LogEnd) => `${conversation} ${before}`;
  return async (ends: readonly LogEnd[]): Promise<(Set<string> | undefined)[]> => {
    const unknown = new Map(ends.filter((end) => !known.has(nameOf(end))).map((end) => [nameOf(end), end]));
    const logs = [...unknown.values()].flatMap(({ conversation, before }) => {
      const [first, ...others] = conversations.get(conversation) ?? [];
      if (first === undefined) return [];
      const openers = new Set([first, ...others].map(({ opener }) => opener));
      return [{ ...first, before, openers }];
    });
    const found = await formerOpeners(view, logs, folding);
    for (const [i, log] of logs.entries()) known.set(nameOf(log), found[i] as Set<string>);
    return ends.map((end) => known.get(nameOf(end)));
  };
}
