/** Runs the torture for as long as is wished: `npm run torture -- --minutes 30 --seed 7`. It is a test, which CI runs for one minute. */

import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '' } },
});
const seed = values.seed === '' ? {} : { FC_SEED: values.seed };
const child = spawn('npm', ['test', '--', '--maxWorkers=1', 'test/e2e/torture.e2e.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, ...seed, TORTURE_MINUTES: values.minutes },
});
child.once('exit', (code) => {
  process.exitCode = code ?? 1;
});
