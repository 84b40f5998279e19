import type { Outcome } from '../../src/domain/refusal.ts';

/** What an operation came to that a test expects not to be refused. */
export function granted<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`${outcome.refusal.problem}: ${outcome.refusal.detail}`);
}
