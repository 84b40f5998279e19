import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { ZoneEntry } from '../domain/period.ts';
import type { OtherRules, RuleEntry } from '../domain/rule.ts';
import type { BillingTables, FinanceTables } from './finance-tables.ts';
import type { IntakeTables } from './intake-tables.ts';
import type { NotificationTables } from './notification-tables.ts';
import type { ProjectionCurrentTable } from './projection-tables.ts';
import type { SealingTables } from './sealing-tables.ts';

/**
 * Every table outside the projection schemas, by its qualified name. The tables of a projection schema are not here:
 * which schema is live is read inside each transaction.
 */
export interface Tables
  extends BillingTables,
    FinanceTables,
    IntakeTables,
    LogTables,
    NotificationTables,
    RebuildTables,
    SealingTables {
  'public.projection_current': ProjectionCurrentTable;
  'public.installation': InstallationTable;
  'public.sealed_from': SealedFromTable;
  'public.sent_forms': SentFormsTable;
  'public.unmatched': UnmatchedTable;
  'public.verifications': VerificationsTable;
}

/** Instants in ms. */
interface SentFormsTable {
  name: Buffer;
  sent_at: number;
}

interface UnmatchedTable {
  only_row: boolean;
  received_from: number | null;
  received_to: number | null;
  events: number;
  found: JSONColumnType<{ tenant: string; type: string; events: number }[]>;
}

interface VerificationsTable {
  of: 'projection' | 'invoices';
  requested_at: number | null;
  verified_at: number | null;
  holds: boolean | null;
  difference: string | null;
  mend: string | null;
}

/** Tables of the event log in PostgreSQL (schema `log`). Instants in ms. */
interface LogTables {
  'log.meta': LogMetaTable;
  'log.partitions': LogPartitionsTable;
  'log.records': LogRecordsTable;
}

interface LogMetaTable {
  only_row: boolean;
  partitions: number;
  created_at: number;
  /** Where the log was imported into; null: it is here. */
  moved_to: string | null;
}

interface LogPartitionsTable {
  partition: number;
  /** Offset the next record will get. */
  next: number;
}

interface LogRecordsTable {
  partition: number;
  offset: number;
  key: Buffer;
  value: Buffer;
  appended_at: number;
}

/** Rebuilds of the projection. Instants in ms. */
interface RebuildTables {
  'public.rebuilds': RebuildsTable;
  'public.rebuild_rules': RebuildRulesTable;
  'public.zone_changes': ZoneChangesTable;
}

export type RebuildState = 'running' | 'caught-up' | 'promoted' | 'rolled-back' | 'discarded' | 'failed';
/** What a rebuild is at: `follow` from the comparison on, `rollback` while what was live before it catches up. */
export type RebuildPhase = 'load' | 'fold' | 'index' | 'compare' | 'follow' | 'rollback';

export interface RebuildsTable {
  id: Generated<number>;
  schema: string;
  state: RebuildState;
  phase: RebuildPhase;
  actor: string;
  started_at: number;
  changed_at: number;
  /** When a process last worked on it. */
  worked_at: number | null;
  done: Generated<number>;
  total: Generated<number>;
  /** Records or events per second. */
  rate: Generated<number>;
  comparison: ColumnType<unknown, null | undefined, string | null>;
  error: string | null;
  previous: string | null;
  accepted_by: string | null;
  accepted_reason: string | null;
  /** Judged by in place of the tenants' own rules; null: by those. */
  rules: ColumnType<OtherRules | null, string | null, never>;
  /** The only one that is compared, for it alone was asked about; null: all. */
  period: string | null;
}

/** The rules of tenants when a what-if was compared; once it is promoted, what a rollback gives back to them. */
interface RebuildRulesTable {
  rebuild: number;
  tenant: string;
  rules: JSONColumnType<RuleEntry[]>;
}

/** A change of a tenant's zone that is under way: its days are counted by both. */
interface ZoneChangesTable {
  id: Generated<number>;
  tenant: string;
  zones: JSONColumnType<ZoneEntry[]>;
}

/** What is fixed at the first start. */
interface InstallationTable {
  only_row: Generated<boolean>;
  /** IANA name. */
  default_time_zone: string;
}

/** Where the partitions of the log ended before the first sealed record. */
interface SealedFromTable {
  only_row: Generated<boolean>;
  ends: JSONColumnType<{ partition: number; end: number }[]>;
}
