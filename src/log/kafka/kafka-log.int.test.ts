import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { pino } from 'pino';
import { logContract } from '../../../test/support/log-contract.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../../../test/support/servers/broker.ts';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';

const logger = pino({ level: 'silent' });
const skipped = await whyNoBroker();
let broker: TestBroker;

function options(topic: string, partitions: number): Omit<KafkaLogOptions, 'logger'> {
  return {
    brokers: broker.brokers,
    clientId: 'janela-test',
    topic,
    partitions,
    replication: 1,
    sessionTimeoutMs: 6_000,
    // Nobody waits for it here as the clients of the service do.
    appendTimeoutMs: 60_000,
  };
}

if (skipped) test.skip(`the event log in Kafka: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('Kafka', () => {
  beforeAll(async () => {
    broker = await testBroker();
  }, 120_000);
  afterAll(() => broker.stop());

  logContract('the event log in Kafka', async () => {
    const topic = `janela.test.${randomUUID()}`;
    return {
      open: (partitions) => openKafkaLog({ ...options(topic, partitions), logger }),
      reader: (partitions) => ({ kind: 'kafka', options: options(topic, partitions) }),
      drop: async () => undefined,
    };
  });
});
