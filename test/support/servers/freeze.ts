/** Freezes processes: they stay, answer nobody, and go on where they were once they thaw. */

import { readdirSync, readFileSync } from 'node:fs';
import { until } from '../until.ts';

/** Resolves when no thread of the process runs any more, which takes a while after the signal where there are many. */
export async function freezeProcess(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  await until(() => isFrozen(pid), { what: `process ${pid} to stop` });
}

export function thawProcess(pid: number): void {
  process.kill(pid, 'SIGCONT');
}

/** Also of one that has ended. Where the system does not tell, the signal is taken to be in force. */
function isFrozen(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  return threadStates(pid).every((state) => 'TtZX'.includes(state));
}

function threadStates(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => stateOf(`/proc/${pid}/task/${thread}/stat`));
  } catch {
    return [];
  }
}

/** One letter as in proc(5): T is stopped by a signal, X is gone. */
function stateOf(stat: string): string {
  try {
    return /^\d+ \(.*\) (\S)/s.exec(readFileSync(stat, 'utf8'))?.[1] ?? 'X';
  } catch {
    return 'X';
  }
}
