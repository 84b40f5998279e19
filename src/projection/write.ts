import type { ClientBase } from 'pg';
import type { EventsTable } from '../store/projection-tables.ts';
import type { BatchEvent, Quarantined } from './decode.ts';
import { copyField, copyInto, plainArray, prepared } from './sql.ts';

const EVENT_COLUMNS = [
  'conversation',
  'key',
  'ref',
  'class',
  'partition',
  'at',
  'offset',
  'received_at',
  'id',
  'key_id',
  'detail',
  'metadata',
] as const satisfies readonly (keyof EventsTable)[];

/** Loads events that are known to be new: one writer per partition, fenced by the position. */
export async function writeEvents(
  client: ClientBase,
  schema: string,
  events: readonly BatchEvent[],
): Promise<void> {
  if (events.length === 0) return;
  let lines = '';
  for (const e of events) {
    lines += `${e.conversation}\t${e.key}\t${e.ref ?? '\\N'}\t${e.class}\t${e.partition}\t${e.at}\t${e.offset}\t${e.receivedAt}\t${copyField(e.id)}\t${copyField(e.keyId)}\t${copyField(e.detail)}\t${copyField(e.metadata)}\n`;
  }
  await copyInto(client, `${schema}.events`, EVENT_COLUMNS, lines);
}

/** Writes down who talks to whom, once per conversation. */
export async function writeConversations(
  client: ClientBase,
  schema: string,
  firsts: readonly BatchEvent[],
): Promise<void> {
  if (firsts.length === 0) return;
  await prepared(
    client,
    `conversations ${schema}`,
    `INSERT INTO ${schema}.conversations (conversation, tenant, channel, account, contact)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
     ON CONFLICT (conversation) DO NOTHING`,
    [
      plainArray(firsts.map((e) => e.conversation)),
      firsts.map((e) => e.tenant),
      firsts.map((e) => e.channel),
      firsts.map((e) => e.account),
      firsts.map((e) => e.contact),
    ],
  );
}

export async function writeQuarantine(
  client: ClientBase,
  schema: string,
  rows: readonly Quarantined[],
): Promise<void> {
  if (rows.length === 0) return;
  await prepared(
    client,
    `quarantine ${schema}`,
    `INSERT INTO ${schema}.quarantine (partition, "offset", reason, detail, tenant, conversation, key, record)
     SELECT * FROM unnest($1::smallint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::uuid[],
       $8::bytea[])`,
    [
      plainArray(rows.map((row) => row.partition)),
      plainArray(rows.map((row) => row.offset)),
      rows.map((row) => row.reason),
      rows.map((row) => row.detail),
      rows.map((row) => row.event?.tenant ?? null),
      plainArray(rows.map((row) => row.event?.conversation ?? null)),
      plainArray(rows.map((row) => row.event?.key ?? null)),
      rows.map((row) => row.record),
    ],
  );
}
