import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { seededRandom } from '../../src/simulation/random.ts';
import { startProcess, stopProcesses, type TestProcess, testDataDir } from '../support/servers/process.ts';
import { isAlive, until } from '../support/until.ts';
import { eventsOf, expectCountedOnce, trafficOf } from './counted-once.ts';
import { startLoad, stopLoads } from './load.ts';
import { embeddedUrl, postmasterOf } from './postgres-process.ts';

afterEach(async () => {
  stopLoads();
  await stopProcesses();
}, 60_000);

/** Runs what the service printed, as a person would paste it: the lines after "Try it", in one shell. */
async function runPrinted(service: TestProcess): Promise<unknown[]> {
  const [, lines = ''] = service.stdout().split(/^Try it: .*\n\n/m);
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', lines]);
  expect(stderr).toBe('');
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('the printed lines work as printed, at the first start and after a restart', async () => {
  const DATA_DIR = testDataDir();
  const first = await startProcess({ DATA_DIR });
  const window = { kind: 'receptive', contact: '5511987654321' };
  expect(await runPrinted(first)).toMatchObject([
    { accepted: 1, rejected: 0 },
    { tenant: 'acme', registered: false, receptive: { windows: 1 } },
    { items: [window], nextCursor: null },
  ]);
  expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const second = await startProcess({ DATA_DIR });
  // The first window is open still.
  expect(await runPrinted(second)).toMatchObject([
    { accepted: 1 },
    { receptive: { windows: 1 } },
    { items: [window] },
  ]);
}, 120_000);

test('data survives a stop, kills of the service and of its PostgreSQL, and a stale pid file', async () => {
  const DATA_DIR = testDataDir();
  const settings = { DATA_DIR, LOG_LEVEL: 'info' };
  let service = await startProcess(settings);
  const traffic = trafficOf(1, 600);
  const load = startLoad(eventsOf(traffic), {
    target: () => service,
    clients: 4,
    mostPerRequest: 40,
    random: seededRandom(1),
  });
  const outcome = await load.done;
  const expectAll = async () => expectCountedOnce(service, await embeddedUrl(DATA_DIR), traffic, outcome);
  await expectAll();

  expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(existsSync(join(DATA_DIR, 'postgres', 'postmaster.pid'))).toBe(false);
  service = await startProcess(settings);
  await expectAll();

  const orphan = postmasterOf(DATA_DIR);
  await service.kill('SIGKILL');
  expect(isAlive(orphan)).toBe(true);
  service = await startProcess(settings);
  expect(postmasterOf(DATA_DIR)).toBe(orphan);
  await expectAll();

  await service.kill('SIGKILL');
  process.kill(orphan, 'SIGKILL');
  await until(() => !isAlive(orphan));
  expect(postmasterOf(DATA_DIR)).toBe(orphan);
  service = await startProcess(settings);
  expect(postmasterOf(DATA_DIR)).not.toBe(orphan);
  await expectAll();

  const crashed = postmasterOf(DATA_DIR);
  await service.kill('SIGKILL');
  process.kill(crashed, 'SIGKILL');
  await until(() => !isAlive(crashed));
  const pidFile = join(DATA_DIR, 'postgres', 'postmaster.pid');
  writeFileSync(pidFile, readFileSync(pidFile, 'utf8').replace(/^\d+/, String(process.pid)));
  service = await startProcess(settings);
  await expectAll();
}, 240_000);
