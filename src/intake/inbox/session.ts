/** One life of the consumer that reads the inbox: it commits what was taken, and may crash at any time. */

import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { onSetBack } from '../../clock.ts';
import { createClient, type KafkaConnection, RETRY } from '../../log/kafka/client.ts';
import { pieces } from '../pieces.ts';

/** Records of one partition, in their order. */
export interface InboxBatch {
  partition: number;
  messages: readonly KafkaMessage[];
}

export interface InboxSession {
  /** Rejects when kafkajs could not start or gave up; never resolves. */
  crashed: Promise<never>;
  /** Waits for what is being taken, and leaves the group. Never rejects. */
  close(): Promise<void>;
}

export interface InboxSource {
  connection: KafkaConnection;
  topic: string;
  groupId: string;
}

export interface InboxHandler {
  /** Called at every (re)join of the group. */
  joined(partitions: readonly number[]): void;
  /** Resolves once nothing of the batch can be lost. `alive` tells the group that this member is; it rejects where it is none any more. */
  take(batch: InboxBatch, alive: () => Promise<void>): Promise<void>;
}

/** A killed process loses its partitions to the others after so long. */
const SESSION_TIMEOUT_MS = 10_000;
const HEARTBEAT_MS = Math.ceil(SESSION_TIMEOUT_MS / 6);

/** What is taken at a time: as much as is appended at a time. */
const MOST = { records: 1_000, bytes: 1024 * 1024 };

/** Joins the group and takes what comes, from the beginning of the topic where the group is new. */
export function startInboxSession(source: InboxSource, handler: InboxHandler): InboxSession {
  const client = createClient(source.connection);
  const consumer = client.kafka.consumer({
    groupId: source.groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    heartbeatInterval: HEARTBEAT_MS,
    rebalanceTimeout: 15_000,
    maxWaitTimeInMs: 100,
    minBytes: 1,
    maxBytesPerPartition: 1024 * 1024,
    maxBytes: 4 * 1024 * 1024,
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    retry: { ...RETRY, restartOnFailure: async () => false },
  });
  const crash = Promise.withResolvers<never>();
  let inHand: Promise<unknown> = Promise.resolve();
  let closing = false;
  consumer.on(consumer.events.CRASH, ({ payload }) => crash.reject(payload.error));
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
    handler.joined(payload.memberAssignment[source.topic] ?? []),
  );
  const eachBatch = (payload: EachBatchPayload) => {
    const taken = takeInPieces(payload, handler, () => closing);
    inHand = Promise.allSettled([taken]);
    return taken;
  };
  run(consumer, source.topic, eachBatch).catch(crash.reject);
  // kafkajs counts its heartbeats by the wall clock: set back it would send none, and lose its partitions unnoticed.
  const unwatch = onSetBack(HEARTBEAT_MS, () => crash.reject(new Error('the clock was set back')));
  return {
    crashed: crash.promise,
    async close() {
      closing = true;
      unwatch();
      await inHand;
      await client.dispose(() => consumer.disconnect());
    },
  };
}

/**
 * kafkajs commits what was resolved, and resolved is only what was taken: `autoCommit` also passes the marks of
 * transactions, which nobody is handed and which would else look like records that wait.
 */
async function run(
  consumer: Consumer,
  topic: string,
  eachBatch: (payload: EachBatchPayload) => Promise<void>,
): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: true,
    autoCommitInterval: 0,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 1,
    eachBatch,
  });
}

async function takeInPieces(
  payload: EachBatchPayload,
  handler: InboxHandler,
  isClosing: () => boolean,
): Promise<void> {
  const { batch, heartbeat, resolveOffset, commitOffsetsIfNecessary, isRunning, isStale } = payload;
  for (const messages of pieces(batch.messages, ({ value }) => value?.length ?? 0, MOST)) {
    if (isClosing() || !isRunning() || isStale()) return;
    await handler.take({ partition: batch.partition, messages }, heartbeat);
    resolveOffset(messages.at(-1)?.offset ?? '');
    await commitOffsetsIfNecessary();
    await heartbeat();
  }
}
