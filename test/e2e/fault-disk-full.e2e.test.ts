import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { urlOf } from '../../src/store/embedded/connection.ts';
import {
  runJanela,
  stopProcesses,
  type TestProcess,
  testDataDir,
  untilReady,
} from '../support/servers/process.ts';
import { onServer } from '../support/servers/server-url.ts';
import { fillDisk, freeDisk, onSmallDisk, seenBy, whyNoSmallDisk } from '../support/servers/small-disk.ts';
import { SEED } from '../support/traffic.ts';
import { isAlive, until } from '../support/until.ts';
import { call } from './api.ts';
import { stopLoads } from './load.ts';
import { ADMIN_API_KEY, expectAllCountedOnce, startLoaded, untilAcknowledged } from './loaded.ts';
import { crashPostgres, knocking, panic, pidFileOf, postmasterOf } from './postgres-process.ts';

/** An empty database takes 60. */
const DISK_MB = 160;
/** With room for a large table and its log. */
const LARGER_DISK_MB = 320;
const skipped = whyNoSmallDisk();
let service: TestProcess | undefined;
let postmaster: number | undefined;

afterEach(async () => {
  stopLoads();
  await service?.kill('SIGTERM');
  await stopProcesses();
  if (postmaster !== undefined && isAlive(postmaster)) process.kill(postmaster, 'SIGQUIT');
}, 60_000);

/** Where the PostgreSQL of a DATA_DIR listens, as its files say. */
function urlFrom(dataDir: string): string {
  const password = readFileSync(join(dataDir, 'postgres.password'), 'utf8').trim();
  return urlOf({ port: pidFileOf(dataDir).port, password }, 'janela');
}

(skipped ? test.skip : test)(
  `a full disk: nothing is promised, PostgreSQL may even crash, and with room again all goes on by itself (seed ${SEED})`,
  async () => {
    const DATA_DIR = testDataDir();
    const settings = { DATA_DIR, ADMIN_API_KEY, PORT: '0', LOG_LEVEL: 'warn' };
    const child = runJanela(['serve'], settings, onSmallDisk(DATA_DIR, DISK_MB));
    service = await untilReady(child, settings);
    const disk = seenBy(service.pid, DATA_DIR);
    postmaster = postmasterOf(disk);
    const url = urlFrom(disk);
    const loaded = startLoaded(service, { events: 1_500, restMs: 50, reserve: 400 });
    const { load } = loaded;
    await untilAcknowledged(loaded, 0.2);

    fillDisk(disk);
    await until(() => load.retries() > 20, { what: 'refusals' });
    expect(service.stderr()).toContain('No space left on device');
    expect(await panic(url, 60_000)).toBe(true);
    const taken = load.acknowledged();
    await until(() => child.stderr().includes('The embedded PostgreSQL is not back yet'), {
      what: 'a restart',
    });
    // A contact that nobody knows yet: what is missed first is its key.
    const event = {
      ...{ id: 'late', type: 'message.received', occurredAt: '2018-11-04T12:00:00Z' },
      ...{ tenant: 'acme', channel: 'webchat', account: 'site', contact: 'ana' },
    };
    const refused = await call(service, 'POST', '/v1/events', { body: event });
    expect([refused.status, refused.json.type]).toEqual([503, '/problems/database-unavailable']);
    const read = await call(service, 'GET', '/v1/tenants/acme/usage');
    expect([read.status, read.json.type]).toEqual([503, '/problems/database-unavailable']);
    expect((await call(service, 'GET', '/readyz')).status).toBe(503);
    expect((await call(service, 'GET', '/healthz')).status).toBe(200);
    expect(load.acknowledged()).toBe(taken);

    freeDisk(disk);
    await expectAllCountedOnce(loaded, url);
    expect((await call(service, 'GET', '/readyz')).status).toBe(200);
    postmaster = postmasterOf(disk);
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(isAlive(postmaster)).toBe(false);
  },
  120_000,
);

(skipped ? test.skip : test)(
  'the disk is full while PostgreSQL recovers from a crash, and clients knock: it is back once there is room',
  async () => {
    const DATA_DIR = testDataDir();
    const settings = { DATA_DIR, ADMIN_API_KEY, PORT: '0', LOG_LEVEL: 'warn' };
    const child = runJanela(['serve'], settings, onSmallDisk(DATA_DIR, LARGER_DISK_MB));
    const running = await untilReady(child, settings);
    service = running;
    const disk = seenBy(running.pid, DATA_DIR);
    const url = urlFrom(disk);
    const isReady = async () => (await call(running, 'GET', '/readyz')).status === 200;

    // Each time the server may end, or lose track of its recovery: either must be mended.
    for (const table of ['first', 'second', 'third']) {
      // What the recovery meets first is a row at the far end of a table that is not there any more.
      await onServer(
        url,
        `CREATE TABLE ${table} AS SELECT repeat('x', 800) AS x FROM generate_series(1, 20000)`,
      );
      await onServer(url, 'CHECKPOINT');
      await onServer(url, `INSERT INTO ${table} SELECT repeat('y', 7000)`);
      await onServer(url, `DROP TABLE ${table}`);
      postmaster = postmasterOf(disk);
      fillDisk(disk);
      const stop = knocking(url, 40);
      const refusals = refusalsOf(child);
      crashPostgres(disk);
      await until(() => refusalsOf(child) > refusals, { what: 'a restart that fails' });
      await stop();
      expect(await isReady()).toBe(false);
      freeDisk(disk);
      await until(isReady, { what: 'the service to be ready' });
      expect(postmasterOf(disk)).not.toBe(postmaster);
    }
    postmaster = postmasterOf(disk);
    expect(await running.kill('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(isAlive(postmaster)).toBe(false);
  },
  180_000,
);

/** How often the server was not back. */
function refusalsOf(child: { stderr(): string }): number {
  return child.stderr().split('The embedded PostgreSQL is not back yet').length;
}
