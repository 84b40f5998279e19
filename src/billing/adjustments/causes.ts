import { sql } from 'kysely';
import type { RuleTimeline } from '../../domain/rule.ts';
import { namesOf } from '../../projection/read/opened.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { WindowKey } from '../../projection/read/windows.ts';
import type { Opening } from '../../projection/unsealing.ts';
import { erasedName } from '../../sealing/names.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Change, Changes } from './changes.ts';
import { decidingEvents } from './deciding-events.ts';

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

/** Conversations looked at together. */
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
  const causes = new Map<string, Cause | null>();
  const conversations = [...Map.groupBy(changes, ({ conversation }) => conversation).values()];
  for (let i = 0; i < conversations.length; i += BATCH) {
    const windows = conversations.slice(i, i + BATCH).flat();
    const found = await decidingEvents(view, windows, { rules, covered, unsealing });
    const events = await causesBy(view, found);
    for (const [n, window] of windows.entries()) causes.set(idOf(window), events[n] ?? null);
  }
  return causes;
}

/** Events by their keys, in their order. */
async function causesBy(
  { db, schema }: ReadSnapshot,
  keys: readonly (Pick<Cause, 'conversation' | 'key'> | null)[],
): Promise<(Cause | null)[]> {
  const known = keys.filter((key) => key !== null);
  if (known.length === 0) return keys.map(() => null);
  const { rows } = await sql<Cause>`
    SELECT e.id AS event, e.conversation, e.key, e.partition, e."offset", e.received_at AS "receivedAt"
    FROM unnest(${known.map(({ conversation }) => conversation)}::uuid[], ${known.map(({ key }) => key)}::uuid[])
      AS k(conversation, key)
    JOIN ${sql.id(schema, 'events')} e ON e.conversation = k.conversation AND e.key = k.key`.execute(db);
  const byKey = new Map(rows.map((row) => [row.conversation + row.key, row]));
  return keys.map((key) => (key === null ? null : (byKey.get(key.conversation + key.key) ?? null)));
}
