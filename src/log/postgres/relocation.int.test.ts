import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { byHand } from '../../../test/support/by-hand.ts';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import { recordsOf } from '../../../test/support/log-contract-consumer.ts';
import { until } from '../../../test/support/until.ts';
import { LOCK_SPACES } from '../../store/locks.ts';
import type { EventLog } from '../log.ts';
import type { Manifest } from '../transfer/format.ts';
import { openPostgresLog } from './postgres-log.ts';
import { noteRelocation, relocate, requireNothingLeft } from './relocation.ts';

const PARTITIONS = 3;
const logger = pino({ level: 'silent' });
/** Of a log without records. */
const manifest: Manifest = {
  format: 'janela-log-export-1',
  partitions: PARTITIONS,
  exportedAt: '2026-11-01T00:00:00.000Z',
  heads: [],
  files: [],
};
let log: EventLog;
let database: TestDatabase;

beforeEach(async () => {
  database = await testDatabase();
  log = await openPostgresLog({ pool: database.database.pool, partitions: PARTITIONS, logger });
});

afterEach(async () => {
  await log.close();
  await database.drop();
});

test('a log that was left behind takes no more records, until it is filled again', async () => {
  const { pool } = database.database;
  await noteRelocation(pool, 'Kafka topic janela.events');
  await expect(openPostgresLog({ pool, partitions: PARTITIONS, logger })).rejects.toThrow(
    /^The log of this database has moved to Kafka topic janela\.events: set KAFKA_BROKERS and KAFKA_TOPIC to that/,
  );
  const again = await openPostgresLog({ pool, partitions: PARTITIONS, logger, evenIfRelocated: true });
  await noteRelocation(pool, null);
  await (await openPostgresLog({ pool, partitions: PARTITIONS, logger })).close();
  await again.close();
});

test('a log in PostgreSQL is left behind only with all that it has', async () => {
  const { pool } = database.database;
  await requireNothingLeft(pool, manifest);
  await log.append(recordsOf(1, 'later'));
  await expect(requireNothingLeft(pool, manifest)).rejects.toThrow(
    /^The log in PostgreSQL has 1 records in partition 1, the export only 0: events came in after it/,
  );
});

test('what is acknowledged while a log is left behind is either taken along or keeps it where it is', async () => {
  const { pool } = database.database;
  const movedTo = async () => (await pool.query('select moved_to from log.meta')).rows[0].moved_to;
  const appending = await pool.connect();
  await appending.query('begin');
  await appending.query('select pg_advisory_xact_lock($1, 1)', [LOCK_SPACES.logPartition]);
  const refused = expect(relocate(pool, manifest, 'Kafka')).rejects.toThrow(
    /^The log in PostgreSQL has 1 records in partition 1, the export only 0: events came in after it/,
  );
  await until(
    async () =>
      (await pool.query(`select from pg_locks where locktype = 'advisory' and not granted`)).rows.length > 0,
    { what: 'it to wait for the append' },
  );
  await appending.query('update log.partitions set next = 1 where partition = 1');
  await appending.query('commit');
  appending.release();
  await refused;
  expect(await movedTo()).toBeNull();
  await byHand(database.owner.pool, 'update log.partitions set next = 0');
  await relocate(pool, manifest, 'Kafka');
  expect(await movedTo()).toBe('Kafka');
});
