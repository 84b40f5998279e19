import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { ZoneEntry } from '../domain/period.ts';
import type { RuleEntry } from '../domain/rule.ts';

/** Who is metered, who may ask, and who changed what. Instants in ms. */
export interface BillingTables {
  'billing.tenants': TenantsTable;
  'billing.api_keys': ApiKeysTable;
  'billing.audit': AuditTable;
}

export interface TenantsTable {
  tenant: string;
  name: string;
  reference: string | null;
  language: string;
  test: boolean;
  zones: JSONColumnType<ZoneEntry[]>;
  rules: JSONColumnType<RuleEntry[]>;
  version: number;
  created_at: number;
  updated_at: number;
}

export interface ApiKeysTable {
  id: string;
  name: string;
  secret_hash: Buffer;
  scopes: string[];
  tenants: string[] | null;
  created_at: number;
  revoked_at: number | null;
}

export interface AuditTable {
  id: Generated<number>;
  at: number;
  actor: string;
  subject_type: string;
  subject: string;
  tenant: string | null;
  action: string;
  before: ColumnType<unknown, string | null, never>;
  after: ColumnType<unknown, string | null, never>;
}
