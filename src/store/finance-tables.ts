import type { ColumnType, Generated, JSONColumnType } from 'kysely';
import type { CreditMode } from '../domain/credit.ts';
import type { BillTo, LineDetail } from '../domain/invoice.ts';
import type { ZoneEntry } from '../domain/period.ts';
import type { Discount, Overrides, PlanTerms } from '../domain/plan.ts';
import type { RuleEntry } from '../domain/rule.ts';
import type { KeptThreshold } from '../domain/threshold.ts';

/** Plans, subscriptions and invoices. Instants in ms, periods as `2026-11`, money as decimal text. */
export interface FinanceTables {
  'billing.plan_versions': PlanVersionsTable;
  'billing.public_plans': PublicPlansTable;
  'billing.subscriptions': SubscriptionsTable;
  'billing.manual_lines': ManualLinesTable;
  'billing.invoices': InvoicesTable;
  'billing.invoice_lines': InvoiceLinesTable;
  'billing.invoice_numbers': InvoiceNumbersTable;
  'billing.invoice_clock': InvoiceClockTable;
  'billing.invoice_periods': InvoicePeriodsTable;
  'billing.billed_sets': BilledSetsTable;
  'billing.billed_windows': BilledWindowsTable;
  'billing.change_causes': ChangeCausesTable;
  'billing.invoice_runs': InvoiceRunsTable;
  'billing.invoice_run_tenants': InvoiceRunTenantsTable;
}

interface PlanVersionsTable {
  plan: string;
  from_period: string;
  terms: JSONColumnType<PlanTerms>;
  /** null: none. */
  thresholds: ColumnType<KeptThreshold[] | null, string | null | undefined, string | null>;
  created_at: number;
  updated_at: number;
}

/** Plans that keys limited to tenants see although none of these has them. */
interface PublicPlansTable {
  plan: string;
  since: number;
}

interface SubscriptionsTable {
  tenant: string;
  from_period: string;
  /** Exclusive; null: open. */
  until_period: string | null;
  plan: string;
  overrides: ColumnType<Overrides | null, string | null, string | null>;
  discount: ColumnType<Discount | null, string | null, string | null>;
  created_at: number;
  updated_at: number;
}

interface ManualLinesTable {
  /** The order of entering. */
  id: Generated<number>;
  /** Chosen by the caller; unique among those of the tenant that stand. */
  line_id: string;
  tenant: string;
  period: string;
  description: string;
  amount: string;
  reason: string;
  created_at: number;
  /** null: not known. */
  currency: string | null;
  /** null: stands. */
  deleted_at: number | null;
}

/** Where the log stood when an invoice was taken; `chain`: head of the partition's hash chain, in hex. */
export interface CoveredPosition {
  partition: number;
  next: number;
  /** End of the log, seen at the request. */
  end: number;
  chain: string;
}

export interface InvoicesTable {
  id: Generated<number>;
  tenant: string;
  period: string;
  /** `pending`: being made; nobody sees it, and the next attempt discards it. */
  status: 'pending' | 'final' | 'void';
  number: string | null;
  start_at: number;
  end_at: number;
  time_zone: string;
  reference: string | null;
  bill_to: ColumnType<BillTo | null, string | null, never>;
  /** Local dates of the invoice's zone, as `2026-12-04`. */
  issue_date: string | null;
  due_date: string | null;
  /** null: nobody noted anything. */
  metadata: ColumnType<Record<string, unknown> | null, string | null, string>;
  currency: string;
  plan: string | null;
  plan_from: string | null;
  terms: ColumnType<PlanTerms | null, string | null, never>;
  total: string;
  /** As the tenant had it when the invoice was made. */
  credit: ColumnType<CreditMode, CreditMode | undefined, never>;
  /** Windows of the period that it charges; where `counts_unbilled` and it has no plan, those it does not. */
  receptive: number;
  active: number;
  counts_unbilled: Generated<boolean>;
  as_of: JSONColumnType<CoveredPosition[]>;
  digest: string | null;
  /** 1: the digest covers contact and openedBy too. */
  digest_version: Generated<number>;
  replaces: string | null;
  finalized_at: number | null;
  voided_at: number | null;
  void_reason: string | null;
  changed_at: number | null;
}

export interface InvoiceLinesTable {
  invoice: number;
  /** Place on the invoice, from 0. */
  line: number;
  id: string;
  code: string;
  description: string;
  period: string;
  start_at: number;
  end_at: number;
  time_zone: string;
  quantity: number;
  unit_price: string | null;
  amount: string;
  detail: ColumnType<LineDetail | null, string | null, never>;
}

/** A run that makes a month final for many tenants; the counts are of those that something became of. */
export interface InvoiceRunsTable {
  id: Generated<number>;
  period: string;
  /** Nobody named the tenants: those that may have an invoice of the period. */
  for_all: boolean;
  /** `cancelling`: no more invoices are begun; `cancelled`: none is being made any more. */
  state: 'running' | 'cancelling' | 'finished' | 'cancelled';
  actor: string;
  started_at: number;
  finished_at: number | null;
  total: number;
  final: Generated<number>;
  open: Generated<number>;
  nothing: Generated<number>;
}

export interface InvoiceRunTenantsTable {
  run: number;
  tenant: string;
  state: Generated<'waiting' | 'final' | 'open' | 'nothing'>;
  invoice: string | null;
  problem: string | null;
  detail: string | null;
}

interface InvoiceNumbersTable {
  year: number;
  last: number;
}

interface InvoiceClockTable {
  only_row: Generated<boolean>;
  changed_at: number;
}

interface InvoicePeriodsTable {
  invoice: number;
  period: string;
  fingerprint: string;
}

/** Windows that an invoice charges (weight +1) or gives back (-1) for a period under one code. */
export interface BilledSetsTable {
  invoice: number;
  set: number;
  period: string;
  code: string;
  weight: number;
  line: string | null;
}

interface BilledWindowsTable {
  invoice: number;
  opened_at: number;
  closes_at: number;
  offset: number;
  conversation: string;
  opener: string;
  set: number;
  kind: number;
  partition: number;
  channel: string;
  account: string;
  contact: string;
  opened_by: string;
  rule: string;
  origin: string | null;
  category: string | null;
  campaign: string | null;
}

interface ChangeCausesTable {
  invoice: number;
  set: number;
  conversation: string;
  opener: string;
  /** Empty: sealed. */
  event: string;
  /** Those of the event; null where it was noted before records were sealed. */
  event_conversation: string | null;
  event_key: string | null;
  partition: number;
  offset: number;
}

/** Who is metered, who may ask, and who changed what. Instants in ms. */
export interface BillingTables {
  'billing.tenants': TenantsTable;
  'billing.api_keys': ApiKeysTable;
  'billing.audit': AuditTable;
  'billing.contact_links': ContactLinksTable;
  'billing.contact_link_changes': ContactLinkChangesTable;
  'billing.clear_contact_links': ClearContactLinksTable;
  'billing.clear_audit': ClearAuditTable;
  'billing.sessions': SessionsTable;
  'billing.portal_links': PortalLinksTable;
}

/** Links that show one tenant its own pages; the hash is the token's SHA-256. */
interface PortalLinksTable {
  token_hash: Buffer;
  tenant: string;
  invoices: boolean;
  language: string;
  expires_at: number;
  /** Id of the key that made it. */
  created_by: string;
}

/** People signed in to the page. Hashes are SHA-256: of the session's token, and of the secret of the key it stands for. */
interface SessionsTable {
  token_hash: Buffer;
  secret_hash: Buffer;
  expires_at: number;
}

interface TenantsTable {
  tenant: string;
  name: string;
  reference: string | null;
  language: string;
  test: boolean;
  bill_to: ColumnType<BillTo | null, string | null, string | null>;
  payment_days: number | null;
  credit: ColumnType<CreditMode, CreditMode | undefined, CreditMode>;
  zones: JSONColumnType<ZoneEntry[]>;
  rules: JSONColumnType<RuleEntry[]>;
  version: number;
  created_at: number;
  updated_at: number;
}

interface ApiKeysTable {
  id: string;
  name: string;
  secret_hash: Buffer;
  scopes: string[];
  tenants: string[] | null;
  created_at: number;
  revoked_at: number | null;
  /** null: not known. */
  created_by: string | null;
  expires_at: number | null;
  last_used_at: Generated<number | null>;
}

interface AuditTable {
  id: Generated<number>;
  at: number;
  actor: string;
  subject_type: string;
  subject: string;
  tenant: string | null;
  action: string;
  before: ColumnType<unknown, string | null, never>;
  after: ColumnType<unknown, string | null, never>;
  /** Names that `subject`, `before` and `after` have placeholders for, sealed; null: they have none. */
  names: ColumnType<Buffer | null, Buffer | null, never>;
  /** Whose key they are sealed with. */
  names_of: ColumnType<string | null, string | null, never>;
}

interface ContactLinksTable {
  tenant: string;
  channel: string;
  /** Keyed hash, as 32 hex digits. */
  alias: string;
  /** Keyed hash; null: the link has ended. */
  contact: string | null;
  /** Alias and contact, sealed with a key of the contact. */
  names: Buffer | null;
  /** Id of the API key that made it. */
  actor: string;
  created_at: number;
  /** Number of its last change. */
  change: number;
}

interface ContactLinkChangesTable {
  only_row: Generated<boolean>;
  /** Number of the last change. */
  last: number;
}

/** Links of before they were sealed, until a service starts. */
interface ClearContactLinksTable extends Omit<ContactLinksTable, 'names'> {}

/** Entries of the audit from before they were sealed, until a service starts. */
interface ClearAuditTable extends Omit<AuditTable, 'id' | 'names' | 'names_of'> {
  id: number;
}
