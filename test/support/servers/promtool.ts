import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { whyMissing } from './needs.ts';

const ROOT = join(import.meta.dirname, '../../..');
/** On the PATH, or where .ci/run unpacks it. */
const PROGRAM = ['promtool', join(ROOT, '.cache/promtool/usr/bin/promtool')].find(
  (path) => spawnSync(path, ['--version']).status === 0,
);

/** Why tests with Prometheus's own checker cannot run here, or null. With CI=true that is an error. */
export function whyNoPromtool(): string | null {
  return whyMissing(
    PROGRAM !== undefined,
    'no promtool: install Prometheus, or unpack its Debian package into .cache/promtool',
  );
}

/** Runs it in the root of the repository and returns what it said. Throws that where it found a fault. */
export function promtool(args: readonly string[], input?: string): string {
  if (PROGRAM === undefined) throw new Error('no promtool');
  const { status, stdout, stderr } = spawnSync(PROGRAM, args, { cwd: ROOT, input, encoding: 'utf8' });
  const said = stdout + stderr;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}:\n${said}`);
  return said;
}
