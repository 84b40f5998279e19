import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runCommand, startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';

const CLIENT = fileURLToPath(new URL('../../clients/typescript', import.meta.url));
let service: TestProcess;

beforeAll(async () => {
  const build = runCommand(['npm', 'run', 'build', '--prefix', CLIENT], {});
  const { code } = await build.exited;
  if (code !== 0) throw new Error(`the client was not built:\n${build.stdout()}${build.stderr()}`);
  service = await startProcess({ LOG_LEVEL: 'warn' });
}, 120_000);

afterAll(() => stopProcesses(), 60_000);

test.each([
  ['Node, with the built package', [process.execPath], 'node.js'],
  ['Python, with its standard library', ['python3'], 'python.py'],
  ['a shell, with curl', ['sh'], 'shell.sh'],
])('the example for %s posts, waits and reads, as often as it is run', async (_, command, name) => {
  const file = fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
  for (let run = 0; run < 2; run++) {
    const example = runCommand([...command, file], { JANELA_URL: service.url, JANELA_KEY: service.adminKey });
    expect([await example.exited, example.stderr()]).toEqual([{ code: 0, signal: null }, '']);
    expect(example.stdout()).toBe('receptive 1, active 1\n');
  }
});
