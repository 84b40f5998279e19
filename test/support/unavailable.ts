import { expect } from '@jest/globals';
import { type EventLog, LogUnavailable } from '../../src/log/log.ts';
import { until } from './until.ts';

/** The answer of an append while the broker is away; anything else is a failure of the test. */
export function unavailable(error: unknown): false {
  expect(error).toBeInstanceOf(LogUnavailable);
  return false;
}

/** Once Kafka answers again: an answer that was under way in the meantime may still fail. */
export async function endOf(log: EventLog, partition: number): Promise<number> {
  let end = -1;
  const ask = async () => {
    end = (await log.ends())[partition]?.end ?? -1;
    return true;
  };
  await until(() => ask().catch(unavailable), { what: 'the ends of the log' });
  return end;
}
