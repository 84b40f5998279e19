/** The topic of notifications: what was told to nobody else goes there too, also after the broker was away. */

import { afterEach, expect, test } from '@jest/globals';
import kafkajs, { type KafkaMessage } from 'kafkajs';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

const skipped = await whyNoBroker({ faults: true });
let broker: TestBroker | undefined;
let database: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await broker?.stop();
  await database?.drop();
}, 60_000);

const TOPIC = 'janela.test.notifications';

async function ok(service: TestProcess, method: string, path: string, body?: object) {
  const answer = await call(service, method, path, body === undefined ? {} : { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
  return answer.json;
}

/** What came, without repeats: a broker that is killed before it acknowledges is sent the same again, under the same id. */
function distinct(messages: readonly KafkaMessage[]) {
  const told = messages.map(({ key, value, headers }) => ({
    key: key?.toString(),
    type: headers?.['content-type']?.toString(),
    event: JSON.parse(String(value)),
  }));
  return told.filter(({ event }, i) => told.findIndex((one) => one.event.id === event.id) === i);
}

(skipped ? test.skip : test)(
  'notifications go to the topic as CloudEvents keyed by tenant, in order and at least once, though the broker was away',
  async () => {
    database = await testDatabase();
    broker = await testBroker({ faults: true });
    const service = await startProcess({
      ...{ DATABASE_URL: database.url, ADMIN_API_KEY: 'the-administrators-own-key', LOG_LEVEL: 'error' },
      ...{ KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: 'janela.test.told' },
      KAFKA_NOTIFICATIONS_TOPIC: TOPIC,
    });
    const kafka = new kafkajs.Kafka({ brokers: broker.brokers, logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await until(async () => (await admin.listTopics()).includes(TOPIC), { what: 'the topic to be made' });
    await admin.disconnect();
    const plan = {
      ...{ currency: 'BRL', monthlyFee: '10.00', minimum: '0' },
      receptive: { allowance: 1, limit: null, overage: [{ upTo: null, unitPrice: '0.30' }] },
      active: { default: [{ upTo: null, unitPrice: '0.45' }] },
    };
    await ok(service, 'PUT', '/v1/plans/pro/versions/2026-01', plan);
    await ok(service, 'PUT', '/v1/tenants/acme/subscriptions/2026-01', { plan: 'pro', until: null });
    await until(async () => (await call(service, 'GET', '/readyz')).status === 200, { what: 'the start' });
    const final = async (period: string) =>
      (await ok(service, 'POST', `/v1/tenants/acme/invoices/${period}/finalize`)).number as string;
    const numbers = [await final('2026-01')];
    const received: KafkaMessage[] = [];
    const consumer = kafka.consumer({ groupId: 'janela-test-told' });
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void received.push(message) });
    await until(() => received.length === 1, { what: 'the first notification' });
    await broker.faults?.kill();
    // An invoice needs the end of the log: what is voided does not.
    await ok(service, 'POST', `/v1/invoices/${numbers[0]}/void`, { reason: 'a test' });
    await broker.faults?.restart();
    await until(() => distinct(received).length >= 2, { what: 'the second notification' });
    await consumer.disconnect();
    const told = distinct(received);
    expect(told[0]).toMatchObject({
      ...{ key: 'acme', type: 'application/cloudevents+json; charset=UTF-8' },
      event: {
        ...{ specversion: '1.0', id: expect.stringMatching(/^msg_/), source: 'janela', subject: 'acme' },
        ...{ type: 'janela.invoice.finalized', data: { number: numbers[0], tenant: 'acme' } },
      },
    });
    expect(told[1]?.event).toMatchObject({ type: 'janela.invoice.voided', data: { reason: 'a test' } });
    expect(told).toHaveLength(2);
  },
  180_000,
);
