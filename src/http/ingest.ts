import type { Event } from '../domain/event.ts';
import type { Position } from '../log/log.ts';
import { type Key, mayTouch } from './auth.ts';
import { type EventResult, type Rejection, readEvent, reject } from './event-input.ts';
import { PROBLEM_TYPES, problemUri } from './problem-types.ts';

export const MOST_EVENTS = 1000;

/** One value of a request and what became of it; `position` is set once the log has it. */
export interface Item {
  index: number;
  id: string | null;
  result: EventResult;
  position?: Position;
}

/** Reads every value of a body; a value alone is a body of one. `now` is in ms. */
export function readItems(body: unknown, key: Key, now: number): Item[] {
  const values: readonly unknown[] = Array.isArray(body) ? body : [body];
  return values.map((value, index) => ({
    index,
    id: idOf(value),
    result: permitted(readEvent(value, now), key),
  }));
}

function permitted(result: EventResult, key: Key): EventResult {
  if ('rejection' in result) return result;
  const { tenant, type } = result.event;
  if (!mayTouch(key, tenant))
    return reject('forbidden-tenant', '/tenant', 'The key is limited to other tenants.');
  if (type === 'event.voided' && !key.scopes.has('events:void'))
    return reject('forbidden-scope', '/type', 'This needs a key with the scope events:void.');
  return result;
}

export function acceptedOf(items: readonly Item[]): { item: Item; event: Event }[] {
  const accepted: { item: Item; event: Event }[] = [];
  for (const item of items) {
    if ('event' in item.result) accepted.push({ item, event: item.result.event });
  }
  return accepted;
}

/** The entries of `results`; `minimal` leaves out what was accepted. */
export function showResults(items: readonly Item[], isArray: boolean, minimal: boolean) {
  const results = [];
  for (const { index, id, result, position } of items) {
    if ('rejection' in result) {
      const base = isArray ? `/${index}` : '';
      results.push({
        index,
        id,
        status: 'rejected' as const,
        problem: showRejection(result.rejection, base),
      });
    } else if (!minimal) {
      results.push({ index, id, status: 'accepted' as const, position });
    }
  }
  return results;
}

function showRejection({ problem, detail, pointer }: Rejection, base: string) {
  return { type: problemUri(problem), title: PROBLEM_TYPES[problem].title, detail, pointer: base + pointer };
}

/** An id to find the event by; what could not be one is not repeated. */
function idOf(value: unknown): string | null {
  const id = typeof value === 'object' && value !== null ? (value as { id?: unknown }).id : undefined;
  return typeof id === 'string' && id.length <= 512 ? id : null;
}
