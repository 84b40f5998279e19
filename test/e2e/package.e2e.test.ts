import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { runCommand, stopProcesses, untilReady } from '../support/servers/process.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = temporaryFolder('package');

afterAll(async () => {
  await stopProcesses();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

async function run(words: readonly string[]): Promise<string> {
  const command = runCommand(words, {});
  const { code } = await command.exited;
  if (code !== 0) throw new Error(`${words.join(' ')} failed:\n${command.stdout()}${command.stderr()}`);
  return command.stdout();
}

test('the package runs in an empty folder, from JavaScript alone: it migrates, counts, shows its pages and folds anew', async () => {
  const [dist, empty, data] = ['dist', 'empty', 'data'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await run([process.execPath, join(ROOT, 'scripts/build.ts'), dist]);
  const packed = await run(['npm', 'pack', dist, '--pack-destination', folder, '--silent']);
  mkdirSync(empty);
  writeFileSync(join(empty, 'package.json'), '{ "private": true }');
  await run([
    'npm',
    'install',
    '--prefix',
    empty,
    '--prefer-offline',
    '--no-audit',
    join(folder, packed.trim()),
  ]);

  const installed = join(empty, 'node_modules/@janela/server');
  const names = readdirSync(installed, { recursive: true }).map(String);
  expect(names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
  for (const name of ['src/main.js', 'src/main.d.ts', 'src/main.js.map', 'migrations/0001_log.js'])
    expect([name, existsSync(join(installed, name))]).toEqual([name, true]);

  const settings = { PORT: '0', DATA_DIR: data, LOG_LEVEL: 'warn' };
  const npx = runCommand(['npx', '--prefix', empty, 'janela', 'serve'], settings);
  const service = await untilReady(npx, settings);
  const event = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
  const { json: posted } = await call(service, 'POST', '/v1/events', {
    body: { ...event, id: 'one', type: 'message.received', occurredAt: '2026-11-27T08:00:00Z' },
  });
  const usage = `/v1/tenants/acme/usage?period=2026-11&after=${posted.receipt}`;
  expect((await call(service, 'GET', usage)).json.receptive.windows).toBe(1);

  const signIn = await fetch(`${service.url}/`);
  expect(await signIn.text()).toContain('<form');
  const style = /href="([^"]+\.css[^"]*)"/.exec(await (await fetch(`${service.url}/`)).text())?.[1];
  expect((await fetch(`${service.url}${style}`)).headers.get('content-type')).toContain('text/css');
  expect((await fetch(`${service.url}/docs/json`)).status).toBe(200);

  const rebuild = (await call(service, 'POST', '/v1/ops/rebuilds', { body: {} })).json;
  const state = async () => (await call(service, 'GET', `/v1/ops/rebuilds/${rebuild.id}`)).json;
  await until(async () => ['caught-up', 'failed'].includes((await state()).state), { what: 'the rebuild' });
  expect(await state()).toMatchObject({ state: 'caught-up', differences: { count: 0 } });
  expect(npx.stderr()).not.toMatch(/"level":[56]0/);
}, 300_000);
