/**
 * Runs the torture for as long as is wished: `npm run torture -- --minutes 30 --seed 7`. It is a test, which CI runs for
 * one minute, without full disks. What fails is shrunk to a case, which `--case file` runs again.
 */

import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { onSmallDisk, whyNoSmallDisk } from '../test/support/servers/small-disk.ts';
import { caseOf, partsOf, type TortureCase, withParts } from '../test/torture/schedule.ts';
import { shrink } from '../test/torture/shrink.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    case: { type: 'string', default: '' },
    'shrink-minutes': { type: 'string', default: '60' },
  },
});
/** Each: in memory, and of both servers when they have been worked for an hour. */
const DISK_MB = 1_024;
const TORTURE = 'test/e2e/torture.e2e.test.ts';

interface Ran {
  /** What did not hold, as a sentence that is the same for each run. */
  law: string;
  ran: TortureCase;
}

/** Null: every law held. */
async function run(torture: TortureCase): Promise<Ran | null> {
  const folder = mkdtempSync(join(tmpdir(), 'janela-torture-'));
  chmodSync(folder, 0o755);
  const [caseFile, ranFile] = [join(folder, 'case.json'), join(folder, 'ran.json')];
  writeFileSync(caseFile, JSON.stringify(torture));
  const disks = ['postgres', 'kafka'].map((name) => join(folder, name));
  for (const disk of disks) mkdirSync(disk);
  const under = smallDisks ? disks.flatMap((disk) => onSmallDisk(disk, DISK_MB)) : [];
  const [command = '', ...rest] = [...under, 'npm', 'test', '--', '--maxWorkers=1', TORTURE];
  const child = spawn(command, rest, {
    stdio: 'inherit',
    env: {
      ...process.env,
      ...(smallDisks ? { TORTURE_DISKS: folder } : {}),
      TORTURE_CASE: caseFile,
      TORTURE_RAN: ranFile,
    },
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const ran: Ran = existsSync(ranFile)
    ? JSON.parse(readFileSync(ranFile, 'utf8'))
    : { law: 'it ends in order', ran: torture };
  rmSync(folder, { recursive: true, force: true });
  return code === 0 ? null : ran;
}

function keep(torture: TortureCase): string {
  const file = join('.cache', `torture-${torture.seed}.json`);
  mkdirSync('.cache', { recursive: true });
  writeFileSync(file, `${JSON.stringify(torture, null, 1)}\n`);
  return `npm run torture -- --case ${file}`;
}

async function shrunken({ law, ran }: Ran): Promise<void> {
  const until = performance.now() + Number(values['shrink-minutes']) * 60_000;
  process.stdout.write(`Failed: "${law}". Again: ${keep(ran)}\n`);
  const { parts, minimal } = await shrink(partsOf(ran), {
    async fails(parts) {
      const found = await run(withParts(ran, parts));
      const fails = found?.law === law;
      process.stdout.write(`${parts.length} parts: ${fails ? 'fails as before' : (found?.law ?? 'holds')}\n`);
      return fails;
    },
    isOver: () => performance.now() > until,
  });
  const least = withParts(ran, parts);
  process.stdout.write(
    `${JSON.stringify(least, null, 1)}\nFails with these ${parts.length} of ${partsOf(ran).length} parts` +
      `${minimal ? '' : ' (the time was up: fewer may do)'}. Again: ${keep(least)}\n`,
  );
}

const smallDisks = whyNoSmallDisk() === null;
const wanted: TortureCase =
  values.case === ''
    ? caseOf({ seed: Number(values.seed), minutes: Number(values.minutes), disks: smallDisks })
    : JSON.parse(readFileSync(values.case, 'utf8'));
const failed = await run(wanted);
if (failed !== null) {
  process.exitCode = 1;
  if (Number(values['shrink-minutes']) > 0) await shrunken(failed);
}
