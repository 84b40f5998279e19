import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { normaliseParty } from '../../src/domain/conversation.ts';
import { calendarOf } from '../../src/domain/period.ts';
import { RULE_NAMES, type RuleName } from '../../src/domain/rule.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { call, listAll } from './api.ts';

interface VectorWindow {
  channel: string;
  account: string;
  contact: string;
  kind: string;
  openedAt: string;
  closesAt: string;
}

interface Vector {
  number: number;
  name: string;
  timeZone: string;
  events: { id: string; type: string }[];
  windows: Record<RuleName, VectorWindow[]>;
}

const file = new URL('../../src/domain/vectors.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Vector[] };
let service: TestProcess;

beforeAll(async () => {
  service = await startProcess({ LOG_LEVEL: 'warn' });
}, 60_000);
afterAll(stopProcesses, 60_000);

for (const rule of RULE_NAMES) {
  test.each(cases)(`through HTTP, ${rule}: published case $number, $name`, async (vector) => {
    const tenant = `case-${vector.number}-${rule}`;
    const settings = { name: vector.name, timeZone: vector.timeZone, rules: [{ from: null, rule }] };
    expect((await call(service, 'PUT', `/v1/tenants/${tenant}`, { body: settings })).status).toBeLessThan(
      300,
    );
    const receipt = await postInOrder(vector.events.map((event) => ({ ...event, tenant })));

    const windows = await listAll<VectorWindow>(service, `/v1/tenants/${tenant}/windows?after=${receipt}`);
    expect(windows.map(shownOf)).toEqual(vector.windows[rule].map(expectedOf).sort(byOpening));

    expect(await usageByPeriod(tenant, vector)).toEqual(expectedUsage(vector, rule));
  });
}

/** One request per event, as webhooks arrive; the last receipt, which covers its own conversation's partition. */
async function postInOrder(events: readonly object[]): Promise<string> {
  const receipts: string[] = [];
  for (const body of events) {
    const { status, json } = await call(service, 'POST', '/v1/events', { body });
    expect([status, json.results?.[0]?.problem]).toEqual([202, undefined]);
    receipts.push(json.receipt);
  }
  for (const receipt of receipts) {
    expect((await call(service, 'GET', `/v1/usage?after=${receipt}`)).status).toBe(200);
  }
  return receipts.at(-1) ?? '';
}

function shownOf({ channel, account, contact, kind, openedAt, closesAt }: VectorWindow): VectorWindow {
  return { channel, account, contact, kind, openedAt, closesAt };
}

function expectedOf(window: VectorWindow): VectorWindow {
  const { channel, account, contact, openedAt, closesAt } = window;
  return {
    ...window,
    account: normaliseParty(channel, account),
    contact: normaliseParty(channel, contact),
    openedAt: new Date(openedAt).toISOString(),
    closesAt: new Date(closesAt).toISOString(),
  };
}

function byOpening(a: VectorWindow, b: VectorWindow): number {
  return Date.parse(a.openedAt) - Date.parse(b.openedAt);
}

type Counts = Record<string, { receptive: number; active: number }>;

/** Also the months before and after: a window is counted nowhere else. */
async function usageByPeriod(tenant: string, { timeZone }: Vector): Promise<Counts> {
  const counts: Counts = {};
  for (const period of ['2024-01', '2024-02', '2024-03', '2024-04', '2024-05']) {
    const { status, json } = await call(service, 'GET', `/v1/tenants/${tenant}/usage?period=${period}`);
    expect([status, json.period?.timeZone]).toEqual([200, timeZone]);
    const [receptive, active] = [json.receptive.windows, json.active.windows];
    if (receptive + active > 0) counts[period] = { receptive, active };
  }
  return counts;
}

function expectedUsage({ timeZone, windows }: Vector, rule: RuleName): Counts {
  const calendar = calendarOf([{ from: null, zone: timeZone }]);
  const counts: Counts = {};
  for (const { kind, openedAt } of windows[rule]) {
    const period = calendar.periodOf(Date.parse(openedAt));
    counts[period] ??= { receptive: 0, active: 0 };
    counts[period][kind as 'receptive' | 'active']++;
  }
  return counts;
}
