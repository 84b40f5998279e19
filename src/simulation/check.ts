/** Compares what a service counts with the fold of the simulated events. */

import { setTimeout as delay } from 'node:timers/promises';
import { calendarOf, type ZoneEntry, type ZoneTimeline } from '../domain/period.ts';
import { DEFAULT_RULES, type RuleName, type RuleTimeline } from '../domain/rule.ts';
import { type Client, ServiceRefused } from './client.ts';
import { type ExpectedUsage, expectedUsage, type Metering } from './expected.ts';
import type { TrafficOptions } from './traffic.ts';

interface Checked {
  tenants: number;
  periods: number;
  windows: number;
  /** The first difference as a sentence; null: the service counts what the fold from scratch counts. */
  difference: string | null;
}

/** What of a usage answer is compared. */
interface Usage {
  receptive: { windows: number };
  active: { windows: number };
  messages: { received: number; templates: number; freeForm: number };
  groups: { day: string; channel: string; receptive: number; active: number }[];
  asOf: { lag: number; caughtUp: boolean };
}

/** One after another, receipts that are long counted would still take 15 ms each. */
const WAITING_AT_ONCE = 16;

/** Waits until the receipts are counted and compares every tenant's usage with the fold from scratch. */
export async function checkUsage(
  client: Client,
  traffic: TrafficOptions,
  tenants: readonly string[],
  receipts: readonly string[],
): Promise<Checked> {
  const first = tenants[0];
  for (let i = 0; first !== undefined && i < receipts.length; i += WAITING_AT_ONCE) {
    const some = receipts.slice(i, i + WAITING_AT_ONCE);
    await Promise.all(some.map((receipt) => waitFor(client, first, receipt)));
  }
  const metering = new Map<string, Metering>();
  for (const tenant of tenants) metering.set(tenant, await meteringOf(client, tenant, traffic.timeZone));
  const expected = expectedUsage(traffic, (tenant) => {
    const found = metering.get(tenant);
    if (found === undefined) throw new Error(`tenant ${tenant} is not part of the simulation`);
    return found;
  });
  const checked: Checked = { tenants: expected.size, periods: 0, windows: 0, difference: null };
  for (const [tenant, periods] of expected) {
    for (const [period, usage] of periods) {
      const counted = await readUsage(client, tenant, period);
      checked.difference ??= difference(tenant, period, counted, usage);
      checked.periods++;
      checked.windows += usage.receptive + usage.active;
    }
  }
  return checked;
}

/** As long as the projection moves, so long; a minute without any progress is given up. */
async function waitFor(client: Client, tenant: string, receipt: string): Promise<void> {
  let lowest = Number.POSITIVE_INFINITY;
  let movedAt = performance.now();
  for (;;) {
    const { status, body } = await client.get(
      `/v1/tenants/${tenant}/usage?after=${encodeURIComponent(receipt)}`,
    );
    if (status === 200) return;
    if (status !== 504) throw refused('usage', status, body);
    const { asOf } = await readUsage(client, tenant);
    if (asOf.lag < lowest) {
      lowest = asOf.lag;
      movedAt = performance.now();
    } else if (performance.now() - movedAt > 60_000)
      throw new ServiceRefused(`The projection has made no progress for a minute; ${asOf.lag} events wait.`);
    await delay(200);
  }
}

async function meteringOf(client: Client, tenant: string, defaultZone: string): Promise<Metering> {
  const { status, body } = await client.get(`/v1/tenants/${tenant}`);
  if (status === 404)
    return { rules: DEFAULT_RULES, calendar: calendarOf([{ from: null, zone: defaultZone }]) };
  if (status !== 200) throw refused(`tenant ${tenant}`, status, body);
  const { timeZone, rules } = body as unknown as { timeZone: string | ZoneEntry[]; rules: RawRule[] };
  const zones = typeof timeZone === 'string' ? [{ from: null, zone: timeZone }] : timeZone;
  return {
    calendar: calendarOf(zones as unknown as ZoneTimeline),
    rules: rules.map((rule) => ({
      ...rule,
      from: rule.from === null ? null : Date.parse(rule.from),
    })) as unknown as RuleTimeline,
  };
}

interface RawRule {
  from: string | null;
  rule: RuleName;
  hours: number;
  activeWhen: 'sent' | 'delivered';
}

async function readUsage(client: Client, tenant: string, period?: string): Promise<Usage> {
  const query = period === undefined ? '' : `?period=${period}&groupBy=day,channel`;
  const { status, body } = await client.get(`/v1/tenants/${tenant}/usage${query}`);
  if (status !== 200) throw refused(`usage of ${tenant}`, status, body);
  return body as unknown as Usage;
}

function difference(tenant: string, period: string, counted: Usage, expected: ExpectedUsage): string | null {
  const pairs: [string, number, number][] = [
    ['receptive windows', counted.receptive.windows, expected.receptive],
    ['active windows', counted.active.windows, expected.active],
    ['received messages', counted.messages.received, expected.received],
    ['templates', counted.messages.templates, expected.templates],
    ['free texts', counted.messages.freeForm, expected.freeForm],
  ];
  const days = new Map(counted.groups.map((group) => [`${group.day} ${group.channel}`, group]));
  for (const key of new Set([...days.keys(), ...expected.days.keys()])) {
    for (const kind of ['receptive', 'active'] as const) {
      pairs.push([
        `${kind} windows on ${key}`,
        days.get(key)?.[kind] ?? 0,
        expected.days.get(key)?.[kind] ?? 0,
      ]);
    }
  }
  const wrong = pairs.find(([, is, should]) => is !== should);
  if (wrong === undefined) return null;
  const [what, is, should] = wrong;
  return `Tenant ${tenant} in ${period}: the service counts ${is} ${what}, the fold of the simulated events ${should}.`;
}

function refused(what: string, status: number, body: Record<string, unknown>): ServiceRefused {
  return new ServiceRefused(
    `Reading ${what}: the service answered ${status}, ${String(body.detail ?? body.title)}`,
  );
}
