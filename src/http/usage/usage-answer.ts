/** Usage as answers show it: counts, plan, state of the period. */

import { z } from 'zod';
import { billingOf, type PeriodBilling } from '../../billing/period-billing.ts';
import { compareUtf8 } from '../../domain/event.ts';
import { isoInstant } from '../../domain/instant.ts';
import { nextPeriod } from '../../domain/period.ts';
import { receptiveUsage, totalOf } from '../../domain/usage.ts';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import {
  countMessages,
  countWindows,
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageScope,
  type WindowCount,
  windowCounts,
} from '../../projection/read/usage.ts';
import { type TenantSettings, tenantSettings } from '../../store/tenants.ts';
import { type AsOf, asOfSchema } from '../conventions/as-of.ts';
import type { CsvColumn } from '../conventions/csv.ts';
import { nextCursor } from '../conventions/page.ts';
import { instantOut, periodOut, showPeriod } from '../conventions/schemas.ts';
import type { AppDeps } from '../deps.ts';
import { Problem } from '../problems/problem.ts';

const optional = z.string().nullable().optional();
const count = z.int();

const usageGroupSchema = z
  .object({
    day: z.string().optional().meta({ description: "Local day in the tenant's zone", example: '2026-11-03' }),
    channel: z.string().optional(),
    account: z.string().optional(),
    origin: optional,
    category: optional,
    campaign: optional,
    receptive: count,
    active: count,
  })
  .meta({
    id: 'UsageGroup',
    description: 'Windows that share the values of `groupBy`; null where windows have none',
  });

const usageMembers = {
  tenant: z.string(),
  registered: z.boolean(),
  test: z.boolean(),
  plan: z.string().nullable(),
  period: periodOut,
  state: z.enum(['open', 'grace', 'closable', 'final']),
  invoiced: z
    .object({ number: z.string(), receptive: count, active: count, finalizedAt: instantOut })
    .nullable()
    .meta({ description: 'What the standing invoice counted' }),
  receptive: z.object({
    windows: count,
    allowance: count.nullable(),
    remaining: count.nullable(),
    overage: count.nullable(),
    limit: count.nullable(),
    overLimit: z.boolean(),
  }),
  active: z.object({ windows: count }),
  messages: z.object({ received: count, templates: count, freeForm: count }),
  groups: z.array(usageGroupSchema).meta({ description: 'In the order of `groupBy`; empty without it' }),
};

/** What one tenant used in a period. */
export const usageSchema = z.object({ ...usageMembers, asOf: asOfSchema }).meta({ id: 'Usage' });

/** The same among others: what is counted is said once for all of them. */
const tenantUsageSchema = z.object({ name: z.string(), ...usageMembers }).meta({ id: 'TenantUsage' });
const usages = { items: z.array(tenantUsageSchema), asOf: asOfSchema };

export const usagePageSchema = z.object({ ...usages, nextCursor }).meta({ id: 'UsagePage' });
export const usageHistorySchema = z
  .object({ ...usages, items: usages.items.meta({ description: 'By period' }) })
  .meta({ id: 'UsageHistory' });

export type TenantUsage = z.infer<typeof tenantUsageSchema>;
type Usage = TenantUsage;
type UsageGroup = z.infer<typeof usageGroupSchema>;

export interface UsageQuery {
  /** null: the period that contains this instant, in each tenant's own zone. */
  period: string | null;
  groupBy: readonly UsageDimension[];
}

/** The usage of one tenant in each period from one to another, both included; in one view of the database. */
export async function usageHistory(
  deps: UsageDeps,
  snapshot: ReadSnapshot,
  tenant: string,
  periods: readonly string[],
): Promise<Usage[]> {
  const history: Usage[] = [];
  for (const period of periods)
    history.push(...(await usageOf(deps, snapshot, [tenant], { period, groupBy: [] })));
  return history;
}

export type UsageDeps = Pick<AppDeps, 'clock' | 'defaultTimeZone' | 'graceHours' | 'partitions' | 'logEnds'>;

/** Of all tenants of an answer in JSON; some 3 MB. */
const MOST_GROUPS = 20_000;

/** The usage of each tenant, in the order given; three small queries for all of them. Problem: `too-many-groups`. */
export async function usageOf(
  deps: UsageDeps,
  snapshot: ReadSnapshot,
  tenants: readonly string[],
  { period, groupBy }: UsageQuery,
): Promise<Usage[]> {
  const now = deps.clock();
  const scopes = await scopesOf(deps, snapshot, tenants, period);
  const most = groupBy.length === 0 ? tenants.length : MOST_GROUPS;
  const rows = await countWindows(snapshot, scopes, groupBy, most + 1);
  if (rows.length > most) throw new Problem('too-many-groups');
  const windows = Map.groupBy(rows, (row) => row.tenant);
  const messages = new Map((await countMessages(snapshot, scopes)).map((row) => [row.tenant, row]));
  const billing = await billingOf(snapshot, scopes);
  return scopes.map((scope) => {
    const { received = 0, templates = 0, freeForm = 0 } = messages.get(scope.tenant) ?? {};
    return usage({
      scope,
      now,
      graceMs: deps.graceHours * 3_600_000,
      billing: billing.get(scope.tenant) ?? UNBILLED,
      rows: windows.get(scope.tenant) ?? [],
      groupBy,
      messages: { received, templates, freeForm },
    });
  });
}

async function scopesOf(
  { clock, defaultTimeZone }: Pick<UsageDeps, 'clock' | 'defaultTimeZone'>,
  snapshot: ReadSnapshot,
  tenants: readonly string[],
  period: string | null,
): Promise<Scope[]> {
  const settings = await tenantSettings(snapshot.db, tenants, defaultTimeZone);
  return [...settings.values()].map((tenant) => scopeOf(tenant, period ?? tenant.calendar.periodOf(clock())));
}

const UNBILLED: PeriodBilling = { plan: null, receptive: null, invoiced: null };

interface Scope extends UsageScope {
  settings: TenantSettings;
  period: string;
}

function scopeOf(settings: TenantSettings, period: string): Scope {
  const { start, end } = settings.calendar.boundsOf(period);
  const toDay = `${nextPeriod(period)}-01`;
  const days = settings.calendar.dayStarts(period);
  return { tenant: settings.tenant, settings, period, fromDay: `${period}-01`, toDay, start, end, days };
}

interface Facts {
  scope: Scope;
  now: number;
  graceMs: number;
  billing: PeriodBilling;
  rows: readonly WindowCount[];
  groupBy: readonly UsageDimension[];
  messages: Usage['messages'];
}

function usage({ scope, now, graceMs, billing, rows, groupBy, messages }: Facts): Usage {
  const { settings, period } = scope;
  const { plan, invoiced } = billing;
  const { receptive, active } = totalOf(rows);
  return {
    tenant: settings.tenant,
    name: settings.name,
    registered: settings.registered,
    test: settings.test,
    plan,
    period: showPeriod(settings.calendar, period),
    state: invoiced === null ? stateAt(now, scope.end, graceMs) : 'final',
    invoiced: invoiced === null ? null : { ...invoiced, finalizedAt: isoInstant(invoiced.finalizedAt) },
    receptive: receptiveUsage(billing.receptive, receptive),
    active: { windows: active },
    messages,
    groups: groupBy.length === 0 ? [] : rows.toSorted(inOrderOf(groupBy)).map(toGroup),
  };
}

function stateAt(now: number, end: number, graceMs: number): Usage['state'] {
  if (now < end) return 'open';
  return now < end + graceMs ? 'grace' : 'closable';
}

function inOrderOf(groupBy: readonly UsageDimension[]) {
  return (a: WindowCount, b: WindowCount): number => {
    for (const dimension of groupBy) {
      const order = compareUtf8(a[dimension] ?? '', b[dimension] ?? '');
      if (order !== 0) return order;
    }
    return 0;
  };
}

function toGroup({ tenant: _, ...group }: WindowCount): UsageGroup {
  return group as UsageGroup;
}

/** A tenant's totals, or one of its groups. */
export interface UsageRow {
  usage: Usage;
  group: UsageGroup | null;
  asOf: AsOf;
}

/** A row of the totals of a tenant. */
export function totalRow(usage: Usage, asOf: AsOf): UsageRow {
  return { usage, group: null, asOf };
}

/**
 * The rows of a table over the tenants, by name, that `wanted` lets through: with `groupBy` one per group, however many
 * there are, without it one per tenant.
 */
export async function* usageRows(
  deps: UsageDeps,
  snapshot: ReadSnapshot,
  tenants: readonly string[],
  { period, groupBy }: UsageQuery,
  { asOf, wanted }: { asOf: AsOf; wanted: (usage: Usage) => boolean },
): AsyncGenerator<UsageRow[]> {
  const usages = (await usageOf(deps, snapshot, tenants, { period, groupBy: [] })).filter(wanted);
  if (groupBy.length === 0) {
    yield usages.map((usage) => totalRow(usage, asOf));
    return;
  }
  const byTenant = new Map(usages.map((usage) => [usage.tenant, usage]));
  const scopes = await scopesOf(deps, snapshot, [...byTenant.keys()], period);
  for await (const counts of windowCounts(snapshot, scopes, groupBy))
    yield counts.flatMap((count) => {
      const usage = byTenant.get(count.tenant);
      return usage === undefined ? [] : { usage, group: toGroup(count), asOf };
    });
}

/** Figures of the whole period stand only in rows of totals, so that a column can be summed. */
export const USAGE_COLUMNS: readonly CsvColumn<UsageRow>[] = [
  { name: 'tenant', value: ({ usage }) => usage.tenant },
  { name: 'registered', value: ({ usage }) => usage.registered },
  { name: 'test', value: ({ usage }) => usage.test },
  { name: 'plan', value: ({ usage }) => usage.plan },
  { name: 'period', value: ({ usage }) => usage.period.id },
  { name: 'start', value: ({ usage }) => usage.period.start },
  { name: 'end', value: ({ usage }) => usage.period.end },
  { name: 'timeZone', value: ({ usage }) => usage.period.timeZone },
  { name: 'state', value: ({ usage }) => usage.state },
  ...USAGE_DIMENSIONS.map(
    (name): CsvColumn<UsageRow> => ({ name, text: true, value: ({ group }) => group?.[name] ?? null }),
  ),
  { name: 'receptive', value: ({ usage, group }) => (group ?? windows(usage)).receptive },
  { name: 'active', value: ({ usage, group }) => (group ?? windows(usage)).active },
  total('allowance', ({ receptive }) => receptive.allowance),
  total('remaining', ({ receptive }) => receptive.remaining),
  total('overage', ({ receptive }) => receptive.overage),
  total('limit', ({ receptive }) => receptive.limit),
  total('overLimit', ({ receptive }) => receptive.overLimit),
  total('messagesReceived', ({ messages }) => messages.received),
  total('messagesTemplates', ({ messages }) => messages.templates),
  total('messagesFreeForm', ({ messages }) => messages.freeForm),
  total('invoiceNumber', ({ invoiced }) => invoiced?.number ?? null),
  total('invoicedReceptive', ({ invoiced }) => invoiced?.receptive ?? null),
  total('invoicedActive', ({ invoiced }) => invoiced?.active ?? null),
  total('finalizedAt', ({ invoiced }) => invoiced?.finalizedAt ?? null),
  { name: 'lag', value: ({ asOf }) => asOf.lag },
  { name: 'caughtUp', value: ({ asOf }) => asOf.caughtUp },
  { name: 'name', value: ({ usage }) => usage.name, text: true },
];

function windows({ receptive, active }: Usage) {
  return { receptive: receptive.windows, active: active.windows };
}

function total(name: string, value: (usage: Usage) => string | number | boolean | null): CsvColumn<UsageRow> {
  return { name, value: ({ usage, group }) => (group === null ? value(usage) : null) };
}
