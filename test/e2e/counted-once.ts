import { expect } from '@jest/globals';
import type { Conversation } from '../../src/domain/conversation.ts';
import type { Event } from '../../src/domain/event.ts';
import { foldHistories } from '../../src/domain/history.ts';
import { DEFAULT_RULES } from '../../src/domain/rule.ts';
import { readEvent } from '../../src/intake/read-event.ts';
import type { Position } from '../../src/log/log.ts';
import { checkUsage } from '../../src/simulation/check.ts';
import { createClient } from '../../src/simulation/client.ts';
import {
  type ApiEvent,
  simulatedCompanies,
  simulateTraffic,
  type TrafficOptions,
} from '../../src/simulation/traffic.ts';
import { openDatabase } from '../../src/store/database.ts';
import { verifyProjection } from '../../src/verify/projection/verify-projection.ts';
import { unsealingIn } from '../support/sealing.ts';
import type { TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { listAll } from './api.ts';
import type { Acknowledged } from './load.ts';

const ZONE = 'America/Sao_Paulo';

/** A month with the beginning of daylight saving: late, repeated and shuffled events with receipts and voids. */
export function trafficOf(seed: number, events: number): TrafficOptions {
  return { seed, events, tenants: 3, month: '2018-11', timeZone: ZONE };
}

export function eventsOf(traffic: TrafficOptions): ApiEvent[] {
  return Array.from(simulateTraffic(traffic), ({ event }) => event);
}

export interface Outcome {
  acknowledged: readonly Acknowledged[];
  receipts: readonly string[];
}

/**
 * Every event of the traffic was acknowledged; each must be counted exactly once: usage, windows and events equal the
 * fold from scratch, every 202 named a position at which the event stands or a later copy of it, and the positions
 * account for every record of the log.
 */
export async function expectCountedOnce(
  service: TestProcess,
  databaseUrl: string,
  traffic: TrafficOptions,
  { acknowledged, receipts }: Outcome,
): Promise<void> {
  expect(acknowledged).toHaveLength(traffic.events);
  const tenants = tenantsOf(traffic);
  const events = acknowledged.map(({ event }) => asEvent(event));
  await expectUsage(service, traffic, receipts);
  await expectWindows(service, tenants, events);
  await expectEvents(service, tenants, acknowledged, events);
  await expectVerified(databaseUrl);
  await expectCaughtUp(service);
}

/** The same where nobody was told positions: usage and windows equal the fold from scratch, and the log is accounted for. */
export async function expectAllCounted(
  service: TestProcess,
  databaseUrl: string,
  traffic: TrafficOptions,
): Promise<void> {
  await expectCaughtUp(service);
  await expectUsage(service, traffic, []);
  await expectWindows(service, tenantsOf(traffic), eventsOf(traffic).map(asEvent));
  await expectVerified(databaseUrl);
}

function tenantsOf(traffic: TrafficOptions): string[] {
  return simulatedCompanies(traffic).map(({ tenant }) => tenant);
}

async function expectUsage(service: TestProcess, traffic: TrafficOptions, receipts: readonly string[]) {
  const client = createClient(service.url, service.adminKey);
  const { difference } = await checkUsage(client, traffic, tenantsOf(traffic), receipts);
  expect(difference).toBeNull();
}

function asEvent(event: ApiEvent): Event {
  const read = readEvent(event, Number.POSITIVE_INFINITY);
  if ('rejection' in read) throw new Error(JSON.stringify(read.rejection));
  return read.event;
}

type Shown = Record<string, unknown> & { openedAt: string; openedBy: string };

async function expectWindows(service: TestProcess, tenants: readonly string[], events: readonly Event[]) {
  const folded = foldHistories(events, () => DEFAULT_RULES).flatMap(({ conversation, windows }) =>
    windows.map(({ kind, openedAt, closesAt, opener: { event } }) => ({
      ...conversation,
      kind,
      openedAt: new Date(openedAt).toISOString(),
      closesAt: new Date(closesAt).toISOString(),
      openedBy: event.id,
      origin: (kind === 'active' && event.origin) || null,
      category: (kind === 'active' && event.template?.category) || null,
      campaign: (kind === 'active' && event.campaign) || null,
      rule: 'fixed',
    })),
  );
  for (const tenant of tenants) {
    const items = await listAll<Shown>(service, `/v1/tenants/${tenant}/windows`);
    const shown = items.map(({ id: _, position: __, ...window }) => ({ tenant, ...window }));
    expect(inOrder(shown)).toEqual(inOrder(folded.filter((window) => window.tenant === tenant)));
  }
}

function inOrder<W extends { openedAt: string; openedBy: string }>(windows: readonly W[]): W[] {
  const keyed = windows.map((window) => ({ key: `${window.openedAt} ${window.openedBy}`, window }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ window }) => window);
}

interface Listed {
  channel: string;
  account: string;
  contact: string;
  id: string;
  state: string;
  position: Position;
}

/** Every event is listed once, at the position that its 202 named or, where it was posted again, before it. */
async function expectEvents(
  service: TestProcess,
  tenants: readonly string[],
  acknowledged: readonly Acknowledged[],
  events: readonly Event[],
): Promise<void> {
  const listed = new Map<string, Listed>();
  for (const tenant of tenants) {
    for (const item of await listAll<Listed>(service, `/v1/tenants/${tenant}/events`)) {
      const name = nameOf({ tenant, ...item });
      expect([name, listed.has(name), item.state === 'conflict']).toEqual([name, false, false]);
      listed.set(name, item);
    }
  }
  const names = events.map(nameOf);
  const lost = acknowledged.filter(({ partition, offset }, index) => {
    const position = listed.get(names[index] ?? '')?.position;
    return position === undefined || position.partition !== partition || position.offset > offset;
  });
  expect(lost).toEqual([]);
  expect(listed.size).toBe(new Set(names).size);
}

function nameOf({ tenant, channel, account, contact, id }: Conversation & { id: string }): string {
  return JSON.stringify([tenant, channel, account, contact, id]);
}

/** Positions account for every record, windows follow from the stored events, tallies from the windows. */
export async function expectVerified(url: string): Promise<void> {
  const database = openDatabase({ url, max: 4, statementTimeoutMs: 0 });
  try {
    expect(
      await verifyProjection(database, { unsealing: unsealingIn(database.db), defaultTimeZone: ZONE }),
    ).toMatchObject({ ok: true });
  } finally {
    await database.close();
  }
}

/** The log has no record beyond those that the positions account for, once they account for what was posted again. */
async function expectCaughtUp(service: TestProcess): Promise<void> {
  const client = createClient(service.url, service.adminKey);
  const asOf = async () => (await client.get('/v1/tenants/nobody/usage')).body.asOf;
  const caughtUp = async () => ((await asOf()) as { caughtUp: boolean }).caughtUp;
  await until(caughtUp, { timeoutMs: 60_000, what: 'the projection to account for the whole log' });
  expect(await asOf()).toMatchObject({ lag: 0, caughtUp: true });
}
