import { afterEach, test } from '@jest/globals';
import type { Database } from '../../src/store/database.ts';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { SEED } from '../support/traffic.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { stopLoads } from './load.ts';
import { ADMIN_API_KEY, expectAllCountedOnce, startLoaded } from './loaded.ts';

let database: TestDatabase | undefined;

afterEach(async () => {
  stopLoads();
  await stopProcesses();
  await database?.drop();
}, 60_000);

/**
 * Who reads a partition of the log is settled by advisory locks. Here they never refuse, as if one projector had been
 * frozen, had lost its connection to the others and had come back: every one reads every partition, and the position
 * in the transaction of the batch is all that keeps them apart.
 */
async function letEveryoneRead({ pool }: Database): Promise<void> {
  await pool.query(`
    CREATE FUNCTION public.pg_try_advisory_lock(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION public.pg_advisory_unlock(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    CREATE FUNCTION public.pg_advisory_lock_shared(int, int) RETURNS boolean LANGUAGE sql AS 'SELECT true';
    DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database()); END $$`);
}

/** Batches that a process has handed to the database so far, applied or not. */
async function batchesOf(service: TestProcess): Promise<number> {
  const { text } = await call(service, 'GET', '/metrics');
  return Number(/^janela_projection_batch_seconds_count (\d+)$/m.exec(text)?.[1] ?? 0);
}

test(`two projectors on every partition count each event once (seed ${SEED})`, async () => {
  database = await testDatabase();
  const { url } = database;
  await letEveryoneRead(database.owner);
  const settings = { DATABASE_URL: url, ADMIN_API_KEY, LOG_LEVEL: 'warn' };
  const services = await Promise.all([startProcess(settings), startProcess(settings)]);
  const loaded = startLoaded(services, { events: 1_000, restMs: 20, reserve: 200 });
  for (const service of services)
    await until(async () => (await batchesOf(service)) > 5, { timeoutMs: 60_000, what: 'both to project' });
  await expectAllCountedOnce(loaded, url);
}, 120_000);
