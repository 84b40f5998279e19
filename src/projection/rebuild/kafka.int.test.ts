import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { granted } from '../../../test/support/granted.ts';
import { liveTraffic } from '../../../test/support/live-traffic.ts';
import {
  appendEvents,
  simulatedEvents,
  TEST_PARTITIONS,
  TEST_ZONE,
} from '../../../test/support/projected.ts';
import { type RebuildBench, rebuildBench } from '../../../test/support/rebuilds.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../../../test/support/servers/broker.ts';
import type { Event } from '../../domain/event.ts';
import { openKafkaLog } from '../../log/kafka/kafka-log.ts';
import type { EventLog } from '../../log/log.ts';
import { verifyProjection } from '../../verify/projection/verify-projection.ts';
import { promoteRebuild, rollBackRebuild } from './promote.ts';
import { startRebuild } from './start.ts';

const skipped = await whyNoBroker();
const events = simulatedEvents({ seed: 7, events: 2_000 });
let broker: TestBroker | undefined;
let fixture: TestDatabase;
let log: EventLog;
let bench: RebuildBench;

beforeAll(async () => {
  if (skipped) return;
  broker = await testBroker();
  fixture = await testDatabase();
  log = await openKafkaLog({
    brokers: broker.brokers,
    clientId: 'janela-test',
    topic: `janela.test.${randomUUID()}`,
    partitions: TEST_PARTITIONS,
    replication: 1,
    sessionTimeoutMs: 6_000,
    // Nobody waits for it here as the clients of the service do.
    appendTimeoutMs: 60_000,
    logger: pino({ level: 'silent' }),
  });
  bench = rebuildBench(fixture.url, log);
}, 120_000);

afterAll(async () => {
  await bench?.close();
  await log?.close();
  await fixture?.drop();
  await broker?.stop();
}, 60_000);

const name = 'from a log in Kafka, beside live traffic, it is equal, takes over and gives back';
(skipped ? test.skip : test)(
  name,
  async () => {
    const { db } = bench.database;
    await appendEvents(log, events);
    const traffic = await liveTraffic(
      fixture.url,
      log,
      (i) => ({ ...events[i % 1_000], tenant: `live-${i % 50}`, id: `live-${i}` }) as Event,
    );
    const worker = bench.start();
    try {
      await traffic.posted(5);
      const asking = { actor: 'test', at: 1, partitions: TEST_PARTITIONS };
      const { id, schema } = granted(await startRebuild(bench.database, asking));
      const { comparison } = await bench.reached(id, 'caught-up');
      expect(comparison?.differences).toEqual({ count: 0, items: [] });
      expect(comparison?.digests.rebuilt).toBe(comparison?.digests.live);
      expect(comparison?.counts.rebuilt.events).toBeGreaterThan(1_900);
      const promotion = { actor: 'test', at: 2, reason: null, rules: null, objection: async () => null };
      expect(await promoteRebuild(db, id, promotion)).toMatchObject({
        ok: true,
        value: { state: 'promoted' },
      });
      await traffic.posted(50);
      expect(
        await verifyProjection(bench.database, {
          ...VERIFY,
          unsealing: unsealingIn(bench.database.db),
        }),
      ).toMatchObject({ ok: true, schema });
      const author = { actor: 'test', at: 3, defaultTimeZone: TEST_ZONE, objection: async () => null };
      expect(await rollBackRebuild(db, id, author)).toMatchObject({
        ok: true,
        value: { state: 'rolled-back' },
      });
      await traffic.posted(50);
      await traffic.stop();
      expect(
        await verifyProjection(bench.database, {
          ...VERIFY,
          unsealing: unsealingIn(bench.database.db),
        }),
      ).toMatchObject({
        ok: true,
        schema: 'projection',
      });
    } finally {
      await worker.stop();
      await traffic.stop();
    }
  },
  60_000,
);

const VERIFY = { defaultTimeZone: TEST_ZONE };
