import { Presets, SingleBar } from 'cli-progress';

/** Shows how far long work has come, on stderr: a bar on a terminal, elsewhere a line every few seconds. */
export interface ProgressBar {
  /**
   * `total` may grow while the work goes on; `note` says what is being done now. `rate` per second, where it is measured
   * elsewhere; else it is taken from the start.
   */
  show(done: number, total: number, note?: string, rate?: number): void;
  /** Leaves the bar as it is; what is written next starts on a line of its own. */
  end(): void;
}

const LINE_EVERY_MS = 5_000;

export function createProgressBar(
  what: string,
  unit: string,
  now = (): number => performance.now(),
): ProgressBar {
  return process.stderr.isTTY ? bar(what, unit, now) : lines(what, unit, now);
}

function bar(what: string, unit: string, now: () => number): ProgressBar {
  const shown = new SingleBar(
    {
      format: `${what} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s | {left} {note}`,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  );
  const startedAt = now();
  let started = false;
  return {
    show(done, total, note = '', rate = rateOf(done, now() - startedAt)) {
      const payload = { rate, left: leftOf(done, total, rate), note };
      if (!started) shown.start(total, 0, payload);
      started = true;
      shown.setTotal(total);
      shown.update(done, payload);
    },
    end() {
      if (started) shown.stop();
    },
  };
}

function lines(what: string, unit: string, now: () => number): ProgressBar {
  const startedAt = now();
  let lastAt = startedAt;
  return {
    show(done, total, note = '', rate = rateOf(done, now() - startedAt)) {
      if (now() - lastAt < LINE_EVERY_MS) return;
      lastAt = now();
      const left = leftOf(done, total, rate);
      const parts = [`${done} of ${total} ${unit}`, `${rate}/s`, ...(left === '' ? [] : [left])];
      process.stderr.write(`${what}: ${parts.join(', ')}${note === '' ? '' : ` (${note})`}\n`);
    },
    end: () => undefined,
  };
}

function rateOf(done: number, elapsedMs: number): number {
  return elapsedMs <= 0 ? 0 : Math.round((done * 1_000) / elapsedMs);
}

function leftOf(done: number, total: number, rate: number): string {
  return rate === 0 ? '' : `${Math.ceil(Math.max(0, total - done) / rate)} s left`;
}
