import { type Kysely, sql } from 'kysely';

/**
 * Whom an invoice is for, when it was issued and is due, and what other systems note on it. Not for older code: to its
 * verification an invoice on which something was noted would be damaged.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`ALTER TABLE billing.tenants ADD COLUMN bill_to jsonb, ADD COLUMN payment_days integer`.execute(
    db,
  );
  await sql`
    ALTER TABLE billing.invoices ADD COLUMN bill_to jsonb, ADD COLUMN issue_date date, ADD COLUMN due_date date,
      ADD COLUMN metadata jsonb`.execute(db);
  await sql`COMMENT ON COLUMN billing.invoices.metadata IS
    'what other systems note: the only thing that may change on a final or void invoice, and counts as a change'`.execute(
    db,
  );
  await sql`
    CREATE OR REPLACE FUNCTION billing.keep_invoices() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF OLD.status = 'pending' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
      END IF;
      IF TG_OP = 'UPDATE' AND OLD.status = 'final' AND NEW.status = 'void'
        AND to_jsonb(NEW) - '{status,voided_at,void_reason,changed_at}'::text[]
          = to_jsonb(OLD) - '{status,voided_at,void_reason,changed_at}'::text[] THEN
        RETURN NEW;
      END IF;
      IF TG_OP = 'UPDATE' AND NEW.changed_at > OLD.changed_at
        AND to_jsonb(NEW) - '{metadata,changed_at}'::text[] = to_jsonb(OLD) - '{metadata,changed_at}'::text[] THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'invoice % is %: it never changes', OLD.number, OLD.status;
    END $$`.execute(db);
}
