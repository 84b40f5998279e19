import { type Kysely, sql } from 'kysely';

/** Only adds. */
export const compatibleFrom = '0095_connections';

/** Webhooks of others, what they are told, and how far each telling is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE billing.webhooks (
      id text COLLATE "C" PRIMARY KEY,
      url text NOT NULL,
      types text[],
      tenants text[],
      description text NOT NULL,
      secret bytea NOT NULL,
      former_secret bytea,
      former_until bigint,
      enabled boolean NOT NULL,
      disabled_because text,
      failing_since bigint,
      created_by text COLLATE "C" NOT NULL,
      created_at bigint NOT NULL,
      updated_at bigint NOT NULL
    )`.execute(db);
  for (const column of ['secret', 'former_secret'])
    await sql`COMMENT ON COLUMN billing.webhooks.${sql.id(column)} IS 'sealed under the master key'`.execute(
      db,
    );
  await sql`COMMENT ON COLUMN billing.webhooks.disabled_because IS
    'why the service disabled it; null: it did not'`.execute(db);
  await sql`COMMENT ON COLUMN billing.webhooks.failing_since IS
    'first attempt since the last success that failed; null: none did'`.execute(db);
  await sql`
    CREATE TABLE billing.notifications (
      id text COLLATE "C" PRIMARY KEY,
      type text NOT NULL,
      tenant text COLLATE "C",
      at bigint NOT NULL,
      body text NOT NULL
    )`.execute(db);
  await sql`COMMENT ON TABLE billing.notifications IS
    'the outbox: each written in the transaction of its cause, once for each id'`.execute(db);
  await sql`CREATE INDEX notifications_age ON billing.notifications (at)`.execute(db);
  await sql`
    CREATE TABLE billing.webhook_deliveries (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      webhook text COLLATE "C" NOT NULL REFERENCES billing.webhooks ON DELETE CASCADE,
      notification text COLLATE "C" NOT NULL REFERENCES billing.notifications,
      state text NOT NULL DEFAULT 'waiting',
      attempts int NOT NULL DEFAULT 0,
      attempts_before int NOT NULL DEFAULT 0,
      next_at bigint,
      attempted_at bigint,
      status int,
      answer text,
      error text,
      created_at bigint NOT NULL
    )`.execute(db);
  await sql`COMMENT ON COLUMN billing.webhook_deliveries.next_at IS
    'when it is tried next, or again if whoever tries it is not heard of any more; null: never'`.execute(db);
  await sql`COMMENT ON COLUMN billing.webhook_deliveries.attempts_before IS
    'how many there were when somebody asked for it again: the waits between them start anew'`.execute(db);
  await sql`
    CREATE INDEX webhook_deliveries_due ON billing.webhook_deliveries (webhook, next_at)
    WHERE state = 'waiting'`.execute(db);
  await sql`CREATE INDEX webhook_deliveries_list ON billing.webhook_deliveries (webhook, id)`.execute(db);
  await sql`CREATE INDEX webhook_deliveries_of ON billing.webhook_deliveries (notification)`.execute(db);
}
