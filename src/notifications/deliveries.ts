/** Deliveries of notifications to webhooks, as they are noted in the database. Instants in ms. */

import { randomBytes } from 'node:crypto';
import { type Kysely, type Selectable, sql } from 'kysely';
import { isoInstant } from '../domain/instant.ts';
import { done, type Outcome, refuse } from '../domain/refusal.ts';
import { say } from '../domain/sentences.ts';
import type { WebhookDeliveriesTable } from '../store/notification-tables.ts';
import { notificationBody, notificationId, wants } from '../store/notifications.ts';
import type { Tables } from '../store/tables.ts';
import type { Webhook } from './webhooks.ts';

/** As long as anybody may look at them, and have them sent again. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

export type DeliveryState = Selectable<WebhookDeliveriesTable>['state'];

export interface Delivery extends Selectable<WebhookDeliveriesTable> {
  type: string;
  tenant: string | null;
}

/** Newest first, before one. */
export async function listDeliveries(
  db: Kysely<Tables>,
  webhook: string,
  { before, limit, state }: { before: number | null; limit: number; state?: DeliveryState | undefined },
): Promise<Delivery[]> {
  let query = deliveries(db).where('d.webhook', '=', webhook).orderBy('d.id', 'desc').limit(limit);
  if (before !== null) query = query.where('d.id', '<', before);
  if (state !== undefined) query = query.where('d.state', '=', state);
  return await query.execute();
}

function deliveries(db: Kysely<Tables>) {
  return db
    .selectFrom('billing.webhook_deliveries as d')
    .innerJoin('billing.notifications as n', 'n.id', 'd.notification')
    .selectAll('d')
    .select(['n.type', 'n.tenant']);
}

async function deliveryOf(db: Kysely<Tables>, id: number): Promise<Delivery> {
  return await deliveries(db).where('d.id', '=', id).executeTakeFirstOrThrow();
}

/** Tells one webhook, and no other, that this is a test. Refuses with `webhook-disabled`. */
export async function testWebhook(
  db: Kysely<Tables>,
  { id: webhook, enabled }: Webhook,
  at: number,
): Promise<Outcome<Delivery>> {
  if (!enabled) return disabled();
  const type = 'webhook.test';
  const notification = {
    ...{
      id: notificationId({ type, of: [webhook, randomBytes(16).toString('hex')] }),
      type,
      tenant: null,
      at,
    },
    body: notificationBody({ type, at, data: { webhook } }),
  };
  return await db.transaction().execute(async (transaction) => {
    await transaction.insertInto('billing.notifications').values(notification).execute();
    const { id } = await transaction
      .insertInto('billing.webhook_deliveries')
      .values({ webhook, notification: notification.id, next_at: at, created_at: at })
      .returning('id')
      .executeTakeFirstOrThrow();
    return done(await deliveryOf(transaction, id));
  });
}

/** Sends one again, whatever became of it. Refuses with `not-found`, `webhook-disabled`. */
export async function retryDelivery(
  db: Kysely<Tables>,
  { id: webhook, enabled }: Webhook,
  delivery: number,
  at: number,
): Promise<Outcome<Delivery>> {
  if (!enabled) return disabled();
  const updated = await db
    .updateTable('billing.webhook_deliveries')
    .set({ state: 'waiting', next_at: at, attempts_before: sql<number>`attempts` })
    .where('id', '=', delivery)
    .where('webhook', '=', webhook)
    .returning('id')
    .executeTakeFirst();
  if (updated === undefined)
    return refuse('not-found', say('There is no delivery of this id to the webhook.'));
  return done(await deliveryOf(db, updated.id));
}

/**
 * Sends everything again that it would have been told since an instant, oldest first, with the ids of then: what it was
 * told, and what was noted while it was disabled or had other terms. What waits anyway is not doubled. Resolves with how
 * many. Refuses with `webhook-disabled`.
 */
export async function replaySince(
  db: Kysely<Tables>,
  { id: webhook, enabled }: Webhook,
  since: number,
  at: number,
): Promise<Outcome<number>> {
  if (!enabled) return disabled();
  const { numAffectedRows } = await sql`
    INSERT INTO billing.webhook_deliveries (webhook, notification, next_at, created_at)
    SELECT w.id, n.id, ${at}, ${at}
    FROM billing.webhooks w JOIN billing.notifications n ON n.at >= ${since} AND n.type <> 'webhook.test' AND ${wants}
    WHERE w.id = ${webhook} AND NOT EXISTS (
      SELECT FROM billing.webhook_deliveries d
      WHERE d.notification = n.id AND d.webhook = w.id AND d.state = 'waiting')
    ORDER BY n.at, n.id`.execute(db);
  return done(Number(numAffectedRows ?? 0));
}

function disabled() {
  return refuse('webhook-disabled', say('The webhook is disabled: enable it first (PATCH `enabled`).'));
}

/** Rows of one statement: some 100 ms. */
const FORGOTTEN_AT_ONCE = 10_000;

/**
 * Forgets deliveries that were noted so long ago (what still waits then belongs to a disabled webhook), the notifications
 * of them, and secrets that sign no more.
 */
export async function forgetOld(db: Kysely<Tables>, at: number): Promise<void> {
  const before = at - KEPT_MS;
  await untilFew(() =>
    sql`
      DELETE FROM billing.webhook_deliveries WHERE id IN (
        SELECT id FROM billing.webhook_deliveries WHERE created_at < ${before} ORDER BY id LIMIT ${FORGOTTEN_AT_ONCE})`.execute(
      db,
    ),
  );
  await untilFew(() =>
    sql`
      DELETE FROM billing.notifications WHERE id IN (
        SELECT id FROM billing.notifications n WHERE n.at < ${before}
          AND NOT EXISTS (SELECT FROM billing.webhook_deliveries d WHERE d.notification = n.id)
        LIMIT ${FORGOTTEN_AT_ONCE})`.execute(db),
  );
  await sql`
    UPDATE billing.webhooks SET former_secret = NULL, former_until = NULL WHERE former_until <= ${at}`.execute(
    db,
  );
}

async function untilFew(remove: () => Promise<{ numAffectedRows?: bigint | undefined }>): Promise<void> {
  for (;;) {
    const { numAffectedRows = 0n } = await remove();
    if (numAffectedRows < BigInt(FORGOTTEN_AT_ONCE)) return;
  }
}

export function showDelivery({ id, notification, type, tenant, state, attempts, ...row }: Delivery) {
  const instant = (at: number | null) => (at === null ? null : isoInstant(at));
  return {
    ...{ id, notification, type, tenant, state, attempts },
    ...{ status: row.status, answer: row.answer, error: row.error },
    createdAt: isoInstant(row.created_at),
    attemptedAt: instant(row.attempted_at),
    nextAt: state === 'waiting' ? instant(row.next_at) : null,
  };
}
