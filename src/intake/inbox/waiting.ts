/** How much of the inbox waits to be taken, as whoever looks from outside sees it. */

import type { Admin } from 'kafkajs';
import type { Logger } from 'pino';
import { pause, startLoop } from '../../async.ts';
import type { ReconnectingClient } from '../../log/kafka/client.ts';
import type { Metrics } from '../../metrics.ts';

const EVERY_MS = 5_000;
const LOOK_MS = 4_000;

interface Options {
  admin: ReconnectingClient<Admin>;
  topic: string;
  group: string;
  metrics: Pick<Metrics, 'inboxWaiting'>;
  logger: Pick<Logger, 'debug'>;
}

/** Every process tells the same numbers, so that one that stands still, or all of them, are seen. */
export function watchInboxLag({ admin, topic, group, metrics, logger }: Options): { stop(): Promise<void> } {
  return startLoop(async (signal) => {
    while (!signal.aborted) {
      try {
        const waiting = await admin.use(LOOK_MS, (client) => waitingIn(client, topic, group));
        for (const [partition, records] of waiting) metrics.inboxWaiting.set({ partition }, records);
      } catch (error) {
        logger.debug({ err: error }, 'could not look how much of the inbox waits');
      }
      await pause(EVERY_MS, signal);
    }
  });
}

/** Offsets by partition: those before which nothing is stored any more, what the group has committed (0: nothing), ends. */
interface Place {
  partition: number;
  low: number;
  committed: number;
  end: number;
}

async function placesIn(admin: Admin, topic: string, group: string): Promise<Place[]> {
  const [committed = { partitions: [] }] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const next = new Map(committed.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
  const ends = await admin.fetchTopicOffsets(topic);
  return ends.map(({ partition, low, high }) => {
    return {
      partition,
      low: Number(low),
      committed: Math.max(0, next.get(partition) ?? 0),
      end: Number(high),
    };
  });
}

/** Records by partition; offsets without a record count too. */
async function waitingIn(admin: Admin, topic: string, group: string): Promise<Map<number, number>> {
  const places = await placesIn(admin, topic, group);
  return new Map(
    places.map(({ partition, low, committed, end }) => [partition, end - Math.max(low, committed)]),
  );
}

/** Records that were removed from the topic before a group that reads it had taken them; a new group misses none. */
export async function missedIn(admin: Admin, topic: string, group: string): Promise<number> {
  const places = await placesIn(admin, topic, group);
  return places.reduce(
    (missed, { low, committed }) => missed + (committed === 0 ? 0 : Math.max(0, low - committed)),
    0,
  );
}
