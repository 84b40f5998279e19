import type { Outcome } from '../billing/refusal.ts';
import { Problem } from './problem.ts';

/** What an operation came to; a refusal is thrown as its problem. */
export function valueFrom<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  const { problem, detail, pointer } = outcome.refusal;
  throw pointer === undefined ? new Problem(problem, detail) : invalidBody([{ pointer, detail }]);
}

/** A body that has the right form but makes no sense. */
export function invalidBody(errors: readonly { pointer: string; detail: string }[]): Problem {
  const [first] = errors;
  const detail = first === undefined ? undefined : `${first.pointer}: ${first.detail}`;
  return new Problem('invalid-request', detail, { members: { errors } });
}
