import { sql } from 'kysely';
import { effectiveMessages } from '../../domain/effective.ts';
import type { RuleTimeline } from '../../domain/rule.ts';
import { fold } from '../../domain/window.ts';
import { namesOf } from '../../projection/read/opened.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { WindowKey } from '../../projection/read/windows.ts';
import type { StoredEvent } from '../../projection/tables/events.ts';
import { type Opening, openTies, unsealingOver } from '../../projection/unsealing.ts';
import { erasedName } from '../../sealing/names.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Change, Changes } from './changes.ts';

/** The event that made a difference, and where it stands in the log. */
export interface Cause {
  /** Its id; empty where it is sealed. */
  event: string;
  conversation: string;
  key: string;
  partition: number;
  offset: number;
  receivedAt: number;
}

/** The causes with the ids of their events, in their order. */
export async function openCauses<Named extends Pick<Cause, 'event' | 'conversation' | 'key'>>(
  view: ReadSnapshot,
  unsealing: Opening,
  causes: readonly (Named | null)[],
): Promise<(Named | null)[]> {
  const sealed = causes.flatMap((cause) => (cause?.event === '' ? [cause] : []));
  const names = await namesOf(view, unsealing, sealed);
  return causes.map((cause) => {
    if (cause === null || cause.event !== '') return cause;
    const name = names.get(cause.conversation + cause.key);
    return { ...cause, event: name?.id ?? erasedName(cause.key) };
  });
}

/** Conversations read at once. */
const BATCH = 200;

/** Finds causes of changes, each only when it is asked for. */
export interface Causes {
  /** In the order of what is asked; null where no event explains it (a rebuild under other rules was promoted). */
  of(asked: readonly Change[]): Promise<(Cause | null)[]>;
}

interface Circumstances {
  rules: RuleTimeline;
  /** Log positions after which an event counts as late, tried in turn. */
  covered: readonly (readonly CoveredPosition[])[];
  unsealing: Opening;
}

/**
 * What caused each of the changes of a period: for a window that came or went, the late, failing or voiding event after
 * which it was so; for one that only moved over the edge of the allowance, the event that brought or took the window
 * which pushed it, for which those that came and went must be known.
 */
export function findCauses(
  view: ReadSnapshot,
  { pushers }: Pick<Changes, 'pushers'>,
  { rules, covered, unsealing }: Circumstances,
): Causes {
  let pushes: Promise<Pushes> | undefined;

  /** By conversation and opener. */
  async function trace(real: readonly Change[]): Promise<Map<string, Cause | null>> {
    const found = new Map<string, Cause | null>();
    for (const positions of covered) {
      const open = real.filter((change) => (found.get(idOf(change)) ?? null) === null);
      for (const [id, cause] of await eventCauses(view, open, { rules, covered: positions, unsealing }))
        found.set(id, cause);
    }
    return found;
  }

  async function push(): Promise<Pushes> {
    const up: Cause[] = [];
    const down: Cause[] = [];
    for await (const some of pushers()) {
      const found = await trace(some);
      for (const change of some) {
        const cause = found.get(idOf(change)) ?? null;
        if (cause !== null) (change.weight > 0 ? up : down).push(cause);
      }
    }
    return { up: up.sort(compareArrival), down: down.sort(compareArrival) };
  }

  return {
    async of(asked) {
      const found = await trace(asked.filter(({ moved }) => moved === null));
      if (asked.some(({ moved }) => moved !== null)) pushes ??= push();
      const { up, down } = (await pushes) ?? { up: [], down: [] };
      return asked.map((change) => {
        if (change.moved === null) return found.get(idOf(change)) ?? null;
        // Each window that came pushes one over the edge, the last one first; what came first pushed first.
        const line = change.moved.isUp ? up : down;
        return line[change.moved.rank % line.length] ?? null;
      });
    },
  };
}

/** Causes of receptive windows that came, and of those that went, in the order of their arrival. */
interface Pushes {
  up: Cause[];
  down: Cause[];
}

function compareArrival(a: Cause, b: Cause): number {
  return a.receivedAt - b.receivedAt || a.partition - b.partition || a.offset - b.offset;
}

function idOf({ conversation, opener }: Pick<WindowKey, 'conversation' | 'opener'>): string {
  return conversation + opener;
}

/** By conversation and opener. */
async function eventCauses(
  view: ReadSnapshot,
  changes: readonly WindowKey[],
  {
    rules,
    covered,
    unsealing,
  }: { rules: RuleTimeline; covered: readonly CoveredPosition[]; unsealing: Opening },
): Promise<Map<string, Cause | null>> {
  const nexts = new Map(covered.map(({ partition, next }) => [partition, next]));
  const causes = new Map<string, Cause | null>();
  const conversations = [...Map.groupBy(changes, ({ conversation }) => conversation)];
  for (let i = 0; i < conversations.length; i += BATCH) {
    const batch = conversations.slice(i, i + BATCH);
    const histories = await historiesOf(view, batch);
    await openTies([...histories.values()].flat(), unsealingOver(unsealing, view.db));
    for (const [conversation, windows] of batch) {
      const history = histories.get(conversation);
      const replayed = history === undefined ? null : replayOf(history, rules, nexts);
      for (const window of windows) {
        const event = replayed?.causeOf(window.opener) ?? null;
        causes.set(idOf(window), event === null ? null : asCause(event));
      }
    }
  }
  return causes;
}

function asCause({ conversation, key, id, who, partition, offset, receivedAt }: ReplayedEvent): Cause {
  // What was opened for the order stays between us.
  return { event: who === null ? id : '', conversation, key, partition, offset, receivedAt };
}

type HistoryEvent = ReplayedEvent & { channel: string };

function replayOf(
  events: readonly HistoryEvent[],
  rules: RuleTimeline,
  nexts: ReadonlyMap<number, number>,
): Replay | null {
  const [first] = events;
  return first === undefined ? null : replay(first.channel, rules, events, nexts.get(first.partition) ?? 0);
}

/** Messages up to the last window in question, and every receipt and void. By conversation. */
async function historiesOf(
  { db, schema }: ReadSnapshot,
  conversations: readonly [string, readonly WindowKey[]][],
): Promise<Map<string, HistoryEvent[]>> {
  const { rows } = await sql<HistoryEvent>`
    SELECT e.conversation, e.key, e.ref, e.class, e.at, e.id, e.partition, e."offset", e.detail, e.content,
      CASE WHEN e.class <= 2 THEN e.who END AS who, e.received_at AS "receivedAt", c.channel
    FROM unnest(${conversations.map(([conversation]) => conversation)}::uuid[],
      ${conversations.map(([, windows]) => Math.max(...windows.map(({ openedAt }) => openedAt)))}::bigint[])
      AS q(conversation, until)
    JOIN ${sql.id(schema, 'conversations')} c ON c.conversation = q.conversation
    JOIN ${sql.id(schema, 'events')} e ON e.conversation = q.conversation
      AND (e.at <= q.until OR e.class > 2) AND e.class < 7`.execute(db);
  return Map.groupBy(rows, ({ conversation }) => conversation);
}

interface ReplayedEvent extends StoredEvent {
  receivedAt: number;
  who: Buffer | null;
}

interface Replay {
  /** The event after which a window was there, or was gone, as it is now; null: it never changed. */
  causeOf(opener: string): ReplayedEvent | null;
}

/**
 * The windows of one conversation as they were when its log ended at each event from offset `covered` on. Messages
 * after the last instant of interest play no part in windows before it and should be left out of `events`.
 */
function replay(
  channel: string,
  rules: RuleTimeline,
  events: readonly ReplayedEvent[],
  covered: number,
): Replay {
  const late = events.filter(({ offset }) => offset >= covered).sort((a, b) => a.offset - b.offset);
  const states = new Map<number, Set<string>>();
  /** Openers of the windows after the first `count` late events. */
  const stateAfter = (count: number): Set<string> => {
    const known = states.get(count);
    if (known !== undefined) return known;
    const end = late[count]?.offset ?? Number.POSITIVE_INFINITY;
    const messages = effectiveMessages(events.filter(({ offset }) => offset < end));
    const state = new Set(fold(channel, messages, rules).windows.map(({ opener }) => opener.key));
    states.set(count, state);
    return state;
  };
  return {
    causeOf(opener) {
      const now = stateAfter(late.length).has(opener);
      let before = 0;
      let after = late.length;
      if (stateAfter(0).has(opener) === now) {
        // It went back and forth: look for the last time.
        while (after > 0 && stateAfter(after - 1).has(opener) === now) after--;
        return late[after - 1] ?? null;
      }
      while (after - before > 1) {
        const middle = (before + after) >> 1;
        if (stateAfter(middle).has(opener) === now) after = middle;
        else before = middle;
      }
      return late[before] ?? null;
    },
  };
}
