import { setTimeout as delay } from 'node:timers/promises';
import { type EventLog, LogUnavailable, type PartitionRange } from './log.ts';
import { createBackoff } from './signal.ts';

/** With pauses of up to 2 s, and what each attempt takes: some 20 s to a minute. */
const ATTEMPTS = 12;

/** Asks again for a while where the log is unavailable: what was just made has no leaders or coordinators yet. */
export async function patiently<T>(
  ask: () => Promise<T>,
  waiting: (error: unknown) => void = () => undefined,
): Promise<T> {
  const backoff = createBackoff();
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof LogUnavailable) || attempt === ATTEMPTS) throw error;
      waiting(error);
    }
    await delay(backoff.next());
  }
}

export function patientEnds(log: EventLog, waiting?: (error: unknown) => void): Promise<PartitionRange[]> {
  return patiently(() => log.ends(), waiting);
}
