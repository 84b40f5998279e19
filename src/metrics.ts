import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * What /metrics shows. HTTP, intake and projector share one object; durations are in seconds. Whoever counts by label
 * starts each known value at 0: a counter that comes into being with its first burst has no increase to ring for.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Gauges, named like counters; each is there by type, too.
  for (const kind of ['handles', 'requests', 'resources'])
    registry.removeSingleMetric(`nodejs_active_${kind}_total`);
  const registers = [registry];
  const metrics = {
    registry,
    ...intakeMetrics(registers),
    ...replicaMetrics(registers),
    ...projectionMetrics(registers),
    ...healthMetrics(registers),
    ...financeMetrics(registers),
    ...notificationMetrics(registers),
    ...httpMetrics(registers),
  };
  // Before the first look, and where there is no inbox or replica, 0 would say that something is wrong, since 1970.
  const { logGuarded, logGuardedAt, inboxReading, replicaUp, replicaLagSeconds } = metrics;
  for (const gauge of [logGuarded, logGuardedAt, inboxReading, replicaUp, replicaLagSeconds]) gauge.remove();
  return metrics;
}

/** Events on their way into the log. */
function intakeMetrics(registers: Registry[]) {
  return {
    accepted: new Counter({
      name: 'janela_events_accepted_total',
      help: 'Events acknowledged to a sender, duplicates included',
      registers,
    }),
    rejected: new Counter({
      name: 'janela_events_rejected_total',
      help: 'Events refused at ingest, by problem',
      labelNames: ['problem'],
      registers,
    }),
    warned: new Counter({
      name: 'janela_events_warned_total',
      help: 'Warnings about events that were accepted',
      labelNames: ['warning'],
      registers,
    }),
    unmapped: new Gauge({
      name: 'janela_connection_unmapped_parts',
      help: 'Parts of payloads that a connection keeps because they could not be mapped, up to 10000',
      labelNames: ['connection'],
      registers,
    }),
    inboxRecords: new Counter({
      name: 'janela_inbox_records_total',
      help: 'Records of the Kafka inbox that were taken (accepted) or went to the topic of what is refused (rejected), repeats included',
      labelNames: ['outcome'],
      registers,
    }),
    inboxWaiting: new Gauge({
      name: 'janela_inbox_waiting_records',
      help: 'Records of the Kafka inbox that wait to be taken',
      labelNames: ['partition'],
      registers,
    }),
    inboxMissed: new Counter({
      name: 'janela_inbox_missed_records_total',
      help: 'Records that were removed from the Kafka inbox before they were taken, by its retention or by hand',
      registers,
    }),
    inboxReading: new Gauge({
      name: 'janela_inbox_reading',
      help: '1: this process reads the Kafka inbox with the others of its group, 0: it does not, and tries to',
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'janela_log_append_seconds',
      help: 'Time from handing the events of a request to the log until all of them are durable',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
      registers,
    }),
    intakeQueued: new Gauge({
      name: 'janela_intake_queued_events',
      help: 'Events waiting for the log',
      registers,
    }),
  };
}

/** Reads that go to a replica. */
function replicaMetrics(registers: Registry[]) {
  return {
    replicaUp: new Gauge({
      name: 'janela_read_replica_up',
      help: '1: reads go to the replica of DATABASE_READ_URL, 0: the primary answers in its place; absent: there is none',
      registers,
    }),
    replicaLagSeconds: new Gauge({
      name: 'janela_read_replica_lag_seconds',
      help: 'How long ago the primary was where the replica is; absent: nobody knows, or there is none',
      registers,
    }),
    readFallbacks: new Counter({
      name: 'janela_read_fallbacks_total',
      help: 'Connections that reads took of the primary in place of the replica, by why: gone, behind, promoted, returning',
      labelNames: ['why'],
      registers,
    }),
  };
}

/** Records of the log on their way into the tables. */
function projectionMetrics(registers: Registry[]) {
  return {
    duplicate: new Counter({
      name: 'janela_events_duplicate_total',
      help: 'Events met again in the log with the same content; no effect',
      registers,
    }),
    conflict: new Counter({
      name: 'janela_events_conflict_total',
      help: 'Events met again in the log with other content; in quarantine',
      registers,
    }),
    unmatched: new Gauge({
      name: 'janela_events_unmatched',
      help: 'Receipts and voids received between one and two hours ago that applied to nothing when they were an hour old',
      labelNames: ['type'],
      registers,
    }),
    unreadable: new Counter({
      name: 'janela_events_unreadable_total',
      help: 'Log records that could not be read; in quarantine',
      registers,
    }),
    projectionLag: new Gauge({
      name: 'janela_projection_lag_events',
      help: 'Events in the log that are not counted yet',
      labelNames: ['partition'],
      registers,
    }),
    projectionStalled: new Gauge({
      name: 'janela_projection_stalled_partitions',
      help: 'Partitions with events to count that have not moved for 60 s',
      registers,
    }),
    projectionBatchSize: new Histogram({
      name: 'janela_projection_batch_events',
      help: 'Log records in one projected batch',
      buckets: [1, 5, 25, 100, 250, 500, 1000, 2000, 4000, 8000],
      registers,
    }),
    projectionBatchSeconds: new Histogram({
      name: 'janela_projection_batch_seconds',
      help: 'Time to project one batch, from first statement to commit',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers,
    }),
    refolds: new Counter({
      name: 'janela_projection_refolds_total',
      help: 'Conversations folded again because an event arrived out of order',
      registers,
    }),
  };
}

/** Whether what there is holds together. */
function healthMetrics(registers: Registry[]) {
  return {
    unready: new Gauge({
      name: 'janela_unready',
      help: '1: what `check` names is why /readyz answers 503, 0: it is in order',
      labelNames: ['check'],
      registers,
    }),
    verified: new Gauge({
      name: 'janela_verified',
      help: '1: what `of` names (projection, invoices) held together when it was last verified, 0: it did not',
      labelNames: ['of'],
      registers,
    }),
    verifiedAt: new Gauge({
      name: 'janela_verified_timestamp_seconds',
      help: 'When what `of` names was last verified',
      labelNames: ['of'],
      registers,
    }),
    logGuarded: new Gauge({
      name: 'janela_log_guarded',
      help: '1: the log keeps every record for ever, 0: records are gone or could go (the service logs which, and what to do)',
      registers,
    }),
    logGuardedAt: new Gauge({
      name: 'janela_log_guarded_timestamp_seconds',
      help: 'When that was last looked at',
      registers,
    }),
    logBlocked: new Gauge({
      name: 'janela_log_blocked_seconds',
      help: "How long the partition could only be read up to the same offset before its end: somebody else's transaction is open in it; 0: none is",
      labelNames: ['partition'],
      registers,
    }),
  };
}

/** A month that is made final for everybody. */
function financeMetrics(registers: Registry[]) {
  return {
    invoiceRunWaiting: new Gauge({
      name: 'janela_invoice_run_waiting_tenants',
      help: 'Tenants of the invoice run under way that nothing became of yet; 0 where none is',
      registers,
    }),
    invoiceRunTenants: new Counter({
      name: 'janela_invoice_run_tenants_total',
      help: 'Tenants of invoice runs by what became of them: final, open, nothing; failed: open, for a reason that nobody foresaw',
      labelNames: ['state'],
      registers,
    }),
    invoiceRunRested: new Counter({
      name: 'janela_invoice_run_rested_seconds_total',
      help: 'Seconds that invoice runs rested, for many events came in',
      registers,
    }),
  };
}

/** What others are told. */
function notificationMetrics(registers: Registry[]) {
  return {
    webhookAttempts: new Counter({
      name: 'janela_webhook_attempts_total',
      help: 'Attempts to deliver a notification to a webhook, by what came of them: delivered, failed',
      labelNames: ['outcome'],
      registers,
    }),
    thresholdsBehind: new Gauge({
      name: 'janela_thresholds_behind_seconds',
      help: 'How long ago all thresholds that may have been reached were last judged; around 0 where nothing keeps it',
      registers,
    }),
    notificationsUnpublished: new Gauge({
      name: 'janela_notifications_unpublished',
      help: 'Notifications that are yet to go to the topic, up to 10000; 0 where there is none',
      registers,
    }),
    deliveriesWaiting: new Gauge({
      name: 'janela_webhook_deliveries_waiting',
      help: 'Deliveries to webhooks that are yet to succeed, up to 10000',
      registers,
    }),
    deliveriesOverdue: new Gauge({
      name: 'janela_webhook_deliveries_overdue_seconds',
      help: 'How long the oldest delivery has been due of those to webhooks that do not fail; 0: none is',
      registers,
    }),
    webhooksFailing: new Gauge({
      name: 'janela_webhooks_failing',
      help: 'Webhooks of which the last attempt failed',
      registers,
    }),
    webhooksDisabled: new Gauge({
      name: 'janela_webhooks_disabled',
      help: 'Webhooks that the service disabled: they answered 410, or nothing succeeded for too long',
      registers,
    }),
  };
}

/** Requests and answers. */
function httpMetrics(registers: Registry[]) {
  return {
    httpErrors: new Counter({
      name: 'janela_http_errors_total',
      help: 'Requests answered with 5xx',
      labelNames: ['route', 'status'],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'janela_http_request_seconds',
      help: 'Time from the first byte of a request to the last of its answer',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
  };
}
