import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { pino } from 'pino';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { granted } from '../../test/support/granted.ts';
import {
  appendEvents,
  projectLog,
  simulatedEvents,
  TEST_PARTITIONS,
  TEST_ZONE,
} from '../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../test/support/rebuilds.ts';
import { unsealingIn } from '../../test/support/sealing.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../../test/support/servers/broker.ts';
import { until } from '../../test/support/until.ts';
import { openKafkaLog } from '../log/kafka/kafka-log.ts';
import type { EventLog } from '../log/log.ts';
import { verifyLog } from '../verify/log-chain.ts';
import { verifyProjection } from '../verify/projection/verify-projection.ts';
import { discardRebuild, startRebuild } from './rebuild/start.ts';
import type { Rebuild } from './rebuild/state.ts';

const skipped = await whyNoBroker();
if (skipped) test.skip(`a Kafka log with gaps: ${skipped}`, () => undefined);

(skipped ? describe.skip : describe)('a Kafka log into which somebody else wrote a transaction', () => {
  const topic = `janela.test.${randomUUID()}`;
  const events = simulatedEvents({ seed: 22, events: 800 });
  let broker: TestBroker;
  let fixture: TestDatabase;
  let log: EventLog;
  let bench: RebuildBench;

  beforeAll(async () => {
    broker = await testBroker();
    fixture = await testDatabase();
    log = await openKafkaLog({
      brokers: broker.brokers,
      clientId: 'janela-test',
      topic,
      partitions: TEST_PARTITIONS,
      replication: 1,
      sessionTimeoutMs: 6_000,
      // Nobody waits for it here as the clients of the service do.
      appendTimeoutMs: 60_000,
      logger: pino({ level: 'silent' }),
    });
    bench = rebuildBench(fixture.url, log);
    await appendEvents(log, events.slice(0, 400));
    await transaction('abort', 5);
    await projectLog(fixture.database, log);
    await transaction('abort', 3);
    await appendEvents(log, events.slice(400));
    await transaction('commit', 2);
    await projectLog(fixture.database, log);
  }, 120_000);

  afterAll(async () => {
    await bench?.close();
    await log?.close();
    await fixture?.drop();
    await broker?.stop();
  });

  /** Records of somebody else in partition 0; Kafka adds a mark of its own, and shows what was aborted to nobody. */
  async function transaction(end: 'abort' | 'commit', records: number): Promise<void> {
    const from = await endOf();
    const kafka = new kafkajs.Kafka({
      brokers: broker.brokers,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 30, initialRetryTime: 100, maxRetryTime: 300 },
    });
    const producer = kafka.producer({
      transactionalId: randomUUID(),
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const started = await producer.transaction();
    const messages = Array.from({ length: records }, (_, i) => ({
      partition: 0,
      key: 'k',
      value: `other ${i}`,
    }));
    await started.send({ topic, acks: -1, messages });
    await started[end]();
    await producer.disconnect();
    await until(async () => (await endOf()) === from + records + 1, { what: 'the mark of the transaction' });
  }

  async function endOf(): Promise<number> {
    return (await log.ends())[0]?.end ?? 0;
  }

  async function start(): Promise<Rebuild> {
    return granted(await startRebuild(bench.database, { actor: 'test', at: 1, partitions: TEST_PARTITIONS }));
  }

  async function compared() {
    const rebuild = await start();
    const worker = bench.start();
    try {
      const { comparison } = await bench.reached(rebuild.id, 'caught-up');
      if (comparison === null) throw new Error('it was not compared');
      return comparison;
    } finally {
      granted(await discardRebuild(bench.database, rebuild.id, { actor: 'test', at: 2 }));
      await worker.stop();
    }
  }

  test('verify accounts for what holds no record, and for what was committed and is none of ours', async () => {
    const { rows } = await fixture.database.pool.query(
      'SELECT partition, next - first AS offsets FROM projection.gaps ORDER BY first',
    );
    expect(rows.map(({ partition }) => partition)).toEqual(rows.map(() => 0));
    expect(rows.reduce((sum, { offsets }) => sum + offsets, 0)).toBe(6 + 4 + 1);
    const verified = await verifyProjection(bench.database, {
      unsealing: unsealingIn(bench.database.db),
      defaultTimeZone: TEST_ZONE,
    });
    expect(verified).toMatchObject({ ok: true });
    expect(verified.ok && verified.positions.get(0)).toBe(await endOf());
  });

  test('the hash chain of such a log replays to the heads that were noted', async () => {
    const verified = await verifyLog(fixture.database, log);
    expect(verified).toMatchObject({ ok: true, records: events.length + 2 });
  });

  test('a rebuild of such a log is equal to the live projection, whatever the batches were', async () => {
    const { differences, digests, counts } = await compared();
    expect(differences).toEqual({ count: 0, items: [] });
    expect(digests.rebuilt).toBe(digests.live);
    expect(counts.rebuilt.gaps).toBeGreaterThan(1);
  });

  test('a gap that is not noted is found and named by the comparison with a rebuild', async () => {
    await fixture.database.pool.query(
      'DELETE FROM projection.gaps WHERE first = (SELECT max(first) FROM projection.gaps)',
    );
    const { differences } = await compared();
    expect(differences.items).toMatchObject([
      {
        table: 'gaps',
        samples: [expect.stringMatching(/^Only the rebuilt projection has the gap in partition 0/)],
      },
    ]);
  });
});
