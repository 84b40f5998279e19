/** Attempts to deliver: which are due, who makes them, and what comes of them, in the database. Instants in ms. */

import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { Attempt } from './send.ts';
import { type DisabledBecause, recordWebhook, type Webhook } from './webhooks.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** Waits between attempts, each give or take a tenth. */
const WAITS_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
] as const;
const JITTER = 0.1;
/** So long without a success ends a webhook. */
const PATIENCE_MS = 5 * 24 * HOUR_MS;
/** Whoever has begun an attempt and said nothing for so long is gone: longer than an attempt can take. */
export const CLAIM_MS = 15 * SECOND_MS;
/** At the same time to one webhook, by each process; to one that fails, one. */
const AT_ONCE = 4;
const GONE = 410;

/** A delivery that this process attempts now. */
export interface Claim extends Pick<Webhook, 'secret' | 'former_secret' | 'former_until' | 'url'> {
  id: number;
  webhook: string;
  /** With this one; whoever notes it must find it so. */
  attempts: number;
  attempts_before: number;
  notification: string;
  body: string;
}

/**
 * Takes what is due for this process, so that no other takes it too: the oldest of each webhook, `free` in all. Webhooks
 * that fail and those that do not are asked for apart, for neither shall wait for the other. `busy`: how many attempts
 * at a webhook are under way here.
 */
export async function claimDue(
  db: Kysely<Tables>,
  {
    failing,
    free,
    busy,
    at,
  }: { failing: boolean; free: number; busy: ReadonlyMap<string, number>; at: number },
): Promise<Claim[]> {
  if (free <= 0) return [];
  const { rows } = await sql<Claim>`
    WITH due AS (
      SELECT d.id FROM billing.webhooks w
      LEFT JOIN unnest(${[...busy.keys()]}::text[], ${[...busy.values()]}::int[]) AS b(webhook, attempts) ON b.webhook = w.id
      CROSS JOIN LATERAL (
        SELECT id FROM billing.webhook_deliveries
        WHERE webhook = w.id AND state = 'waiting' AND next_at <= ${at}
        ORDER BY next_at, id LIMIT greatest(0, ${failing ? 1 : AT_ONCE} - coalesce(b.attempts, 0))
        FOR UPDATE SKIP LOCKED) d
      WHERE w.enabled AND (w.failing_since IS NOT NULL) = ${failing}
      LIMIT ${free})
    UPDATE billing.webhook_deliveries d
    SET attempts = d.attempts + 1, attempted_at = ${at}, next_at = ${at + CLAIM_MS}
    FROM due, billing.webhooks w, billing.notifications n
    WHERE d.id = due.id AND w.id = d.webhook AND n.id = d.notification
    RETURNING d.id, d.webhook, d.attempts, d.attempts_before, d.notification, n.body,
      w.url, w.secret, w.former_secret, w.former_until`.execute(db);
  return rows;
}

/** Gives an attempt back that was broken off: it counts for nothing. */
export async function giveBack(db: Kysely<Tables>, { id, attempts }: Claim, at: number): Promise<void> {
  await sql`
    UPDATE billing.webhook_deliveries SET attempts = attempts - 1, next_at = ${at}
    WHERE id = ${id} AND attempts = ${attempts} AND state = 'waiting'`.execute(db);
}

/** Notes what came of an attempt, unless somebody else has begun another one meanwhile. True where it was delivered. */
export async function noteAttempt(
  db: Kysely<Tables>,
  claim: Claim,
  attempt: Attempt,
  at: number,
): Promise<boolean> {
  const { status } = attempt;
  const delivered = status !== null && status >= 200 && status < 300;
  const tries = claim.attempts - claim.attempts_before;
  const wait = WAITS_MS[tries - 1];
  const ended = delivered || status === GONE || wait === undefined;
  await db.transaction().execute(async (transaction) => {
    const noted = await transaction
      .updateTable('billing.webhook_deliveries')
      .set({
        ...attempt,
        state: delivered ? 'delivered' : ended ? 'failed' : 'waiting',
        next_at: ended || wait === undefined ? null : at + jittered(wait),
      })
      .where('id', '=', claim.id)
      .where('attempts', '=', claim.attempts)
      .where('state', '=', 'waiting')
      .returning('id')
      .executeTakeFirst();
    if (noted === undefined) return;
    if (delivered) await noteSuccess(transaction, claim.webhook);
    else await noteFailure(transaction, claim, at, ended, status === GONE);
  });
  return delivered;
}

function jittered(wait: number): number {
  return Math.round(wait * (1 - JITTER + 2 * JITTER * Math.random()));
}

async function noteSuccess(db: Transaction<Tables>, webhook: string): Promise<void> {
  await db
    .updateTable('billing.webhooks')
    .set({ failing_since: null })
    .where('id', '=', webhook)
    .where('failing_since', 'is not', null)
    .execute();
}

async function noteFailure(
  db: Transaction<Tables>,
  { webhook }: Claim,
  at: number,
  ended: boolean,
  gone: boolean,
): Promise<void> {
  const before = await db
    .selectFrom('billing.webhooks')
    .selectAll()
    .where('id', '=', webhook)
    .forUpdate()
    .executeTakeFirst();
  if (before === undefined || !before.enabled) return;
  const since = before.failing_since ?? at;
  const because: DisabledBecause | null = gone
    ? 'gone'
    : ended
      ? 'retries-exhausted'
      : at - since >= PATIENCE_MS
        ? 'no-success'
        : null;
  if (because === null && before.failing_since !== null) return;
  const after = await db
    .updateTable('billing.webhooks')
    .set({ failing_since: since, ...(because === null ? {} : { enabled: false, disabled_because: because }) })
    .where('id', '=', webhook)
    .returningAll()
    .executeTakeFirstOrThrow();
  if (because !== null) await recordWebhook(db, { actor: 'service', at }, before, after, 'disable');
}

/** How it stands with webhooks and their deliveries; what waits is counted up to 10,000. */
export interface DeliveryState {
  waiting: number;
  disabled: number;
  failing: number;
  /** How long the oldest has been due of those to webhooks that do not fail, in ms. */
  overdue: number;
}

const MOST_COUNTED = 10_000;

export async function deliveryState(db: Kysely<Tables>, at: number): Promise<DeliveryState> {
  const { rows } = await sql<DeliveryState>`
    SELECT (SELECT count(*)::int FROM (
        SELECT FROM billing.webhook_deliveries WHERE state = 'waiting' LIMIT ${MOST_COUNTED}) AS d) AS waiting,
      count(*) FILTER (WHERE disabled_because IS NOT NULL)::int AS disabled,
      count(*) FILTER (WHERE enabled AND failing_since IS NOT NULL)::int AS failing,
      coalesce(max(${at} - (
        SELECT min(next_at) FROM billing.webhook_deliveries d
        WHERE d.webhook = w.id AND d.state = 'waiting' AND d.next_at <= ${at}))
        FILTER (WHERE enabled AND failing_since IS NULL), 0)::bigint AS overdue
    FROM billing.webhooks w`.execute(db);
  const [state] = rows;
  if (state === undefined) throw new Error('a sum has one row');
  return state;
}
