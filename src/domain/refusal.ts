/** Why a change of finance was not made; `problem` is the name of its page. */
export interface Refusal {
  problem:
    | 'already-adjusted'
    | 'currency-mismatch'
    | 'invalid-request'
    | 'manual-lines'
    | 'no-plan-version'
    | 'no-subscription'
    | 'not-found'
    | 'period-final'
    | 'period-open'
    | 'projection-behind'
    | 'subscription-overlap'
    | 'test-tenant';
  detail: string;
  /** JSON pointer to what is wrong with the body, where that is it. */
  pointer?: string;
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; refusal: Refusal };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(problem: Refusal['problem'], detail: string, pointer?: string): Outcome<never> {
  return { ok: false, refusal: pointer === undefined ? { problem, detail } : { problem, detail, pointer } };
}
