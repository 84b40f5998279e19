import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { byHand } from '../../../test/support/by-hand.ts';
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts';
import {
  consumerOf,
  createDurable,
  numbered,
  recordsOf,
} from '../../../test/support/log-contract-consumer.ts';
import { until } from '../../../test/support/until.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { LOCK_SPACES } from '../../store/locks.ts';
import { type EventLog, LogBroken, LogRefused, LogUnavailable } from '../log.ts';
import { openPostgresLog } from './postgres-log.ts';

const logger = pino({ level: 'silent' });
let db: TestDatabase;
let instance: Database;
let log: EventLog;

beforeEach(async () => {
  db = await testDatabase();
  instance = openDatabase({ url: db.url, statementTimeoutMs: 1_000 });
  log = await openPostgresLog({ pool: instance.pool, partitions: 2, logger });
});

afterEach(async () => {
  await log.close();
  await instance.close();
  await db.drop();
});

test('a subscriber whose connections are all cut goes on, and nothing is lost or seen twice', async () => {
  const durable = createDurable();
  const subscription = await log.subscribe(consumerOf(durable));
  await log.append(recordsOf(0, ...numbered('before', 20)));
  await until(() => durable.total() === 20);
  await db.database.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  );
  const appended = async () =>
    log.append(recordsOf(0, ...numbered('after', 20))).then(() => true, unavailable);
  await until(appended, { what: 'an append after the cut' });
  await until(() => durable.total() === 40, { what: 'the records after the cut' });
  expect(durable.values.get(0)).toEqual([...numbered('before', 20), ...numbered('after', 20)]);
  await subscription.stop();
});

test('a record that is missing is never skipped', async () => {
  await log.append(recordsOf(1, ...numbered('r', 12)));
  await byHand(db.owner.pool, 'delete from log.records where partition = 1 and "offset" in (5, 6)');
  const durable = createDurable();
  const subscription = await log.subscribe(consumerOf(durable, { batchSize: 4 }));
  await expect(subscription.done).rejects.toThrow(/Partition 1 of the log has no records from 5 to 6/);
  expect(durable.values.get(1)).toEqual(numbered('r', 4));
});

test('records that lie in another order in the table are read in theirs', async () => {
  await log.append(recordsOf(1, ...numbered('r', 12)));
  // The new version of a row lies behind the others, and a table of one page is read as it lies.
  await byHand(
    db.owner.pool,
    'update log.records set value = value where "offset" in (0, 5); analyze log.records',
  );
  const durable = createDurable();
  const subscription = await log.subscribe(consumerOf(durable));
  await until(() => durable.total() === 12);
  expect(durable.values.get(1)).toEqual(numbered('r', 12));
  await subscription.stop();
});

test('a log that is cut short under a subscriber is noticed', async () => {
  const durable = createDurable();
  const subscription = await log.subscribe(consumerOf(durable));
  const ended = expect(subscription.done).rejects.toThrow(
    /Partition 0 of the log ends at 0, but was .* up to 3/,
  );
  await log.append(recordsOf(0, 'a', 'b', 'c'));
  await until(() => durable.total() === 3);
  await byHand(db.owner.pool, 'delete from log.records; update log.partitions set next = 0');
  await ended;
  await expect(subscription.done).rejects.toBeInstanceOf(LogBroken);
});

test('an append that waits too long is unavailable, and the log recovers', async () => {
  const other = await db.database.pool.connect();
  await other.query('begin');
  await other.query('select pg_advisory_xact_lock($1, 1)', [LOCK_SPACES.logPartition]);
  await expect(log.append(recordsOf(1, 'late'))).rejects.toBeInstanceOf(LogUnavailable);
  expect(await log.append(recordsOf(0, 'elsewhere'))).toEqual([{ partition: 0, offset: 0 }]);
  await other.query('commit');
  other.release();
  expect(await log.append(recordsOf(1, 'a'))).toEqual([{ partition: 1, offset: 0 }]);
});

test('an append is durable also where the database does not wait for the disk by default', async () => {
  const { pool } = db.owner;
  await pool.query('create table seen (setting text)');
  await pool.query(`
    create function note() returns trigger language plpgsql security definer as
    $$ begin insert into public.seen values (current_setting('synchronous_commit')); return null; end $$`);
  await pool.query('create trigger note after insert on log.records execute function note()');
  await pool.query(
    `do $$ begin execute format('alter database %I set synchronous_commit = off', current_database()); end $$`,
  );
  const lax = openDatabase({ url: db.url });
  const second = await openPostgresLog({ pool: lax.pool, partitions: 2, logger });
  await second.append(recordsOf(0, 'a'));
  await second.close();
  await lax.close();
  expect((await pool.query('select setting from seen')).rows).toEqual([{ setting: 'on' }]);
});

test('a database that cannot be reached is unavailable', async () => {
  const nowhere = openDatabase({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
  await expect(openPostgresLog({ pool: nowhere.pool, partitions: 2, logger })).rejects.toBeInstanceOf(
    LogUnavailable,
  );
  await nowhere.close();
});

/** The answer of an append while the connections are gone; anything else is a failure of the test. */
function unavailable(error: unknown): false {
  expect(error).toBeInstanceOf(LogUnavailable);
  return false;
}

test('a right that is missing is told as what only a person can mend', async () => {
  const role = `janela_${randomUUID().slice(0, 8)}`;
  const { pool } = db.owner;
  await pool.query(`create role ${role} login password 'secret'`);
  const url = new URL(db.url);
  url.username = role;
  url.password = 'secret';
  const stranger = openDatabase({ url: url.href });
  try {
    const opening = openPostgresLog({ pool: stranger.pool, partitions: 2, logger });
    await expect(opening).rejects.toBeInstanceOf(LogRefused);
    await expect(openPostgresLog({ pool: stranger.pool, partitions: 2, logger })).rejects.toThrow(
      'PostgreSQL refuses, and will until somebody mends it: permission denied for schema log',
    );
  } finally {
    await stranger.close();
    await pool.query(`drop role ${role}`);
  }
});
