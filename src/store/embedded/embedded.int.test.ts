import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { temporaryFolder } from '../../../test/support/servers/temporary-folder.ts';
import { isAlive, until } from '../../../test/support/until.ts';
import { connectEmbedded, type Embedded, startEmbedded } from './embedded.ts';
import { readPidFile } from './processes.ts';
import { STRANDED_MS } from './server.ts';

const logger = pino({ level: 'silent' });
let dataDir: string;
let releases: (() => Promise<unknown>)[];

beforeAll(() => {
  dataDir = temporaryFolder('embedded');
});

beforeEach(() => {
  releases = [];
});

afterEach(async () => {
  for (const release of releases.reverse()) await release();
  if (existsSync(join(dataDir, 'postgres', 'postmaster.pid'))) {
    await (await connectEmbedded({ dataDir, logger })).stop();
  }
});

afterAll(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<Embedded> {
  const embedded = await startEmbedded({ dataDir, logger });
  releases.push(() => embedded.stop());
  return embedded;
}

async function ask(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Another service on the same data directory, in a process of its own that can be killed. */
async function otherProcess(): Promise<{ process: ChildProcess; ownerUrl: string }> {
  const program = `
    const { startEmbedded } = await import(${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)});
    const { pino } = await import('pino');
    const { ownerUrl } = await startEmbedded({ dataDir: process.argv[1], logger: pino({ level: 'silent' }) });
    console.log(ownerUrl);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: process.cwd(),
  });
  releases.push(async () => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { process: child, ownerUrl: line.toString().trim() };
}

function postmaster(): number {
  return readPidFile(join(dataDir, 'postgres'))?.pid ?? Number.NaN;
}

test('what was committed survives a stop, and a stop leaves no server behind', async () => {
  const first = await start();
  await ask(first.ownerUrl, 'CREATE TABLE kept_1 AS SELECT 42 AS answer');
  const pid = postmaster();
  await first.stop();
  await until(() => !isAlive(pid));
  expect(existsSync(join(dataDir, 'postgres', 'postmaster.pid'))).toBe(false);
  expect(await ask((await start()).ownerUrl, 'SELECT answer FROM kept_1')).toEqual([{ answer: 42 }]);
});

test('a server whose service was killed with SIGKILL is taken over, and stopped with the new one', async () => {
  const other = await otherProcess();
  await ask(other.ownerUrl, 'CREATE TABLE kept_2 AS SELECT 42 AS answer');
  const orphan = postmaster();
  other.process.kill('SIGKILL');
  await once(other.process, 'exit');
  expect(isAlive(orphan)).toBe(true);
  const taken = await start();
  expect(postmaster()).toBe(orphan);
  expect(await ask(taken.ownerUrl, 'SELECT answer FROM kept_2')).toEqual([{ answer: 42 }]);
  await taken.stop();
  await until(() => !isAlive(orphan));
});

test('service and server killed together: the stale pid file is no obstacle', async () => {
  const other = await otherProcess();
  await ask(other.ownerUrl, 'CREATE TABLE kept_3 AS SELECT 42 AS answer');
  const pid = postmaster();
  other.process.kill('SIGKILL');
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid));
  expect(await ask((await start()).ownerUrl, 'SELECT answer FROM kept_3')).toEqual([{ answer: 42 }]);
});

test('a pid file whose number now belongs to another program is cleared', async () => {
  await (await start()).stop();
  const folder = join(dataDir, 'postgres');
  writeFileSync(
    join(folder, 'postmaster.pid'),
    `${process.pid}\n${folder}\n1700000000\n1\n\n127.0.0.1\n1 1\nready\n`,
  );
  expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a second service on the same data directory is refused with a sentence', async () => {
  await start();
  await expect(start()).rejects.toThrow('Another janela works on');
  await expect(start()).rejects.toThrow('give this one a DATA_DIR of its own');
});

test('a command works beside a service and leaves its server alone', async () => {
  const service = await start();
  const command = await connectEmbedded({ dataDir, logger });
  expect(command.url).toBe(service.url);
  await command.stop();
  expect(await ask(service.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test('a command starts the server where none runs, and ends it', async () => {
  const command = await connectEmbedded({ dataDir, logger });
  const pid = postmaster();
  expect(await ask(command.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await command.stop();
  await until(() => !isAlive(pid));
});

test('a server that is killed under the service is started again on the same port', async () => {
  const service = await start();
  await ask(service.ownerUrl, 'CREATE TABLE kept_8 AS SELECT 42 AS answer');
  const killed = postmaster();
  process.kill(killed, 'SIGKILL');
  await until(async () => {
    const found = await ask(service.ownerUrl, 'SELECT answer FROM kept_8').catch(() => []);
    return found.length === 1 && postmaster() !== killed;
  });
});

/** What a server looks like that has lost its recovery, or has one, which is a process of its own. */
async function recoveringServer({
  recovers,
}: {
  recovers: boolean;
}): Promise<{ pid: number; asked(): number; endRecovery(): void }> {
  const folder = join(dataDir, 'postgres');
  const program = `
    const { spawn } = require('node:child_process');
    const [folder, recovers] = process.argv.slice(1);
    const titles = ['postgres: checkpointer', ...(recovers === 'true' ? ['postgres: startup recovering'] : [])];
    const children = titles.map((argv0) => spawn(process.execPath, ['--eval', 'setTimeout(() => {}, 600_000)'], { argv0 }));
    const fields = ['SFATAL', 'VFATAL', 'C57P03', 'Mthe database system is not yet accepting connections', ''];
    const refusal = Buffer.from('E0000' + fields.join('\\0') + '\\0');
    refusal.writeInt32BE(refusal.length - 1, 1);
    const server = require('node:net').createServer((socket) => {
      console.log('asked');
      socket.on('error', () => {}).once('data', () => socket.end(refusal));
    });
    for (const signal of ['SIGQUIT', 'SIGINT']) process.on(signal, () => {
      require('node:fs').rmSync(folder + '/postmaster.pid');
      process.exit(0);
    });
    server.listen(0, '127.0.0.1', () => console.log(server.address().port, ...children.map(({ pid }) => pid)));`;
  // As the user that owns the server, who alone may end it beside root.
  const { uid, gid } = statSync(folder);
  const child = spawn(process.execPath, ['--eval', program, folder, String(recovers)], {
    ...{ uid, gid, cwd: '/' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  releases.push(async () => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  let asked = 0;
  child.stdout.on('data', (lines: Buffer) => {
    asked += lines.toString().split('\n').length - 1;
  });
  const [port, ...children] = line.toString().trim().split(' ').map(Number);
  writeFileSync(
    join(folder, 'postmaster.pid'),
    `${child.pid}\n${folder}\n1700000000\n${port}\n\n127.0.0.1\n1 1\nready\n`,
  );
  const end = (some: number[]) => {
    for (const one of some) if (isAlive(one)) process.kill(one, 'SIGKILL');
  };
  releases.push(async () => end(children));
  return {
    pid: Number(child.pid),
    asked: () => asked,
    endRecovery: () => end(children.slice(1)),
  };
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('a server that has lost its recovery is ended, and started again', async () => {
  await (await start()).stop();
  const lost = await recoveringServer({ recovers: false });
  expect(await ask((await start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(isAlive(lost.pid)).toBe(false);
});

onLinux('a server that recovers is waited for as long as that takes', async () => {
  await (await start()).stop();
  const recovering = await recoveringServer({ recovers: true });
  const started = start();
  started.catch(() => undefined);
  // It asks ten times a second at most.
  await until(() => recovering.asked() > STRANDED_MS / 100 + 10);
  expect(isAlive(recovering.pid)).toBe(true);
  recovering.endRecovery();
  expect(await ask((await started).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

onLinux('a service stops at once while its server recovers, and stops that too', async () => {
  const service = await start();
  const crashed = postmaster();
  const recovering = await recoveringServer({ recovers: true });
  process.kill(crashed, 'SIGKILL');
  await until(() => recovering.asked() > 0);
  await service.stop();
  expect(isAlive(recovering.pid)).toBe(false);
});

test('the passwords are random and for the owner only', async () => {
  await start();
  const passwords = ['postgres.password', 'postgres-app.password'].map((name) => {
    expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    return readFileSync(join(dataDir, name), 'utf8').trim();
  });
  for (const password of passwords) expect(password).toMatch(/^[\w-]{32}$/);
  expect(new Set(passwords).size).toBe(2);
});

test('the service logs in as a role that owns nothing, also where its password was lost', async () => {
  const first = await start();
  const asked = `SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls,
    (SELECT count(*)::int FROM pg_shdepend d WHERE d.refobjid = r.oid AND d.deptype = 'o') AS owns,
    (SELECT count(*)::int FROM pg_auth_members m WHERE m.member = r.oid) AS roles
    FROM pg_roles r WHERE rolname = current_user`;
  const nothing = { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false };
  const app = [{ rolname: 'janela_app', ...nothing, rolbypassrls: false, owns: 0, roles: 0 }];
  expect(await ask(first.url, asked)).toEqual(app);
  await first.stop();
  rmSync(join(dataDir, 'postgres-app.password'));
  const second = await start();
  expect(second.url).not.toBe(first.url);
  expect(await ask(second.url, asked)).toEqual(app);
});

test('the server promises what it should: durable commits, loopback only', async () => {
  const { url } = await start();
  const settings = await ask(
    url,
    `SELECT name, setting FROM pg_settings WHERE name IN
      ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses', 'server_encoding') ORDER BY name`,
  );
  expect(settings).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'server_encoding', setting: 'UTF8' },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
});
