/** The outbox: notifications, each written in the transaction of its cause, with a delivery for every webhook that wants it. */

import { hash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { isoInstant } from '../domain/instant.ts';
import type { Notifications, NotificationType } from '../domain/notification.ts';
import type { Tables } from './tables.ts';

/** Something to tell; the type decides what `data` says. */
export type Notice = { [Type in NotificationType]: NoticeOf<Type> }[NotificationType];

interface NoticeOf<Type extends NotificationType> {
  type: Type;
  /** What it is the notification of, apart from the type: the same again is the same notification. */
  of: readonly (string | number)[];
  /** Whose it is; null: nobody's alone. */
  tenant: string | null;
  /** ms */
  at: number;
  data: Notifications[Type];
}

/** The `webhook-id`: whoever gets the same one twice knows the repeat. */
export function notificationId({ type, of }: Pick<Notice, 'type' | 'of'>): string {
  return `msg_${hash('sha256', JSON.stringify([type, ...of]), 'hex').slice(0, 32)}`;
}

export function notificationBody({ type, at, data }: Pick<Notice, 'type' | 'at' | 'data'>): string {
  return JSON.stringify({ type, timestamp: isoInstant(at), data });
}

/**
 * Notes what is to be told. Call it in the transaction of the cause, so that neither exists without the other. One that
 * was noted before is left as it is.
 */
export async function notify(db: Kysely<Tables>, notices: readonly Notice[]): Promise<void> {
  if (notices.length === 0) return;
  await sql`
    WITH new AS (
      INSERT INTO billing.notifications (id, type, tenant, at, body)
      SELECT * FROM unnest(
        ${notices.map(notificationId)}::text[], ${notices.map(({ type }) => type)}::text[],
        ${notices.map(({ tenant }) => tenant)}::text[], ${notices.map(({ at }) => at)}::bigint[],
        ${notices.map(notificationBody)}::text[])
      ON CONFLICT (id) DO NOTHING
      RETURNING id, type, tenant, at)
    INSERT INTO billing.webhook_deliveries (webhook, notification, next_at, created_at)
    SELECT w.id, n.id, n.at, n.at
    FROM new n JOIN billing.webhooks w ON w.enabled AND ${wants}`.execute(db);
}

/** Whether the webhook `w` wants the notification `n`. */
export const wants = sql<boolean>`(w.types IS NULL OR n.type = ANY (w.types))
  AND (w.tenants IS NULL OR n.tenant = ANY (w.tenants))`;
