/** Connections: where payloads come from that are no events yet, in the database. Contract section 5. */

import type { Kysely, Selectable } from 'kysely';
import { isoInstant } from '../../domain/instant.ts';
import type { MasterKeys } from '../../sealing/master-keys.ts';
import { WRAPPED } from '../../sealing/rewrap.ts';
import { recordChange } from '../../store/audit.ts';
import type { ConnectionsTable } from '../../store/intake-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { Mapping } from '../whatsapp/payload.ts';

export const KINDS = ['whatsapp-cloud'] as const;

/** What is shared with the other side. */
interface ConnectionSecrets {
  /** Signs payloads. */
  appSecret: string;
  /** Proves the handshake. */
  verifyToken: string;
}

/** As somebody asks for it. */
export interface ConnectionTerms extends Mapping, ConnectionSecrets {
  kind: (typeof KINDS)[number];
}

/** As anybody may see it. */
export interface Connection extends Mapping {
  name: string;
  kind: (typeof KINDS)[number];
  /** ms */
  createdAt: number;
  updatedAt: number;
}

/** The same, and what is sealed. */
export interface SecretConnection extends Connection {
  secrets: ConnectionSecrets;
}

export type Sealer = Pick<MasterKeys, 'seal' | 'open'>;

const { label: LABEL } = WRAPPED.connectionSecrets;

/** Makes a connection or puts another in its place; the audit shows neither of its secrets. */
export async function putConnection(
  db: Kysely<Tables>,
  sealer: Sealer,
  { name, appSecret, verifyToken, ...terms }: ConnectionTerms & { name: string },
  { actor, at }: { actor: string; at: number },
): Promise<{ connection: Connection; created: boolean }> {
  const secrets = sealer.seal(LABEL, Buffer.from(JSON.stringify({ appSecret, verifyToken })));
  return await db.transaction().execute(async (transaction) => {
    const row = {
      ...{ kind: terms.kind, sends: terms.sends, tenants: JSON.stringify(terms.tenants) },
      ...{ tenant: terms.tenant, secrets, updated_at: at },
    };
    const { numInsertedOrUpdatedRows: inserted } = await transaction
      .insertInto('billing.connections')
      .values({ name, created_at: at, ...row })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .executeTakeFirst();
    const created = inserted === 1n;
    const before = created ? null : await lockConnection(transaction, name);
    if (!created)
      await transaction.updateTable('billing.connections').set(row).where('name', '=', name).execute();
    const connection: Connection = {
      ...{ name, ...terms, createdAt: before?.createdAt ?? at, updatedAt: at },
    };
    await recordChange(transaction, {
      ...{ at, actor, subjectType: 'connection', subject: name, tenant: null },
      action: created ? 'create' : 'update',
      before: before && showConnection(before),
      after: showConnection(connection),
    });
    return { connection, created };
  });
}

async function lockConnection(db: Kysely<Tables>, name: string): Promise<Connection> {
  const row = await db
    .selectFrom('billing.connections')
    .selectAll()
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return connectionOf(row);
}

/** By name, after one. */
export async function listConnections(
  db: Kysely<Tables>,
  { after, limit }: { after: string; limit: number },
): Promise<Connection[]> {
  const rows = await db
    .selectFrom('billing.connections')
    .selectAll()
    .where('name', '>', after)
    .orderBy('name')
    .limit(limit)
    .execute();
  return rows.map(connectionOf);
}

/** All of them, with their secrets. */
export async function secretConnections(db: Kysely<Tables>, sealer: Sealer): Promise<SecretConnection[]> {
  const rows = await db.selectFrom('billing.connections').selectAll().execute();
  return rows.map((row) => ({
    ...connectionOf(row),
    secrets: JSON.parse(sealer.open(LABEL, row.secrets).toString()) as ConnectionSecrets,
  }));
}

function connectionOf({
  name,
  kind,
  sends,
  tenants,
  tenant,
  ...row
}: Selectable<ConnectionsTable>): Connection {
  return { name, kind, sends, tenants, tenant, createdAt: row.created_at, updatedAt: row.updated_at };
}

/** As answers and the audit show it. */
export function showConnection({ createdAt, updatedAt, ...connection }: Connection) {
  return { ...connection, createdAt: isoInstant(createdAt), updatedAt: isoInstant(updatedAt) };
}
