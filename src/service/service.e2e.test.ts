import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { sql } from 'kysely';
import { byHand } from '../../test/support/by-hand.ts';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { breakingProxy } from '../../test/support/servers/breaking-proxy.ts';
import {
  runJanela,
  startProcess,
  stopProcesses,
  type TestProcess,
  testDataDir,
} from '../../test/support/servers/process.ts';
import { SEED } from '../../test/support/traffic.ts';
import { until } from '../../test/support/until.ts';
import { seededRandom } from '../simulation/random.ts';

const ADMIN_API_KEY = 'the-administrators-own-key';
let databases: TestDatabase[] = [];

afterEach(async () => {
  await stopProcesses();
  for (const kept of databases) await kept.drop();
  databases = [];
}, 60_000);

async function database(): Promise<TestDatabase> {
  const kept = await testDatabase();
  databases.push(kept);
  return kept;
}

async function post(service: TestProcess, id: string): Promise<number> {
  const event = {
    id,
    type: 'message.received',
    tenant: 'acme',
    channel: 'whatsapp',
    account: '551140000001',
    contact: '5511987654321',
    occurredAt: new Date().toISOString(),
  };
  const answer = await fetch(`${service.url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  return answer.status;
}

async function counted(kept: TestDatabase): Promise<number> {
  const found = await sql<{ events: number }>`SELECT count(*) AS events FROM projection.events`.execute(
    kept.database.db,
  );
  return found.rows[0]?.events ?? 0;
}

/** Statements that wait for a lock. */
async function waiting(kept: TestDatabase): Promise<number> {
  const found = await sql<{ count: number }>`
    SELECT count(*) FROM pg_locks WHERE NOT granted`.execute(kept.database.db);
  return found.rows[0]?.count ?? 0;
}

/** What the requests answer that the banner tells to try, pasted into one shell as a person does it. */
// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
async function answersToPasted(banner: string): Promise<any[]> {
  const script = banner.slice(banner.indexOf('answer=$('));
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test('the first start makes everything, and what it prints works when pasted into a shell', async () => {
  const service = await startProcess();
  expect(service.stdout()).toContain(`Admin key: ${service.adminKey} (shown this once`);
  expect(service.stdout().split(service.adminKey)).toHaveLength(2);
  const [posted, usage, windows] = await answersToPasted(service.stdout());
  expect(posted.accepted).toBe(1);
  expect(usage.receptive.windows).toBe(1);
  expect(windows.items).toHaveLength(1);
});

test('the key and the data are there again after a restart, and the key is not shown again', async () => {
  const DATA_DIR = testDataDir();
  const first = await startProcess({ DATA_DIR });
  expect(await post(first, 'one')).toBe(202);
  expect(await first.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  const second = await startProcess({ DATA_DIR });
  expect(second.adminKey).toBe(first.adminKey);
  expect(second.stdout()).not.toContain(first.adminKey);
  expect(second.stdout()).toContain(`$(cat '${DATA_DIR}/admin-key')`);
  expect(await post(second, 'two')).toBe(202);
});

test('secrets come from files, and while the admin key changes both are good', async () => {
  const kept = await database();
  const folder = testDataDir();
  writeFileSync(join(folder, 'url'), `${kept.url}\n`);
  writeFileSync(join(folder, 'key'), `${ADMIN_API_KEY},the-administrators-next-key\n`);
  const files = { DATABASE_URL_FILE: join(folder, 'url'), ADMIN_API_KEY_FILE: join(folder, 'key') };
  const service = await startProcess(files);
  for (const [adminKey, status] of [
    [ADMIN_API_KEY, 202],
    ['the-administrators-next-key', 202],
    [`${ADMIN_API_KEY},the-administrators-next-key`, 401],
  ] as const)
    expect(await post({ ...service, adminKey }, adminKey)).toBe(status);
  const [posted] = await answersToPasted(service.stdout());
  expect(posted.accepted).toBe(1);
});

test('a service that was killed leaves its PostgreSQL to the next one', async () => {
  const DATA_DIR = testDataDir();
  const first = await startProcess({ DATA_DIR });
  expect(await post(first, 'one')).toBe(202);
  await first.kill('SIGKILL');
  const second = await startProcess({ DATA_DIR });
  expect(second.stderr()).toContain('Found the embedded PostgreSQL running');
  expect(await second.kill('SIGINT')).toEqual({ code: 0, signal: null });
});

test('a second service on the same data directory is refused with a sentence', async () => {
  const DATA_DIR = testDataDir();
  await startProcess({ DATA_DIR });
  const second = runJanela(['serve'], { DATA_DIR, PORT: '0' });
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(second.stderr()).toContain('Another janela works on');
});

test('everything acknowledged before SIGTERM is counted, and the exit code is 0', async () => {
  const kept = await database();
  const service = await startProcess({ DATABASE_URL: kept.url, ADMIN_API_KEY });
  let acknowledged = 0;
  let open = true;
  const clients = Array.from({ length: 4 }, async (_, client) => {
    for (let n = 0; open; n += 1) {
      const status = await post(service, `${client}-${n}`).catch(() => 0);
      if (status === 202) acknowledged += 1;
      else open = false;
    }
  });
  await until(() => acknowledged > 200);
  expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  await Promise.all(clients);
  await startProcess({ DATABASE_URL: kept.url, ADMIN_API_KEY });
  await until(async () => (await counted(kept)) >= acknowledged);
  expect(await counted(kept)).toBe(acknowledged);
});

test('the roles can be split: one process answers, another one counts', async () => {
  const kept = await database();
  const api = await startProcess({ DATABASE_URL: kept.url, ADMIN_API_KEY, ROLES: 'api' });
  expect(await post(api, 'one')).toBe(202);
  expect(await counted(kept)).toBe(0);
  const projector = await startProcess({ DATABASE_URL: kept.url, ROLES: 'projector' });
  await until(async () => (await counted(kept)) === 1);
  const answer = await fetch(`${projector.url}/v1/tenants/acme/usage`);
  expect(answer.status).toBe(404);
});

test('a log that is not the one that was projected stops the projector, not the API', async () => {
  const kept = await database();
  const first = await startProcess({ DATABASE_URL: kept.url, ADMIN_API_KEY });
  expect(await post(first, 'one')).toBe(202);
  await until(async () => (await counted(kept)) === 1);
  await first.kill('SIGTERM');
  await byHand(kept.owner.pool, 'DELETE FROM log.records; UPDATE log.partitions SET next = 0');
  const second = runJanela(['serve'], { DATABASE_URL: kept.url, ADMIN_API_KEY, PORT: '0' });
  await until(() => second.stderr().includes('The projector stopped: '));
  await until(() => second.stdout().includes('listens on'));
  const url = /(http:\/\/[^\s/]+)/.exec(second.stdout())?.[1];
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain('the log was cut short, or deleted and recreated');
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect(await second.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('a client that never finishes its request does not make the stop fail', async () => {
  const kept = await database();
  const service = await startProcess({ DATABASE_URL: kept.url, ADMIN_API_KEY, SHUTDOWN_SECONDS: '2' });
  const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('POST /v1/events HTTP/1.1\r\nHost: x\r\n');
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  socket.destroy();
});

test('past the deadline the stop says what hung, and the exit code is 1', async () => {
  const kept = await database();
  const service = await startProcess({ DATABASE_URL: kept.url, ADMIN_API_KEY, SHUTDOWN_SECONDS: '1' });
  await kept.owner.db.transaction().execute(async (transaction) => {
    await sql`LOCK TABLE log.records IN ACCESS EXCLUSIVE MODE`.execute(transaction);
    const stuck = post(service, 'one').catch(() => 0);
    await until(async () => (await waiting(kept)) > 0);
    expect(await service.kill('SIGTERM')).toEqual({ code: 1, signal: null });
    expect(await stuck).not.toBe(202);
  });
  expect(service.stderr()).toMatch(
    /janela did not stop within 1 s: \w+ hung \(still to be closed after it: /,
  );
});

test('bad settings stop the start with one message that lists all of them', async () => {
  const refused = runJanela(['serve'], { PORT: 'http', ROLES: 'all', DATA_DIR: testDataDir() });
  expect(await refused.exited).toEqual({ code: 1, signal: null });
  expect(refused.stderr()).toContain('PORT is "http"');
  expect(refused.stderr()).toContain('ROLES is "all"');
});

test('a port that is taken stops the start with a sentence, and nothing stays behind', async () => {
  const kept = await database();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  try {
    const address = other.address();
    const PORT = String(typeof address === 'object' ? address?.port : 0);
    const refused = runJanela(['serve'], { PORT, DATABASE_URL: kept.url, ADMIN_API_KEY });
    expect(await refused.exited).toEqual({ code: 1, signal: null });
    expect(refused.stderr()).toContain(`Port ${PORT} on 127.0.0.1 is taken: set PORT to another one.`);
  } finally {
    other.close();
  }
});

test('a database that is not there yet is waited for, and SIGTERM ends the waiting', async () => {
  const early = runJanela(['serve'], {
    DATABASE_URL: 'postgres://janela@127.0.0.1:1/janela',
    ADMIN_API_KEY,
    PORT: '0',
  });
  await until(() => early.stderr().includes('Waiting for PostgreSQL'));
  expect((await early.kill('SIGTERM')).code).toBe(1);
  expect(early.stderr()).toContain('before it had started');
});

test(`a database that goes amid the start is waited for, whatever the service was about to ask (seed ${SEED})`, async () => {
  const kept = await database();
  const random = seededRandom(SEED);
  let isStarting = true;
  let asked = 0;
  // The first one, and some of the others. None of the first step, which has many and is waited for as a whole.
  const isAny = () => asked++ === 0 || random() < 0.2;
  const proxy = await breakingProxy(
    kept.url,
    (application) => isStarting && application !== 'janela migrate' && isAny(),
  );
  try {
    const service = await startProcess({ DATABASE_URL: proxy.url, ADMIN_API_KEY, LOG_LEVEL: 'warn' });
    isStarting = false;
    expect(service.stderr()).toContain('Waiting for PostgreSQL: ');
    expect(await post(service, 'one')).toBe(202);
    await until(async () => (await counted(kept)) === 1);
    expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
  } finally {
    await proxy.close();
  }
}, 120_000);

test('a broker that is not there yet is waited for', async () => {
  const kept = await database();
  const early = runJanela(['serve'], {
    DATABASE_URL: kept.url,
    KAFKA_BROKERS: '127.0.0.1:1',
    ADMIN_API_KEY,
    PORT: '0',
  });
  await until(() => early.stderr().includes('Waiting for the event log'), { what: 'the line in the log' });
  expect((await early.kill('SIGTERM')).code).toBe(1);
  expect(early.stderr()).toContain('before it had started');
});

test('a zone that is not the one of the first start is refused with what to do, by commands too', async () => {
  const kept = await database();
  const settings = { DATABASE_URL: kept.url, ADMIN_API_KEY };
  const first = await startProcess(settings);
  await first.kill('SIGTERM');
  const tokyo = { ...settings, DEFAULT_TIME_ZONE: 'Asia/Tokyo' };
  for (const command of ['serve', 'verify']) {
    const refused = runJanela([command], tokyo);
    const { code } = await refused.exited;
    expect([code, refused.stderr()]).toEqual([
      1,
      expect.stringContaining('set DEFAULT_TIME_ZONE=America/Sao_Paulo'),
    ]);
  }
  expect((await runJanela(['verify'], settings).exited).code).toBe(0);
});
