/** Token buckets by name: each fills by so many a second, up to what `BURST_SECONDS` bring. */
export interface Buckets {
  /** Seconds until there is a token; 0: there is one. */
  wait(name: string): number;
  /**
   * Takes so many, also more than there are: what is asked for at once may be larger than any bucket, and the debt is
   * paid by whoever comes next.
   */
  take(name: string, amount: number): void;
}

export const BURST_SECONDS = 10;
/** Full buckets are forgotten, so that names without end take no memory; looked for when there are so many or more. */
const SWEEP_AT = 10_000;

/** `perSecond` 0: no limit. `clock` is monotonic, in ms. */
export function createBuckets(perSecond: number, clock: () => number = () => performance.now()): Buckets {
  const burst = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { tokens: number; at: number }>();
  let sweepAt = SWEEP_AT;

  function sweep(now: number): void {
    for (const [name, { tokens, at }] of buckets) {
      if (tokens + ((now - at) * perSecond) / 1_000 >= burst) buckets.delete(name);
    }
    sweepAt = Math.max(SWEEP_AT, 2 * buckets.size);
  }

  /** The bucket as it is now. */
  function bucketOf(name: string): { tokens: number; at: number } {
    const now = clock();
    const known = buckets.get(name);
    if (known !== undefined) {
      known.tokens = Math.min(burst, known.tokens + ((now - known.at) * perSecond) / 1_000);
      known.at = now;
      return known;
    }
    if (buckets.size >= sweepAt) sweep(now);
    const bucket = { tokens: burst, at: now };
    buckets.set(name, bucket);
    return bucket;
  }

  if (perSecond === 0) return { wait: () => 0, take: () => undefined };
  return {
    wait(name) {
      const { tokens } = bucketOf(name);
      return tokens >= 1 ? 0 : (1 - tokens) / perSecond;
    },
    take(name, amount) {
      bucketOf(name).tokens -= amount;
    },
  };
}
