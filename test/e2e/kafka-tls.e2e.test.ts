import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { whyNoBroker } from '../support/servers/broker.ts';
import { makeKeystore } from '../support/servers/kafka-jars.ts';
import { freePorts } from '../support/servers/kafka-ports.ts';
import { type KafkaServer, startKafka } from '../support/servers/kafka-server.ts';
import { runJanela, startProcess, stopProcesses } from '../support/servers/process.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { call } from './api.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
const skipped = await whyNoBroker({ faults: true });
const secured = skipped === null ? test : test.skip;

let broker: KafkaServer;
let kept: TestDatabase;
let folder: string;
let certificate: string;
let port: number;

beforeAll(async () => {
  if (skipped !== null) return;
  kept = await testDatabase();
  folder = temporaryFolder('kafka-tls');
  const store = { keystore: join(folder, 'broker.p12'), password: 'keystore-password' };
  certificate = await makeKeystore(store);
  const [ports, { broker: free }] = [await freePorts(), await freePorts()];
  port = free;
  const tls = { ...store, port };
  broker = await startKafka({ dir: join(folder, 'data'), ports, shortLived: true, tls });
}, 90_000);

afterAll(async () => {
  await stopProcesses();
  await broker?.stop('SIGKILL');
  await kept?.drop();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}, 60_000);

const settings = () => ({
  ...{ DATABASE_URL: kept.url, ADMIN_API_KEY, KAFKA_TOPIC: 'secured', LOG_PARTITIONS: '2' },
  ...{ KAFKA_BROKERS: `127.0.0.1:${port}`, KAFKA_SSL: 'true', PORT: '0' },
});

secured(
  'a broker whose authority is named by KAFKA_SSL_CA is trusted',
  async () => {
    const KAFKA_SSL_CA = join(folder, 'authority.pem');
    writeFileSync(KAFKA_SSL_CA, certificate);
    const service = await startProcess({ ...settings(), KAFKA_SSL_CA });
    const event = {
      ...{ id: 'm1', type: 'message.received', tenant: 'acme', channel: 'whatsapp', account: '551140000001' },
      ...{ contact: '5511987654321', occurredAt: new Date().toISOString() },
    };
    const { status, json } = await call(service, 'POST', '/v1/events', { body: event });
    expect(status).toBe(202);
    const usage = await call(service, 'GET', `/v1/tenants/acme/usage?after=${json.receipt}`);
    expect(usage.json.receptive.windows).toBe(1);
  },
  60_000,
);

secured(
  'one that nobody vouches for is not, and the service says so',
  async () => {
    const service = runJanela(['serve'], settings());
    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(service.stderr()).toMatch(/Kafka .*self[- ]signed certificate/);
  },
  60_000,
);
