const LOOK_EVERY_MS = 10;

/** Waits until the projection has counted what somebody needs to be counted. */
export interface PositionWaiter {
  /** Resolves with whether every partition reached its position in `nexts` before the signal aborted. */
  until(nexts: ReadonlyMap<number, number>, signal: AbortSignal): Promise<boolean>;
}

interface Waiter {
  nexts: ReadonlyMap<number, number>;
  signal: AbortSignal;
  settle(counted: boolean): void;
  fail(error: unknown): void;
}

/** However many wait, one look at the positions every 10 ms serves all of them; without waiters there is none. */
export function createPositionWaiter(look: () => Promise<ReadonlyMap<number, number>>): PositionWaiter {
  const waiters = new Set<Waiter>();
  let watching = false;

  async function watch(): Promise<void> {
    watching = true;
    while (waiters.size > 0) {
      try {
        const positions = await look();
        for (const waiter of waiters) if (covers(positions, waiter.nexts)) waiter.settle(true);
      } catch (error) {
        for (const waiter of waiters) waiter.fail(error);
      }
      if (waiters.size > 0) await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    watching = false;
  }

  return {
    until: (nexts, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return resolve(false);
        const end = () => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', onAbort);
        };
        const waiter: Waiter = {
          nexts,
          signal,
          settle(counted) {
            end();
            resolve(counted);
          },
          fail(error) {
            end();
            reject(error);
          },
        };
        const onAbort = () => waiter.settle(false);
        signal.addEventListener('abort', onAbort);
        waiters.add(waiter);
        if (!watching) void watch();
      }),
  };
}

function covers(positions: ReadonlyMap<number, number>, nexts: ReadonlyMap<number, number>): boolean {
  for (const [partition, next] of nexts) if ((positions.get(partition) ?? 0) < next) return false;
  return true;
}
