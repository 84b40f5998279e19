/** The value below which a share of the samples lies; samples in any order. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** Of an even number of samples the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}

/** One line of the result: a measured ratio against its target. */
export interface Finding {
  name: string;
  measured: string;
  ratio: number;
  target: string;
  met: boolean;
}

export function atLeast(name: string, measured: string, ratio: number, target: number): Finding {
  return { name, measured, ratio, target: `>= ${target}`, met: ratio >= target };
}

export function atMost(name: string, measured: string, ratio: number, target: number): Finding {
  return { name, measured, ratio, target: `<= ${target}`, met: ratio <= target };
}

export function show(findings: readonly Finding[]): void {
  for (const { name, measured, ratio, target, met } of findings) {
    console.log(`${met ? 'met   ' : 'MISSED'}  ${name}: ${measured}; ${ratio.toFixed(2)} (target ${target})`);
  }
}

/** Things per second over a stretch of milliseconds. */
export function rate(count: number, ms: number): number {
  return Math.round((count * 1000) / ms);
}
