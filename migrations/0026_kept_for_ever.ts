import { type Kysely, sql } from 'kysely';

/** Only adds: no version of the code does what it refuses. */
export const compatibleFrom = '0025_keys_end';

/**
 * What is kept for ever is only ever added to, and an invoice only while it is being made: the database refuses the
 * rest. An owner of the tables who means harm can take the triggers away; accidents and stray statements cannot.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION public.keep_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '% of %.% is refused: it is only added to', TG_OP, TG_TABLE_SCHEMA, TG_TABLE_NAME;
    END $$`.execute(db);
  await log(db);
  await refuse(db, 'UPDATE OR DELETE OR TRUNCATE', 'billing.audit');
  await invoices(db);
}

async function log(db: Kysely<unknown>): Promise<void> {
  await refuse(db, 'UPDATE OR DELETE OR TRUNCATE', 'log.records');
  await refuse(db, 'DELETE OR TRUNCATE', 'log.partitions');
  await refuse(db, 'DELETE OR TRUNCATE', 'log.meta');
  // Of these, other columns change. Without a function call where the condition is false: each append comes by here.
  await sql`
    CREATE TRIGGER keep_next BEFORE UPDATE ON log.partitions
    FOR EACH ROW WHEN (NEW.next < OLD.next OR NEW.partition <> OLD.partition)
    EXECUTE FUNCTION public.keep_for_ever()`.execute(db);
  await sql`
    CREATE TRIGGER keep_partitions BEFORE UPDATE ON log.meta
    FOR EACH ROW WHEN (NEW.partitions <> OLD.partitions)
    EXECUTE FUNCTION public.keep_for_ever()`.execute(db);
}

async function invoices(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE FUNCTION billing.begin_pending() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'invoice % is % from the start: it is pending until it is made final', NEW.number, NEW.status;
    END $$`.execute(db);
  await sql`
    CREATE TRIGGER begin_pending BEFORE INSERT ON billing.invoices
    FOR EACH ROW WHEN (NEW.status <> 'pending') EXECUTE FUNCTION billing.begin_pending()`.execute(db);
  await refuse(db, 'TRUNCATE', 'billing.invoices');
  await sql`
    CREATE FUNCTION billing.add_to_pending() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF EXISTS (SELECT 1 FROM billing.invoices i
        WHERE i.status <> 'pending' AND i.id IN (SELECT n.invoice FROM new_rows n)) THEN
        RAISE EXCEPTION 'what belongs to a final invoice never changes';
      END IF;
      RETURN NULL;
    END $$`.execute(db);
  for (const part of ['invoice_lines', 'invoice_periods', 'billed_sets', 'billed_windows', 'change_causes']) {
    await refuse(db, 'TRUNCATE', `billing.${part}`);
    await sql`
      CREATE TRIGGER keep_on_insert AFTER INSERT ON ${sql.table(`billing.${part}`)} REFERENCING NEW TABLE AS new_rows
      FOR EACH STATEMENT EXECUTE FUNCTION billing.add_to_pending()`.execute(db);
  }
}

async function refuse(db: Kysely<unknown>, events: string, table: string): Promise<void> {
  await sql`
    CREATE TRIGGER keep_for_ever BEFORE ${sql.raw(events)} ON ${sql.table(table)}
    FOR EACH STATEMENT EXECUTE FUNCTION public.keep_for_ever()`.execute(db);
}
