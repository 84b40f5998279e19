import { type Kysely, sql } from 'kysely';

/**
 * Plans, subscriptions and invoices. Instants in ms since 1970, periods as `2026-11`, money as decimal text. What a
 * final invoice keeps is a copy: it stands without the projection, and triggers refuse to change it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await plansAndSubscriptions(db);
  await invoices(db);
  await billedWindows(db);
  await guards(db);
}

async function plansAndSubscriptions(db: Kysely<unknown>) {
  await sql`
    CREATE TABLE billing.plan_versions (
      plan text COLLATE "C" NOT NULL,
      from_period text COLLATE "C" NOT NULL,
      terms jsonb NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      PRIMARY KEY (plan, from_period)
    )`.execute(db);
  await sql`
    CREATE TABLE billing.subscriptions (
      tenant text COLLATE "C" NOT NULL,
      from_period text COLLATE "C" NOT NULL,
      until_period text COLLATE "C",
      plan text COLLATE "C" NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL,
      PRIMARY KEY (tenant, from_period),
      CHECK (until_period > from_period)
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.subscriptions.until_period IS 'exclusive; null: open'`.execute(db);
  await sql`CREATE INDEX subscriptions_plan ON billing.subscriptions (plan)`.execute(db);
  await sql`
    CREATE TABLE billing.manual_lines (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text COLLATE "C" NOT NULL,
      period text COLLATE "C" NOT NULL,
      description text NOT NULL,
      amount text NOT NULL,
      reason text NOT NULL,
      created_at bigint NOT NULL
    )`.execute(db);
  await sql`CREATE INDEX manual_lines_period ON billing.manual_lines (tenant, period, id)`.execute(db);
}

async function invoices(db: Kysely<unknown>) {
  await sql`
    CREATE TABLE billing.invoices (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      tenant text COLLATE "C" NOT NULL,
      period text COLLATE "C" NOT NULL,
      status text NOT NULL CHECK (status IN ('pending', 'final', 'void')),
      number text COLLATE "C" UNIQUE,
      start_at bigint NOT NULL,
      end_at bigint NOT NULL,
      time_zone text NOT NULL,
      reference text,
      currency text NOT NULL,
      plan text COLLATE "C",
      plan_from text COLLATE "C",
      terms jsonb,
      total text NOT NULL,
      receptive bigint NOT NULL,
      active bigint NOT NULL,
      as_of jsonb NOT NULL,
      digest text,
      replaces text COLLATE "C",
      finalized_at bigint,
      voided_at bigint,
      void_reason text,
      changed_at bigint,
      CHECK ((status = 'pending') = (number IS NULL))
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoices.terms IS 'the plan version as it was: it may be changed later'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.invoices.changed_at IS 'unique, and grows in the order of commits'`.execute(
    db,
  );
  await sql`CREATE UNIQUE INDEX invoices_standing ON billing.invoices (tenant, period) WHERE status = 'final'`.execute(
    db,
  );
  await sql`CREATE INDEX invoices_period ON billing.invoices (tenant, period, id)`.execute(db);
  await sql`CREATE UNIQUE INDEX invoices_changed ON billing.invoices (changed_at)`.execute(db);
  await sql`
    CREATE TABLE billing.invoice_lines (
      invoice bigint NOT NULL REFERENCES billing.invoices ON DELETE CASCADE,
      line integer NOT NULL,
      id text COLLATE "C" NOT NULL,
      code text COLLATE "C" NOT NULL,
      description text NOT NULL,
      period text COLLATE "C" NOT NULL,
      start_at bigint NOT NULL,
      end_at bigint NOT NULL,
      time_zone text NOT NULL,
      quantity bigint NOT NULL,
      unit_price text,
      amount text NOT NULL,
      detail jsonb,
      PRIMARY KEY (invoice, line),
      UNIQUE (invoice, id)
    )`.execute(db);
  await sql`CREATE TABLE billing.invoice_numbers (year integer PRIMARY KEY, last integer NOT NULL)`.execute(
    db,
  );
  await sql`
    CREATE TABLE billing.invoice_clock (
      only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
      changed_at bigint NOT NULL
    )`.execute(db);
  await sql`INSERT INTO billing.invoice_clock (changed_at) VALUES (0)`.execute(db);
}

async function billedWindows(db: Kysely<unknown>) {
  await sql`
    CREATE TABLE billing.invoice_periods (
      invoice bigint NOT NULL REFERENCES billing.invoices ON DELETE CASCADE,
      period text COLLATE "C" NOT NULL,
      fingerprint numeric NOT NULL,
      PRIMARY KEY (invoice, period)
    )`.execute(db);
  await sql`COMMENT ON TABLE billing.invoice_periods IS
    'the periods whose windows an invoice charges: its own, and the earlier ones that it adjusts'`.execute(
    db,
  );
  await sql`COMMENT ON COLUMN billing.invoice_periods.fingerprint IS
    'order-free hash of the windows the period had; equal: nothing to adjust'`.execute(db);
  await sql`
    CREATE TABLE billing.billed_sets (
      invoice bigint NOT NULL REFERENCES billing.invoices ON DELETE CASCADE,
      set smallint NOT NULL,
      period text COLLATE "C" NOT NULL,
      code text COLLATE "C" NOT NULL,
      weight smallint NOT NULL CHECK (weight <> 0),
      line text COLLATE "C",
      PRIMARY KEY (invoice, set)
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.billed_sets.line IS
    'null: windows changed but money did not, so there is no line'`.execute(db);
  await sql`
    CREATE TABLE billing.billed_windows (
      invoice bigint NOT NULL,
      opened_at bigint NOT NULL,
      closes_at bigint NOT NULL,
      "offset" bigint NOT NULL,
      conversation uuid NOT NULL,
      opener uuid NOT NULL,
      set smallint NOT NULL,
      kind smallint NOT NULL,
      partition smallint NOT NULL,
      channel text COLLATE "C" NOT NULL,
      account text COLLATE "C" NOT NULL,
      contact text COLLATE "C" NOT NULL,
      opened_by text COLLATE "C" NOT NULL,
      rule text NOT NULL,
      origin text COLLATE "C",
      category text COLLATE "C",
      campaign text COLLATE "C"
    )`.execute(db);
  // The only index: each column more, and one that does not grow with the rows, would cost as much as the copy itself.
  await sql`CREATE INDEX billed_windows_opened ON billing.billed_windows (invoice, opened_at)`.execute(db);
  await sql`
    CREATE TABLE billing.change_causes (
      invoice bigint NOT NULL REFERENCES billing.invoices ON DELETE CASCADE,
      set smallint NOT NULL,
      conversation uuid NOT NULL,
      opener uuid NOT NULL,
      event text COLLATE "C" NOT NULL,
      partition smallint NOT NULL,
      "offset" bigint NOT NULL,
      PRIMARY KEY (invoice, set, conversation, opener)
    )`.execute(db);
}

async function guards(db: Kysely<unknown>) {
  await sql`
    CREATE FUNCTION billing.keep_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status = 'pending' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
      END IF;
      IF TG_OP = 'UPDATE' AND OLD.status = 'final' AND NEW.status = 'void'
        AND to_jsonb(NEW) - '{status,voided_at,void_reason,changed_at}'::text[]
          = to_jsonb(OLD) - '{status,voided_at,void_reason,changed_at}'::text[] THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'invoice % is %: it never changes', OLD.number, OLD.status;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER keep_invoices BEFORE UPDATE OR DELETE ON billing.invoices
    FOR EACH ROW EXECUTE FUNCTION billing.keep_invoices()`.execute(db);
  await sql`
    CREATE FUNCTION billing.keep_invoice_parts() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM billing.invoices i
        WHERE i.status <> 'pending' AND i.id IN (SELECT o.invoice FROM old_rows o)) THEN
        RAISE EXCEPTION 'what belongs to a final invoice never changes';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  const parts = ['invoice_lines', 'invoice_periods', 'billed_sets', 'billed_windows', 'change_causes'];
  for (const table of parts) {
    for (const event of ['UPDATE', 'DELETE']) {
      await sql`
        CREATE TRIGGER ${sql.id(`keep_on_${event.toLowerCase()}`)} AFTER ${sql.raw(event)}
        ON billing.${sql.id(table)} REFERENCING OLD TABLE AS old_rows
        FOR EACH STATEMENT EXECUTE FUNCTION billing.keep_invoice_parts()`.execute(db);
    }
  }
}
