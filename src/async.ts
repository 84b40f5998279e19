/** A condition that may have changed: check it, `wait()`, check again. */
export interface Signal {
  wait(): Promise<void>;
  notify(): void;
}

export function createSignal(): Signal {
  let next = Promise.withResolvers<void>();
  return {
    wait: () => next.promise,
    notify() {
      const { resolve } = next;
      next = Promise.withResolvers<void>();
      resolve();
    },
  };
}

/** Resolves after `ms`, or as soon as the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Starts a loop that ends once its signal is aborted; `stop` aborts it and waits for the end. */
export function startLoop(run: (signal: AbortSignal) => Promise<void>): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = run(stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Rejects with `error()` when the work takes longer than `ms`; the work itself goes on. */
export async function within<T>(ms: number, work: Promise<T>, error: () => Error): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(error()), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Delays that double from 50 ms to 2 s and start anew after a success. */
export function createBackoff(): { next(): number; reset(): void } {
  let ms = 25;
  return {
    next() {
      ms = Math.min(2_000, ms * 2);
      return ms;
    },
    reset() {
      ms = 25;
    },
  };
}

/** Lets a number of callers in at the same time; the others wait, first come first served. */
export interface Semaphore {
  acquire(): Promise<void>;
  release(): void;
  /** Runs the work once there is a permit for it. */
  run<T>(work: () => Promise<T>): Promise<T>;
}

export function createSemaphore(permits: number): Semaphore {
  let free = permits;
  const waiting: (() => void)[] = [];

  async function acquire(): Promise<void> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function release(): void {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  }

  return {
    acquire,
    release,
    async run(work) {
      await acquire();
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
