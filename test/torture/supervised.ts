/** A process that is started again whenever it ends, as by an orchestrator, and what it holds. */

import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { runJanela, type TestProcess, untilReady } from '../support/servers/process.ts';

/** What a process holds: open descriptors, and memory in MB. */
export interface Holdings {
  descriptors: number;
  megabytes: number;
}

export interface Supervised {
  /** The running one, or the last that ran. */
  now(): TestProcess;
  /** Whether it runs and is ready or was; not while it starts again. */
  isUp(): boolean;
  /** How it ended when nobody had harmed it. */
  ends(): readonly string[];
  /** How often it did not come up, because what it stands on was down, and was started again. */
  failedStarts(): number;
  /** Says that the end that comes is meant. */
  excuse(): void;
  /** Of the running one: what it held when it had just become ready, and for how many minutes it has run since. */
  since(): Holdings & { minutes: number };
  stop(): Promise<void>;
}

const endings = new Set<() => void>();

/** For `afterAll`: what a failed test left is started no more. */
export function stopSupervising(): void {
  for (const end of endings) end();
}

/** `settings` have a `DATA_DIR`. */
export async function supervise(given: Readonly<Record<string, string>>): Promise<Supervised> {
  const settings = { PORT: '0', ...given };
  const ends: string[] = [];
  let failedStarts = 0;
  let excused = false;
  let over = false;
  let up = true;
  endings.add(() => {
    over = true;
  });
  let { current, held } = await start();

  /** One that is not ready in time is ended: another one takes its place. */
  async function start() {
    const child = runJanela(['serve'], settings);
    const current = await untilReady(child, settings).catch(async (error: unknown) => {
      if (!child.ended()) await child.kill('SIGKILL');
      throw error;
    });
    return { current, held: { ...holdingsOf(current.pid), readyAt: performance.now() } };
  }

  async function startAgain(): Promise<void> {
    while (!over) {
      try {
        ({ current, held } = await start());
        return;
      } catch (error) {
        if (!/ended before it was ready|to be ready in vain/.test((error as Error).message)) throw error;
        failedStarts++;
        await delay(1_000);
      }
    }
  }

  const watching = (async () => {
    while (!over) {
      const { code, signal } = await current.exited;
      up = false;
      if (over) return;
      if (!excused) ends.push(`${code ?? signal}: ${current.stderr().split('\n').slice(-4).join(' | ')}`);
      excused = false;
      await startAgain();
      up = true;
    }
  })();
  // Whoever stops it later sees the failure.
  watching.catch(() => undefined);
  return {
    now: () => current,
    isUp: () => up,
    ends: () => ends,
    failedStarts: () => failedStarts,
    excuse() {
      excused = true;
    },
    since: () => ({ ...held, minutes: (performance.now() - held.readyAt) / 60_000 }),
    async stop() {
      over = true;
      await current.kill('SIGTERM');
      await watching;
    },
  };
}

export function holdingsOf(pid: number): Holdings {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  return {
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    megabytes: Math.round((pages * 4_096) / 2 ** 20),
  };
}
