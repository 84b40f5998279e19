/** One process of the service: the product's own batcher, appender, subscription, grouping and projector over the models. */

import { pino } from 'pino';
import { type Batcher, createBatcher } from '../../src/intake/batcher.ts';
import { createKafkaAppender } from '../../src/log/kafka/append.ts';
import { DEFAULT_BATCH_BYTES } from '../../src/log/kafka/batch-size.ts';
import { subscribeKafka } from '../../src/log/kafka/subscribe.ts';
import type { Progress, Subscription } from '../../src/log/log.ts';
import { createBatchGrouping } from '../../src/projection/live/grouping.ts';
import { projectInside, withRepeats } from '../../src/projection/live/project.ts';
import { GROUPS_IN_FLIGHT } from '../../src/projection/live/projector.ts';
import { createRepeats } from '../../src/projection/live/repeats.ts';
import type { SettingsCache } from '../../src/projection/tables/tenant-rules.ts';
import type { Unsealing } from '../../src/projection/unsealing.ts';
import type { Broker } from './broker.ts';
import type { Store } from './store.ts';
import type { Process } from './world.ts';

const TOPIC = 'events';
/** So that repeats are forgotten, and others taken for some. */
const SHORT_MEMORY = { keys: 3, afterMiss: 2, bits: 64 };
const SESSION_TIMEOUT_MS = 10_000;
const logger = pino({ enabled: false });

/** Records are of format 1, in clear: what is simulated is the same for either. */
export const NOTHING_SEALED: Unsealing = {
  open: async () => [],
  erasedOrder: async () => [],
  contentHash() {
    throw new Error('records of format 1 have no hash of their content');
  },
};

export interface Instance {
  process: Process;
  intake: Batcher;
  /** Stops as a service does: what was taken is finished. */
  stop(): Promise<void>;
}

/** Call it from within the process. `broken`: told of a log that is not the one that was projected. */
export function startInstance(
  process: Process,
  {
    broker,
    store,
    settings,
    note,
  }: { broker: Broker; store: Store; settings: SettingsCache; note: (line: string) => void },
  broken: (error: unknown) => void,
): Instance {
  const partitions = broker.partitions.length;
  const known = new Array<number>(partitions).fill(0);
  const limit = { bytes: () => DEFAULT_BATCH_BYTES, look: async () => DEFAULT_BATCH_BYTES };
  const appender = createKafkaAppender(broker.producer(process), TOPIC, partitions, known, limit, 4_500);
  // Far smaller than in the product, so that a few events fill them.
  const intake = createBatcher(appender, { maxRecords: 40, maxBytes: 1_000_000, batchRecords: 4 });
  const repeats = createRepeats(SHORT_MEMORY);
  const project = createBatchGrouping<Progress>({
    groups: GROUPS_IN_FLIGHT,
    worthwhile: 3,
    records: 8,
    handle: async (batches) => {
      const { results } = await withRepeats({ settings, unsealing: NOTHING_SEALED, repeats }, (folding) =>
        store.transact(process, (projection) => projectInside(projection, batches, folding)),
      );
      return results.map(({ progress }) => progress);
    },
  });
  const subscription: Subscription = subscribeKafka(
    {
      connection: { brokers: [], clientId: process.name, logger },
      ...{ topic: TOPIC, partitions, sessionTimeoutMs: SESSION_TIMEOUT_MS },
      async ends() {
        const ranges = await broker.ends(process);
        for (const { partition, end } of ranges) known[partition] = Math.max(known[partition] ?? 0, end);
        return ranges;
      },
      deleteGroup: async () => undefined,
    },
    {
      group: 'projector',
      concurrency: partitions,
      batchSize: 3,
      progress: (asked) => store.progress(process, asked),
      handle: project,
      failed: (partition, error) => note(`${process.name}: ${partition} is tried again: ${error}`),
    },
    broker.sessions(process),
  );
  subscription.done.catch(broken);
  return {
    process,
    intake,
    async stop() {
      await Promise.all([subscription.stop(), intake.stop()]);
      process.alive = false;
    },
  };
}
