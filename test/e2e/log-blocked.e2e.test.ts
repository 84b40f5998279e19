import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { type Answer, call } from './api.ts';
import { type ForeignHands, foreignHands } from './topic.ts';

const skipped = await whyNoBroker();
if (skipped) test.skip(`a log blocked by a transaction: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('a log in Kafka in which somebody else has opened a transaction', () => {
  const ADMIN_API_KEY = 'the-administrators-own-key';
  const EVENTS = 60;
  const TENANT = '/v1/tenants/acme';
  let broker: TestBroker;
  let hands: ForeignHands;
  let database: TestDatabase;
  let topic: string;

  beforeAll(async () => {
    broker = await testBroker();
    hands = await foreignHands(broker.brokers);
  }, 120_000);
  afterAll(async () => {
    await hands.close();
    await broker.stop();
  }, 60_000);
  beforeEach(async () => {
    database = await testDatabase();
    topic = `janela.test.${randomUUID()}`;
  });
  afterEach(async () => {
    await stopProcesses();
    await database.drop();
  }, 60_000);

  async function start(): Promise<TestProcess> {
    const kafka = { KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: topic };
    return await startProcess({ DATABASE_URL: database.url, ADMIN_API_KEY, GRACE_HOURS: '0', ...kafka });
  }

  async function ok(service: TestProcess, method: string, path: string, body?: unknown): Promise<Answer> {
    const answer = await call(service, method, path, { body });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    return answer;
  }

  /** One window each, at a price of 1.00. */
  async function subscribe(service: TestProcess): Promise<void> {
    const overage = [{ upTo: null, unitPrice: '1.00' }];
    await ok(service, 'PUT', '/v1/plans/each/versions/2024-01', {
      ...{ currency: 'BRL', monthlyFee: '0.00' },
      ...{ receptive: { allowance: 0, overage }, active: { default: overage } },
    });
    await ok(service, 'PUT', `${TENANT}/subscriptions/2024-01`, { plan: 'each' });
  }

  async function post(service: TestProcess): Promise<{ receipt: string; inPartition0: number }> {
    const body = Array.from({ length: EVENTS }, (_, i) => ({
      ...{ id: `e-${i}`, type: 'message.received', occurredAt: '2024-03-04T11:00:00Z' },
      ...{ tenant: 'acme', channel: 'webchat', account: 'site', contact: `c-${i}` },
    }));
    const { json } = await ok(service, 'POST', '/v1/events', body);
    const inPartition0 = json.results.filter(
      ({ position }: { position: { partition: number } }) => position.partition === 0,
    ).length;
    expect(inPartition0).toBeGreaterThan(0);
    return { receipt: json.receipt, inPartition0 };
  }

  async function usage(service: TestProcess, query = '') {
    return (await ok(service, 'GET', `${TENANT}/usage?period=2024-03${query}`)).json;
  }

  function finalize(service: TestProcess): Promise<Answer> {
    return call(service, 'POST', `${TENANT}/invoices/2024-03/finalize`);
  }

  async function blockedSeconds(service: TestProcess): Promise<number> {
    const { text } = await call(service, 'GET', '/metrics');
    return Number(/^janela_log_blocked_seconds\{partition="0"\} (\S+)$/m.exec(text)?.[1]);
  }

  test.each(['abort', 'commit'] as const)(
    'the lag says so, no invoice becomes final and the alarm can ring; after its %s everything is counted',
    async (end) => {
      const service = await start();
      await subscribe(service);
      const transaction = await hands.openTransaction(topic, 0);
      const { receipt, inPartition0 } = await post(service);
      const rest = EVENTS - inPartition0;
      await until(async () => (await usage(service)).receptive.windows === rest, {
        what: 'the other partitions',
      });
      // Acknowledged are the record of the transaction and what came after it; nothing more will be counted.
      const lagging = async () => (await usage(service)).asOf.lag === inPartition0 + 1;
      await until(lagging, { what: 'the lag' });
      await until(async () => (await blockedSeconds(service)) > 1, { what: 'the alarm' });
      const { receptive, asOf } = await usage(service);
      expect([receptive.windows, asOf.caughtUp]).toEqual([rest, false]);
      expect((await call(service, 'GET', '/readyz')).status).toBe(200);
      const refused = await finalize(service);
      expect([refused.status, refused.json.type]).toEqual([409, '/problems/projection-behind']);

      await transaction[end]();
      const counted = await usage(service, `&after=${receipt}`);
      expect(counted.receptive.windows).toBe(EVENTS);
      await until(async () => (await usage(service)).asOf.caughtUp, { what: 'the projection' });
      await until(async () => (await blockedSeconds(service)) === 0, { what: 'the alarm to end' });
      const made = await finalize(service);
      expect([made.status, made.json.total]).toEqual([200, '60.00']);
      const { json: quarantine } = await ok(service, 'GET', '/v1/ops/quarantine');
      expect(quarantine.items).toHaveLength(end === 'commit' ? 1 : 0);
    },
    120_000,
  );
});
