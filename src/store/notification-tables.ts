import type { ColumnType, Generated } from 'kysely';
import type { KeptThreshold } from '../domain/threshold.ts';

/** Who is told what, and how far each telling is. Instants in ms. */
export interface NotificationTables {
  'billing.webhooks': WebhooksTable;
  'billing.notifications': NotificationsTable;
  'billing.webhook_deliveries': WebhookDeliveriesTable;
  'billing.tenant_thresholds': TenantThresholdsTable;
  'billing.threshold_firings': ThresholdFiringsTable;
  'billing.adjustment_notices': AdjustmentNoticesTable;
  'billing.notification_topics': NotificationTopicsTable;
}

interface AdjustmentNoticesTable {
  tenant: string;
  period: string;
  /** Number of the last one that charged the period. */
  invoice: string;
  at: number;
}

interface TenantThresholdsTable {
  tenant: string;
  /** null: those of its plan. */
  thresholds: ColumnType<KeptThreshold[] | null, string | null, string | null>;
}

interface ThresholdFiringsTable {
  tenant: string;
  period: string;
  threshold: string;
  at: number;
  windows: number;
}

export interface WebhooksTable {
  id: string;
  url: string;
  /** null: all. */
  types: string[] | null;
  tenants: string[] | null;
  description: string;
  /** Sealed, like the former one. */
  secret: Buffer;
  /** Signs beside the other one until then; null: there is none. */
  former_secret: Buffer | null;
  former_until: number | null;
  enabled: boolean;
  /** null: the service did not disable it. */
  disabled_because: string | null;
  /** First attempt since the last success that failed; null: none did. */
  failing_since: number | null;
  /** Id of the key that made it. */
  created_by: string;
  created_at: number;
  updated_at: number;
}

interface NotificationsTable {
  /** The `webhook-id` of every delivery of it. */
  id: string;
  type: string;
  /** null: it concerns none, or all. */
  tenant: string | null;
  at: number;
  /** As it is sent. */
  body: string;
  /** To the topic; null: not yet. */
  published_at: ColumnType<number | null, undefined, number>;
}

interface NotificationTopicsTable {
  topic: string;
  /** First start with it. */
  since: number;
}

export interface WebhookDeliveriesTable {
  id: Generated<number>;
  webhook: string;
  notification: string;
  state: Generated<'waiting' | 'delivered' | 'failed'>;
  /** Begun ones. */
  attempts: Generated<number>;
  /** How many there were when somebody asked for it again: the waits between them start anew. */
  attempts_before: Generated<number>;
  /** When it is tried next, or again if whoever tries it is not heard of any more; null: never. */
  next_at: number | null;
  attempted_at: number | null;
  /** Of the last answer; null: there was none. */
  status: number | null;
  /** Its first KiB. */
  answer: string | null;
  /** Why there was no answer. */
  error: string | null;
  created_at: number;
}
