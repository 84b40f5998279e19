import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { TestProcess } from '../support/servers/process.ts';

const ATTEMPTS = 5;

/**
 * How long (ms) everybody else waited at most while a service did some work: its event loop answers nobody meanwhile.
 * Where the system tells, only what its thread was running counts, not what other processes took from it. Of several
 * attempts the least; stops once one is below `enough`.
 */
export async function longestBlock(
  { url, pid }: Pick<TestProcess, 'url' | 'pid'>,
  enough: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let least = Number.POSITIVE_INFINITY;
  try {
    for (let i = 0; i < ATTEMPTS && least > enough; i++) {
      let longest = 0;
      let done = false;
      const working = work().finally(() => {
        done = true;
      });
      // Whoever awaits it below sees the failure.
      working.catch(() => undefined);
      while (!done) longest = Math.max(longest, await ping(agent, `${url}/healthz`, pid));
      await working;
      least = Math.min(least, longest);
    }
  } finally {
    agent.destroy();
  }
  return least;
}

/** Milliseconds that the main thread of a process has been running, or that have passed where the system does not tell. */
function runningMs(pid: number): number {
  const file = `/proc/${pid}/task/${pid}/schedstat`;
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split(' ')[0]) / 1e6 : performance.now();
}

function ping(agent: Agent, url: string, pid: number): Promise<number> {
  const at = runningMs(pid);
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (answer) => {
      answer.resume().once('end', () => resolve(runningMs(pid) - at));
    });
    sent.once('error', reject).end();
  });
}
