import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { whyNoBroker } from '../support/servers/broker.ts';
import { temporaryFolder } from '../support/servers/temporary-folder.ts';
import { isListening, until } from '../support/until.ts';

const ROOT = join(import.meta.dirname, '../..');
const NODES = ['/usr/bin/node', '/usr/local/bin/node'].filter(existsSync);
const started = new Set<ChildProcess>();
let folder: string | undefined;

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  started.clear();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  folder = undefined;
});

/** The version of a Node. */
const versionOf = (node: string) =>
  spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1);

test('an older Node gets one sentence', () => {
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
  const pretending = [process.execPath, '--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  const older = NODES.filter((node) => Number.parseInt(versionOf(node), 10) < 26);
  for (const [node = '', ...flags] of [pretending, ...older.map((found) => [found])]) {
    const version = node === process.execPath ? '20.20.2' : versionOf(node);
    const { status, stderr, stdout } = spawnSync(node, [...flags, 'src/janela.js', 'serve'], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const needed = /^>=(\d+)$/.exec(engines.node)?.[1];
    expect(stderr).toBe(
      `janela needs Node ${needed} or later, and this is Node ${version}: in a clone use npm start or npx janela, which take the one that npm ci puts into node_modules.\n`,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  }
});

test.each([
  [
    'error while loading shared libraries: libatomic.so.1: cannot open shared object file',
    /^Node needs the library libatomic\.so\.1, which this machine lacks\. Install it:\n.*apt-get install libatomic1;/,
  ],
  ['Illegal instruction', /^Node does not run: .*Illegal instruction\n$/],
])('what Node lacks is named before it is used: %s', (said, sentence) => {
  folder = temporaryFolder('node');
  const node = join(folder, 'node');
  writeFileSync(node, `#!/bin/sh\necho "$0: ${said}" >&2\nexit 127\n`);
  chmodSync(node, 0o755);
  const check = () =>
    spawnSync('/bin/sh', ['scripts/node-runs.sh'], {
      ...{ cwd: ROOT, encoding: 'utf8', env: { PATH: folder } },
    });
  const { status, stderr } = check();
  expect(stderr).toMatch(sentence);
  expect(status).toBe(1);
  writeFileSync(node, '#!/bin/sh\necho v26.0.0\n');
  expect(check()).toMatchObject({ status: 0, stdout: '', stderr: '' });
});

/** A port that is free like the next one, below those that the system gives to connections while Kafka starts. */
async function freeNeighbours(): Promise<number> {
  for (;;) {
    const port = 20_000 + 2 * Math.floor(Math.random() * 6_000);
    if (!(await isListening(port)) && !(await isListening(port + 1))) return port;
  }
}

((await whyNoBroker({ faults: true })) === null ? test : test.skip).each(['SIGTERM', 'SIGINT'] as const)(
  'npm run kafka ends its broker on %s',
  async (signal) => {
    folder = temporaryFolder('npm-kafka');
    const broker = await freeNeighbours();
    const npm = spawn('npm', ['run', 'kafka', '--', '--dir', folder, '--port', String(broker)], {
      ...{ cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
    });
    started.add(npm);
    const exited = once(npm, 'exit');
    let said = '';
    npm.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ready = () => {
      if (npm.exitCode !== null) throw new Error(`npm run kafka ended:\n${said}`);
      return said.includes('Ready');
    };
    await until(ready, { timeoutMs: 90_000, what: 'Kafka to be ready' });
    expect(await isListening(broker)).toBe(true);
    npm.kill(signal);
    await exited;
    expect(said).toContain('Stopping ...');
    await until(async () => !(await isListening(broker)), { what: 'the broker to be gone' });
  },
  120_000,
);
