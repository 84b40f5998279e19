import { type Kysely, sql } from 'kysely';

/**
 * A period that lost its plan: manual lines know their currency without it, and an invoice of adjustments only counts
 * no windows of its own any more.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await manualLines(db);
  await invoices(db);
}

/** The currency is that of the invoice or plan of the period, else of the tenant's last invoice or last plan. */
async function manualLines(db: Kysely<unknown>) {
  await sql`ALTER TABLE billing.manual_lines ADD COLUMN currency text`.execute(db);
  await sql`COMMENT ON COLUMN billing.manual_lines.currency IS 'null: entered before it was kept, and not known'`.execute(
    db,
  );
  await sql`
    UPDATE billing.manual_lines m SET currency = coalesce(
      (SELECT i.currency FROM billing.invoices i
        WHERE i.tenant = m.tenant AND i.period = m.period AND i.status = 'final'),
      (SELECT v.terms->>'currency' FROM billing.subscriptions s JOIN billing.plan_versions v USING (plan)
        WHERE s.tenant = m.tenant AND s.from_period <= m.period
          AND (s.until_period IS NULL OR m.period < s.until_period) LIMIT 1),
      (SELECT i.currency FROM billing.invoices i
        WHERE i.tenant = m.tenant AND i.status <> 'pending' ORDER BY i.status, i.id DESC LIMIT 1),
      (SELECT v.terms->>'currency' FROM billing.audit a JOIN billing.plan_versions v ON v.plan = a.before->>'plan'
        WHERE a.tenant = m.tenant AND a.subject_type = 'subscription' AND a.action = 'delete'
        ORDER BY a.id DESC LIMIT 1))`.execute(db);
}

/** The rows there are get true without being written; final ones never are. */
async function invoices(db: Kysely<unknown>) {
  await sql`ALTER TABLE billing.invoices ADD COLUMN counts_unbilled boolean NOT NULL DEFAULT true`.execute(
    db,
  );
  await sql`ALTER TABLE billing.invoices ALTER COLUMN counts_unbilled SET DEFAULT false`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoices.counts_unbilled IS
    'true: made when receptive and active still counted windows of a period without a plan, which it does not charge'`.execute(
    db,
  );
}
