import { type Kysely, sql } from 'kysely';

/** The event log in PostgreSQL. Unused, but there, where the log is in Kafka. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create schema log`.execute(db);
  await sql`
    create table log.meta (
      only_row boolean primary key default true check (only_row),
      partitions smallint not null check (partitions > 0),
      created_at bigint not null
    )`.execute(db);
  await sql`
    create table log.partitions (
      partition smallint primary key,
      next bigint not null default 0
    ) with (fillfactor = 50)`.execute(db);
  await sql`
    create table log.records (
      partition smallint not null,
      "offset" bigint not null,
      key bytea not null,
      value bytea not null,
      appended_at bigint not null,
      primary key (partition, "offset")
    )`.execute(db);
}
