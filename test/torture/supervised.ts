/** A process that is started again whenever it ends, as by an orchestrator. */

import { setTimeout as delay } from 'node:timers/promises';
import { runJanela, type TestProcess, untilReady } from '../support/servers/process.ts';
import { until } from '../support/until.ts';

export interface Supervised {
  /** The running one, or the last that ran. */
  now(): TestProcess;
  /** Whether it runs and is ready or was; not while it starts again. */
  isUp(): boolean;
  /** How it ended when nobody had harmed it, its start included: that waits for what is down. */
  ends(): readonly string[];
  /** How often it was not ready in time, because what it stands on was down too long, and was started again. */
  lateStarts(): number;
  /** Says that the end that comes is meant. */
  excuse(): void;
  /** Minutes since the running one became ready. */
  age(): number;
  /** Ends it in order; another one takes its place, which is ready then. */
  renew(timeoutMs: number): Promise<void>;
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
  let lateStarts = 0;
  let excused = false;
  let over = false;
  let up = true;
  endings.add(() => {
    over = true;
  });
  let { current, readyAt } = await start();

  /** One that is not ready in time is ended: another one takes its place. */
  async function start() {
    const child = runJanela(['serve'], settings);
    const current = await untilReady(child, settings).catch(async (error: unknown) => {
      if (!child.ended()) await child.kill('SIGKILL');
      throw error;
    });
    return { current, readyAt: performance.now() };
  }

  async function startAgain(): Promise<void> {
    while (!over) {
      try {
        ({ current, readyAt } = await start());
        return;
      } catch (error) {
        const { message } = error as Error;
        if (/ended before it was ready/.test(message)) ends.push(`at its start: ${lastLines(message)}`);
        else if (/to be ready in vain/.test(message)) lateStarts++;
        else throw error;
        await delay(1_000);
      }
    }
  }

  const watching = (async () => {
    while (!over) {
      const { code, signal } = await current.exited;
      up = false;
      if (over) return;
      if (!excused) ends.push(`${code ?? signal}: ${lastLines(current.stderr())}`);
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
    lateStarts: () => lateStarts,
    excuse() {
      excused = true;
    },
    age: () => (performance.now() - readyAt) / 60_000,
    async renew(timeoutMs) {
      const before = current;
      excused = true;
      await before.kill('SIGTERM');
      await until(() => up && current !== before, { timeoutMs, what: 'another process to be ready' });
    },
    async stop() {
      over = true;
      await current.kill('SIGTERM');
      await watching;
    },
  };
}

function lastLines(text: string): string {
  return text.split('\n').slice(-4).join(' | ');
}
