/** Runs histories of the deterministic simulation by hand: `npm run deterministic -- --histories 1000000 --seed 1`. */

import { parseArgs } from 'node:util';
import { runHistory } from '../test/deterministic/history.ts';
import { installTimers } from '../test/deterministic/world.ts';

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});
const histories = Number(values.histories);
const first = Number(values.seed);
const startedAt = performance.now();
installTimers();
let tasks = 0;
let failed = 0;
for (let seed = first; seed < first + histories; seed++) {
  const result = await runHistory({ seed, traced: values.trace });
  tasks += result.tasks;
  if (result.faults.length > 0) {
    failed++;
    process.stdout.write(`${result.trace.join('\n')}\nseed ${seed}: ${result.faults.join('\n')}\n`);
    if (failed === 10) break;
  }
}
const seconds = (performance.now() - startedAt) / 1_000;
process.stdout.write(
  `${histories} histories from seed ${first}: ${failed} failed, ${tasks} tasks, ${seconds.toFixed(1)} s\n`,
);
process.exitCode = failed > 0 ? 1 : 0;
