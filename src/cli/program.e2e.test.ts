import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { runJanela, startProcess, stopProcesses, testDataDir } from '../../test/support/servers/process.ts';

let kept: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await kept?.drop();
  kept = undefined;
});

async function finished(args: readonly string[], settings: Record<string, string> = {}) {
  const command = runJanela(args, settings);
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

test('the API description reaches a pipe whole and is the committed one', async () => {
  const { code, stdout } = await finished(['openapi']);
  expect(code).toBe(0);
  expect(stdout).toBe(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'));
});

test('every command has a help', async () => {
  const { code, stdout } = await finished(['--help']);
  expect(code).toBe(0);
  const commands = [...stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name ?? '');
  expect(commands).toEqual(expect.arrayContaining(['serve', 'migrate', 'key', 'openapi']));
  const helps = await Promise.all(
    commands.filter((name) => name !== 'help').map((name) => finished([name, '--help'])),
  );
  for (const help of helps) {
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('Usage: janela');
  }
}, 60_000);

test('a command whose reader has seen enough ends as if it had been read to the end', async () => {
  const unread = ['sh', '-c', '{ "$0" "$@"; echo "exit code $?" >&2; } | true'];
  for (const args of [['--help'], ['openapi']]) {
    const command = runJanela(args, {}, unread);
    await command.exited;
    expect([args, command.stderr()]).toEqual([args, 'exit code 0\n']);
  }
});

test('an unknown command or option is a misuse: exit code 2', async () => {
  expect((await finished(['surf'])).code).toBe(2);
  expect((await finished(['migrate', '--fast'])).code).toBe(2);
  expect((await finished(['key', 'create', '--name', 'x', '--scopes', 'events:read'])).code).toBe(2);
});

test('migrate says what it did', async () => {
  kept = await testDatabase();
  expect(await finished(['migrate'], { DATABASE_URL: kept.url })).toMatchObject({
    code: 0,
    stdout: 'Nothing to do.\n',
  });
});

test('beside a running service with its own PostgreSQL a key is made and works at once, and the log is exported', async () => {
  const DATA_DIR = testDataDir();
  const service = await startProcess({ DATA_DIR });
  const made = await finished(
    ['key', 'create', '--name', 'reports', '--scopes', 'billing:read', '--tenants', 'acme,other'],
    { DATA_DIR },
  );
  expect(made.code).toBe(0);
  const key = JSON.parse(made.stdout) as { secret: string };
  expect(key).toMatchObject({ name: 'reports', scopes: ['billing:read'], tenants: ['acme', 'other'] });
  const headers = { authorization: `Bearer ${key.secret}` };
  expect((await fetch(`${service.url}/v1/tenants/acme`, { headers })).status).not.toBe(401);
  expect((await fetch(`${service.url}/v1/tenants/foreign`, { headers })).status).toBe(403);

  const folder = join(DATA_DIR, 'export');
  const event = { id: 'm1', type: 'message.received', occurredAt: '2026-10-05T10:00:00Z', tenant: 'acme' };
  const asAdmin = { authorization: `Bearer ${service.adminKey}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ ...event, channel: 'webchat', account: 'site', contact: 'c' });
  expect((await fetch(`${service.url}/v1/events`, { method: 'POST', headers: asAdmin, body })).status).toBe(
    202,
  );
  const { code, stdout } = await finished(['log', 'export', folder], { DATA_DIR });
  expect([code, stdout]).toEqual([
    0,
    expect.stringMatching(/^Exported 1 record; .* in 1 file after .* s\.\n$/),
  ]);
  const refused = await finished(['log', 'import', folder], { DATA_DIR });
  expect([refused.code, refused.stderr]).toEqual([
    1,
    expect.stringContaining('stop every service, then import'),
  ]);
}, 60_000);
