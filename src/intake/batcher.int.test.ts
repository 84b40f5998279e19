import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { testDatabase } from '../../test/support/database.ts';
import { numbered, recordsOf } from '../../test/support/log-contract-consumer.ts';
import { openPostgresLog } from '../log/postgres/postgres-log.ts';
import { createBatcher } from './batcher.ts';

const ANA = { key: 'ana', tenant: null };

test('many callers of one batcher get the positions of their own records', async () => {
  const { database, drop } = await testDatabase();
  try {
    const log = await openPostgresLog({
      pool: database.pool,
      partitions: 3,
      logger: pino({ level: 'silent' }),
    });
    const batcher = createBatcher(log, { maxRecords: 10_000, maxBytes: 10_000_000, batchRecords: 50 });
    const callers = numbered('caller', 40).map(async (caller, i) => {
      const records = numbered(caller, 1 + (i % 7)).flatMap((value) => recordsOf(i % 3, value));
      return { records, positions: await batcher.append(records, ANA) };
    });
    const answers = await Promise.all(callers);
    await batcher.stop();
    const { rows } = await database.pool.query('select partition, "offset", value from log.records');
    const stored = new Map(rows.map((row) => [`${row.partition}/${row.offset}`, row.value.toString()]));
    for (const { records, positions } of answers) {
      const found = positions.map(({ partition, offset }) => stored.get(`${partition}/${offset}`));
      expect(found).toEqual(records.map(({ value }) => value.toString()));
    }
    expect(stored.size).toBe(answers.reduce((sum, { records }) => sum + records.length, 0));
    await log.close();
  } finally {
    await drop();
  }
});
