import { type Kysely, sql, type Transaction } from 'kysely';
import type { CreditMode } from '../domain/credit.ts';
import type { Language } from '../domain/description.ts';
import { isoInstant } from '../domain/instant.ts';
import type { BillTo } from '../domain/invoice.ts';
import { type Calendar, calendarOf, type ZoneTimeline } from '../domain/period.ts';
import { DEFAULT_RULES, type RuleTimeline, showRules } from '../domain/rule.ts';
import { anyOf } from './any-of.ts';
import type { Tables } from './tables.ts';

/** A registered tenant. Instants in ms. */
export interface Tenant {
  tenant: string;
  name: string;
  /** The customer's id in an external finance system. */
  reference: string | null;
  language: Language;
  /** Metered but never invoiced. */
  test: boolean;
  /** Whom its invoices are made out to; null: nobody said. */
  billTo: BillTo | null;
  /** Days from the issue of an invoice until it is due; null: nobody said. */
  paymentDays: number | null;
  /** What becomes of a total below zero. */
  credit: CreditMode;
  zones: ZoneTimeline;
  rules: RuleTimeline;
  /** Grows by one with every change. */
  version: number;
  createdAt: number;
  updatedAt: number;
}

/** What a tenant is before anybody registers it. */
export function unregisteredTenant(tenant: string, defaultTimeZone: string): Tenant {
  return {
    tenant,
    name: tenant,
    reference: null,
    language: 'pt-BR',
    test: false,
    billTo: null,
    paymentDays: null,
    credit: 'settle',
    zones: [{ from: null, zone: defaultTimeZone }],
    rules: DEFAULT_RULES,
    version: 0,
    createdAt: 0,
    updatedAt: 0,
  };
}

/** A tenant as answers and the audit show it. */
export function showTenant({ zones, rules, version: _, createdAt, updatedAt, ...tenant }: Tenant) {
  return {
    ...tenant,
    timeZone: zones.length === 1 ? zones[0].zone : [...zones],
    rules: showRules(rules),
    createdAt: isoInstant(createdAt),
    updatedAt: isoInstant(updatedAt),
  };
}

export interface TenantSettings extends Tenant {
  registered: boolean;
  calendar: Calendar;
}

/** The settings of each tenant asked for; unregistered ones have the defaults. */
export async function tenantSettings(
  db: Kysely<Tables>,
  tenants: readonly string[],
  defaultTimeZone: string,
): Promise<Map<string, TenantSettings>> {
  const found = new Map<string, TenantSettings>();
  for (const tenant of tenants) found.set(tenant, settingsOf(unregisteredTenant(tenant, defaultTimeZone)));
  if (tenants.length === 0) return found;
  const rows = await selectTenants(db).where('tenant', '=', anyOf(tenants)).execute();
  for (const row of rows) found.set(row.tenant, settingsOf(toTenant(row)));
  return found;
}

function settingsOf(tenant: Tenant): TenantSettings {
  return { ...tenant, registered: tenant.version > 0, calendar: calendarOf(tenant.zones) };
}

export async function findTenant(db: Kysely<Tables>, tenant: string): Promise<Tenant | null> {
  const row = await selectTenants(db).where('tenant', '=', tenant).executeTakeFirst();
  return row === undefined ? null : toTenant(row);
}

/** Those of the tenants that are registered. */
export async function registeredAmong(db: Kysely<Tables>, tenants: readonly string[]): Promise<string[]> {
  const rows = await db
    .selectFrom('billing.tenants')
    .select('tenant')
    .where(sql<boolean>`tenant = ANY (${[...tenants]}::text[])`)
    .execute();
  return rows.map(({ tenant }) => tenant);
}

/** Registered tenants by name; `only` null: all. */
export async function listTenants(
  db: Kysely<Tables>,
  only: readonly string[] | null,
  page: { after: string; limit: number },
): Promise<Tenant[]> {
  let query = selectTenants(db).where('tenant', '>', page.after).orderBy('tenant').limit(page.limit);
  if (only !== null) query = query.where('tenant', '=', anyOf(only));
  return (await query.execute()).map(toTenant);
}

/** Registers the tenant unless it is, and locks its row until the end of the transaction. */
export async function lockTenant(
  transaction: Transaction<Tables>,
  initial: Tenant,
): Promise<{ tenant: Tenant; created: boolean }> {
  const inserted = await transaction
    .insertInto('billing.tenants')
    .values(toRow(initial))
    .onConflict((conflict) => conflict.column('tenant').doNothing())
    .executeTakeFirst();
  const row = await selectTenants(transaction)
    .where('tenant', '=', initial.tenant)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return { tenant: toTenant(row), created: inserted.numInsertedOrUpdatedRows === 1n };
}

/** Those of the tenants that are registered, locked until the end of the transaction. */
export async function lockTenants(
  transaction: Transaction<Tables>,
  tenants: readonly string[],
): Promise<Tenant[]> {
  const rows = await selectTenants(transaction)
    .where('tenant', '=', anyOf(tenants))
    .orderBy('tenant')
    .forUpdate()
    .execute();
  return rows.map(toTenant);
}

/** Registers tenants; resolves with false where one of them is registered already. */
export async function insertTenants(
  transaction: Transaction<Tables>,
  tenants: readonly Tenant[],
): Promise<boolean> {
  let inserted = 0n;
  for (let i = 0; i < tenants.length; i += AT_ONCE) {
    const { numInsertedOrUpdatedRows = 0n } = await transaction
      .insertInto('billing.tenants')
      .values(tenants.slice(i, i + AT_ONCE).map(toRow))
      .onConflict((conflict) => conflict.column('tenant').doNothing())
      .executeTakeFirstOrThrow();
    inserted += numInsertedOrUpdatedRows;
  }
  return inserted === BigInt(tenants.length);
}

/** Far below PostgreSQL's 65,535 parameters. */
const AT_ONCE = 1_000;

/** Writes the rules of locked tenants, one statement for all. */
export async function updateRules(
  transaction: Transaction<Tables>,
  tenants: readonly Tenant[],
): Promise<void> {
  await sql`
    UPDATE billing.tenants t SET rules = c.rules::jsonb, version = c.version, updated_at = c.updated_at
    FROM unnest(${tenants.map(({ tenant }) => tenant)}::text[],
      ${tenants.map(({ rules }) => JSON.stringify(rules))}::text[],
      ${tenants.map(({ version }) => version)}::bigint[],
      ${tenants.map(({ updatedAt }) => updatedAt)}::bigint[]) AS c(tenant, rules, version, updated_at)
    WHERE t.tenant = c.tenant`.execute(transaction);
}

export async function updateTenant(transaction: Transaction<Tables>, tenant: Tenant): Promise<void> {
  const { tenant: id, ...row } = toRow(tenant);
  await transaction.updateTable('billing.tenants').set(row).where('tenant', '=', id).execute();
}

function selectTenants(db: Kysely<Tables>) {
  return db
    .selectFrom('billing.tenants')
    .select([
      'tenant',
      'name',
      'reference',
      'language',
      'test',
      'bill_to as billTo',
      'payment_days as paymentDays',
      'credit',
      'zones',
      'rules',
      'version',
      'created_at as createdAt',
      'updated_at as updatedAt',
    ]);
}

type SelectedTenant = Awaited<ReturnType<ReturnType<typeof selectTenants>['executeTakeFirstOrThrow']>>;

function toTenant({ language, zones, rules, ...row }: SelectedTenant): Tenant {
  return { ...row, language: language as Language, zones: timeline(zones), rules: timeline(rules) };
}

function toRow({ billTo, paymentDays, zones, rules, createdAt, updatedAt, ...tenant }: Tenant) {
  return {
    ...tenant,
    bill_to: billTo === null ? null : JSON.stringify(billTo),
    payment_days: paymentDays,
    zones: JSON.stringify(zones),
    rules: JSON.stringify(rules),
    created_at: createdAt,
    updated_at: updatedAt,
  };
}

function timeline<Entry>([first, ...rest]: readonly Entry[]): readonly [Entry, ...Entry[]] {
  if (first === undefined) throw new RangeError('a timeline has at least one entry');
  return [first, ...rest];
}
