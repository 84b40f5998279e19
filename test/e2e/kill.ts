import { setTimeout as delay } from 'node:timers/promises';
import { between, type Random } from '../../src/simulation/random.ts';
import { until } from '../support/until.ts';
import type { Load } from './load.ts';

/** Work that a kill may hit: in a request, between append and answer, in a batch of the projector. */
const SPREAD_MS = 40;

/**
 * Random moments while so many events are posted, spread over the whole: each waits for its share of the
 * acknowledgements and then some milliseconds more.
 */
export function killMoments(
  random: Random,
  events: number,
  kills: number,
): ((load: Load) => Promise<void>)[] {
  const share = events / (kills + 1);
  return Array.from({ length: kills }, (_, kill) => {
    const wanted = Math.round(share * (kill + random()));
    const moreMs = between(random, 0, SPREAD_MS);
    return async (load: Load) => {
      const ended = load.done.then(() => true);
      await until(() => load.acknowledged() >= wanted, {
        timeoutMs: 60_000,
        what: `${wanted} acknowledgements`,
      });
      await Promise.race([delay(moreMs), ended]);
    };
  });
}
