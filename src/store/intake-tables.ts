import type { Generated, JSONColumnType } from 'kysely';

/** Where events come from that are no events yet. Instants in ms. */
export interface IntakeTables {
  'billing.connections': ConnectionsTable;
  'billing.unmapped_parts': UnmappedPartsTable;
}

export interface ConnectionsTable {
  name: string;
  kind: 'whatsapp-cloud';
  sends: 'posted' | 'from-status';
  tenants: JSONColumnType<Record<string, string>>;
  tenant: string | null;
  /** Sealed. */
  secrets: Buffer;
  created_at: number;
  updated_at: number;
}

interface UnmappedPartsTable {
  id: Generated<number>;
  connection: string;
  fingerprint: Buffer;
  reason: 'no-tenant' | 'unknown-form' | 'rejected';
  detail: string;
  received_at: number;
  /** Sealed. */
  payload: Buffer;
}
