import { afterEach, expect, test } from '@jest/globals';
import { type Accepted, createSender, type Event, type Sender } from '../../clients/typescript/src/sender.ts';
import { between, chance, seededRandom } from '../../src/simulation/random.ts';
import type { ApiEvent } from '../../src/simulation/traffic.ts';
import { eventsOf, expectCountedOnce, trafficOf } from '../e2e/counted-once.ts';
import type { Acknowledged } from '../e2e/load.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { type Fault, type FaultyProxy, faultyProxy } from './faulty-proxy.ts';

const EVENTS = 4_000;
const KILLS = 4;
/** Few enough for many requests, so that kills and faults meet them in every state. */
const IN_HAND = 120;
const FAULTS: readonly Fault[] = ['reset', 'reset-answered', 'reset-amid-answer', { status: 503 }];

let database: TestDatabase | undefined;
let proxy: FaultyProxy | undefined;

afterEach(async () => {
  await proxy?.close();
  await stopProcesses();
  await database?.drop();
}, 60_000);

test(`a sender to a service that is killed ${KILLS} times, over a network that breaks, loses nothing, counts nothing twice and keeps the order of each conversation (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const traffic = trafficOf(SEED, EVENTS);
  database = await testDatabase();
  const settings = {
    DATABASE_URL: database.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    LOG_LEVEL: 'warn',
  };
  let service = await startProcess(settings);
  proxy = await faultyProxy(() => service);
  const refused: unknown[] = [];
  const sender = createSender({
    url: proxy.url,
    key: settings.ADMIN_API_KEY,
    maxQueued: IN_HAND,
    timeoutMs: 5_000,
    onRejected: (rejected) => void refused.push(rejected),
  });
  const load = sendAll(sender, eventsOf(traffic), () => {
    if (chance(random, 0.003)) proxy?.next(FAULTS[between(random, 0, FAULTS.length - 1)] as Fault);
  });
  for (let kill = 0; kill < KILLS; kill++) {
    const wanted = Math.round((EVENTS / (KILLS + 1)) * (kill + random()));
    await until(() => load.acknowledged.length >= wanted, { timeoutMs: 60_000, what: `${wanted} answers` });
    expect(await service.kill('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
    service = await startProcess(settings);
  }
  await load.done;
  await sender.close();
  expect(refused).toEqual([]);
  expectInOrder(load.acknowledged);
  const outcome = { acknowledged: load.acknowledged, receipts: [sender.receipt() ?? ''] };
  await expectCountedOnce(service, database.url, traffic, outcome);
}, 300_000);

/** Single events, at most IN_HAND without their answer. What was acknowledged stands in the order of sending. */
function sendAll(sender: Sender, events: readonly ApiEvent[], beforeEach: () => void) {
  const acknowledged: Acknowledged[] = [];
  async function run(): Promise<void> {
    const inHand: Promise<void>[] = [];
    for (const event of events) {
      beforeEach();
      if (inHand.length === IN_HAND) await inHand.shift();
      inHand.push(
        sender.send(event as Event).then((result) => {
          acknowledged.push({ event, ...(result as Accepted).position });
        }),
      );
    }
    await Promise.all(inHand);
  }
  return { acknowledged, done: run() };
}

/** A conversation lives in one partition: each acknowledgement names a later offset than the one before it. */
function expectInOrder(acknowledged: readonly Acknowledged[]): void {
  const last = new Map<string, Acknowledged>();
  for (const each of acknowledged) {
    const { tenant, channel, account, contact } = each.event as unknown as Record<string, string>;
    const conversation = JSON.stringify([tenant, channel, account, contact]);
    const before = last.get(conversation);
    if (before !== undefined) {
      expect(each.partition).toBe(before.partition);
      expect(each.offset).toBeGreaterThan(before.offset);
    }
    last.set(conversation, each);
  }
}
