import { z } from 'zod';
import { compareUtf8 } from '../domain/event.ts';
import { nextPeriod } from '../domain/period.ts';
import type { ReadSnapshot } from '../store/read/snapshot.ts';
import {
  countMessages,
  countWindows,
  type UsageDimension,
  type UsageScope,
  type WindowCount,
} from '../store/read/usage.ts';
import { type TenantSettings, tenantSettings } from '../store/tenants.ts';
import { type AsOf, asOf, asOfSchema } from './as-of.ts';
import type { AppDeps, PeriodBilling } from './deps.ts';
import { instantOut, isoInstant, periodOut, showPeriod } from './schemas.ts';

const optional = z.string().nullable().optional();
const count = z.int();

export const usageGroupSchema = z
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

export const usageSchema = z
  .object({
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
    asOf: asOfSchema,
  })
  .meta({ id: 'Usage' });

export type Usage = z.infer<typeof usageSchema>;
export type UsageGroup = z.infer<typeof usageGroupSchema>;

export interface UsageQuery {
  /** null: the period that contains this instant, in each tenant's own zone. */
  period: string | null;
  groupBy: readonly UsageDimension[];
}

/** The usage of each tenant, in the order given; three small queries for all of them. */
export async function usageOf(
  deps: AppDeps,
  snapshot: ReadSnapshot,
  tenants: readonly string[],
  { period, groupBy }: UsageQuery,
): Promise<Usage[]> {
  const now = deps.clock();
  const settings = await tenantSettings(snapshot.db, tenants, deps.defaultTimeZone);
  const scopes = [...settings.values()].map((tenant) =>
    scopeOf(tenant, period ?? tenant.calendar.periodOf(now)),
  );
  const windows = Map.groupBy(await countWindows(snapshot, scopes, groupBy), (row) => row.tenant);
  const messages = new Map((await countMessages(snapshot, scopes)).map((row) => [row.tenant, row]));
  const billing = await deps.billing?.periods(snapshot, scopes);
  const covered = await asOf(snapshot, deps);
  return scopes.map((scope) => {
    const { received = 0, templates = 0, freeForm = 0 } = messages.get(scope.tenant) ?? {};
    return usage({
      scope,
      now,
      graceMs: deps.graceHours * 3_600_000,
      billing: billing?.get(scope.tenant) ?? UNBILLED,
      rows: windows.get(scope.tenant) ?? [],
      groupBy,
      messages: { received, templates, freeForm },
      asOf: covered,
    });
  });
}

const UNBILLED: PeriodBilling = { plan: null, allowance: null, limit: null, invoiced: null };

interface Scope extends UsageScope {
  settings: TenantSettings;
  period: string;
}

function scopeOf(settings: TenantSettings, period: string): Scope {
  const { start, end } = settings.calendar.boundsOf(period);
  const toDay = `${nextPeriod(period)}-01`;
  return { tenant: settings.tenant, settings, period, fromDay: `${period}-01`, toDay, start, end };
}

interface Facts {
  scope: Scope;
  now: number;
  graceMs: number;
  billing: PeriodBilling;
  rows: readonly WindowCount[];
  groupBy: readonly UsageDimension[];
  messages: Usage['messages'];
  asOf: AsOf;
}

function usage({ scope, now, graceMs, billing, rows, groupBy, messages, asOf }: Facts): Usage {
  const { settings, period } = scope;
  const { plan, allowance, limit, invoiced } = billing;
  const receptive = rows.reduce((sum, row) => sum + row.receptive, 0);
  const active = rows.reduce((sum, row) => sum + row.active, 0);
  return {
    tenant: settings.tenant,
    registered: settings.registered,
    test: settings.test,
    plan,
    period: showPeriod(settings.calendar, period),
    state: invoiced === null ? stateAt(now, scope.end, graceMs) : 'final',
    invoiced: invoiced === null ? null : { ...invoiced, finalizedAt: isoInstant(invoiced.finalizedAt) },
    receptive: {
      windows: receptive,
      allowance,
      remaining: allowance === null ? null : Math.max(0, allowance - receptive),
      overage: allowance === null ? null : Math.max(0, receptive - allowance),
      limit,
      overLimit: limit !== null && receptive > limit,
    },
    active: { windows: active },
    messages,
    groups: groupBy.length === 0 ? [] : rows.toSorted(inOrderOf(groupBy)).map(toGroup),
    asOf,
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
