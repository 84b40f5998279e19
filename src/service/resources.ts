/** What is open, and how all of it is let go of again. */

import type { Logger } from 'pino';

export interface Resources {
  /** Registers how to let go of something; `name` is what a person reads when that hangs. */
  add(name: string, release: () => Promise<unknown>): void;
  /**
   * Releases everything, the youngest first, each once, going on after a failure. Resolves when all is done or
   * `timeoutMs` are over. May be called again: the same answer.
   */
  release(timeoutMs: number): Promise<Released>;
}

export interface Released {
  /** What was still being released, or waiting for that, when the time was over. */
  hung: string[];
  /** What could not be released properly; the errors are in the log. */
  failed: string[];
}

interface Resource {
  name: string;
  release: () => Promise<unknown>;
}

export function createResources(logger: Logger): Resources {
  const held: Resource[] = [];
  const failed: string[] = [];
  let outcome: Promise<Released> | undefined;

  async function releaseAll(): Promise<void> {
    for (let last = held.at(-1); last !== undefined; last = held.at(-1)) {
      const startedAt = performance.now();
      try {
        await last.release();
        logger.debug({ resource: last.name, ms: Math.round(performance.now() - startedAt) }, 'released');
      } catch (error) {
        failed.push(last.name);
        logger.error({ err: error, resource: last.name }, 'could not be released properly');
      }
      held.pop();
    }
  }

  async function releaseWithin(timeoutMs: number): Promise<Released> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([releaseAll(), deadline]);
    clearTimeout(timer);
    return { hung: held.map(({ name }) => name).reverse(), failed: [...failed] };
  }

  return {
    add(name, release) {
      if (outcome !== undefined) throw new Error(`${name} was opened while everything is being closed`);
      held.push({ name, release });
    },
    release(timeoutMs) {
      outcome ??= releaseWithin(timeoutMs);
      return outcome;
    },
  };
}
