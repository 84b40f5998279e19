import type { Said } from './sentences.ts';

/** Why something was not done, as was to be expected; `problem` is the name of its page, `detail` a sentence. */
export interface Refusal {
  problem:
    | 'alias-linked'
    | 'already-adjusted'
    | 'changed'
    | 'clock-behind'
    | 'conflict'
    | 'credit-used'
    | 'currency-mismatch'
    | 'forbidden-scope'
    | 'forbidden-tenant'
    | 'invalid-request'
    | 'invoice-run-running'
    | 'invoice-run-finished'
    | 'link-chain'
    | 'manual-lines'
    | 'needs-confirmation'
    | 'no-plan-version'
    | 'no-subscription'
    | 'not-found'
    | 'period-final'
    | 'period-open'
    | 'projection-behind'
    | 'rebuild-changes-rules'
    | 'rebuild-differs'
    | 'rebuild-running'
    | 'rebuild-state'
    | 'rule-in-the-past'
    | 'subscription-overlap'
    | 'plan-too-large'
    | 'test-tenant'
    | 'too-many-manual-lines'
    | 'too-many-webhooks'
    | 'unauthorized'
    | 'unsealed-records'
    | 'webhook-disabled';
  detail: Said;
  /** JSON pointer to what is wrong with the body, where that is it. */
  pointer?: string;
}

export interface Refused {
  ok: false;
  refusal: Refusal;
}

/** What an operation came to where a refusal is to be expected; a broken invariant throws. */
export type Outcome<T> = { ok: true; value: T } | Refused;

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refuse(problem: Refusal['problem'], detail: Said, pointer?: string): Refused {
  return { ok: false, refusal: pointer === undefined ? { problem, detail } : { problem, detail, pointer } };
}
