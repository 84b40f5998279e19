/** Where the partitions of a topic begin, how far they can be read, and where they end. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin, ITopicConfig } from 'kafkajs';
import { LogBroken, LogUnavailable, type PartitionRange } from '../log.ts';

/**
 * Rejects with `LogBroken` where the topic is gone. A partition ends at its high watermark, which is what an
 * acknowledgement means; while a transaction is open in it, consumers are given nothing from its first record on.
 */
export async function readRanges(admin: Admin, topic: string): Promise<PartitionRange[]> {
  return await askOfTopic(admin, topic, async () => {
    // In this order: what can be read only grows, and so never passes an end that was read after it.
    const stable = await inIsolation(READ_COMMITTED, () => admin.fetchTopicOffsets(topic));
    const all = await inIsolation(READ_UNCOMMITTED, () => admin.fetchTopicOffsets(topic));
    const readable = new Map(stable.map(({ partition, high }) => [partition, Number(high)]));
    return all
      .map(({ partition, low, high }) => {
        const end = Number(high);
        return { partition, low: Number(low), readable: readable.get(partition) ?? end, end };
      })
      .sort((a, b) => a.partition - b.partition);
  });
}

/** A question about a topic that was there, and may go at any time: rejects with `LogBroken` where it is gone. */
export async function askOfTopic<T>(admin: Admin, topic: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(await topicExists(admin, topic))) throw topicGone(topic);
    throw error;
  }
}

/** Asked first, because kafkajs takes 9 s to give up on an unknown topic. */
export async function topicExists(admin: Admin, topic: string): Promise<boolean> {
  return (await admin.listTopics()).includes(topic);
}

const MAKE_MS = 4_000;
const LISTED_EVERY_MS = 50;

/**
 * Makes a topic and waits until it is listed; false: somebody else has made it. A broker may know nothing of one for a
 * moment after it was made, which kafkajs' own wait for its leaders takes for a failure.
 */
export async function makeTopic(admin: Admin, settings: ITopicConfig): Promise<boolean> {
  const { topic } = settings;
  const made = await admin.createTopics({ waitForLeaders: false, timeout: MAKE_MS, topics: [settings] });
  const deadline = performance.now() + MAKE_MS;
  while (!(await topicExists(admin, topic))) {
    if (performance.now() > deadline)
      throw new LogUnavailable(`Kafka: topic ${topic} was created and is not there after ${MAKE_MS} ms`);
    await delay(LISTED_EVERY_MS);
  }
  return made;
}

export function topicGone(topic: string): LogBroken {
  return new LogBroken(
    `Topic ${topic} is no longer there: restore it, or connect janela to the log that this database was projected from.`,
  );
}

/** As in Kafka's protocol: up to the high watermark, and up to the last stable offset. */
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;
type Isolation = typeof READ_UNCOMMITTED | typeof READ_COMMITTED;

interface ListOffsets {
  isolationLevel?: number;
}
type Broker = { prototype: { listOffsets(request: ListOffsets): Promise<unknown> } };

const isolation = new AsyncLocalStorage<Isolation>();

/** The admin client of kafkajs 2.2.4 knows no isolation level: it sends none, and its request then has READ_COMMITTED. */
function inIsolation<T>(level: Isolation, ask: () => Promise<T>): Promise<T> {
  return isolation.run(level, ask);
}

letAdminChooseIsolation();

function letAdminChooseIsolation(): void {
  const { prototype }: Broker = createRequire(import.meta.url)('kafkajs/src/broker');
  const { listOffsets } = prototype;
  if (listOffsets.name === listOffsetsInIsolation.name) return;
  function listOffsetsInIsolation(this: Broker['prototype'], request: ListOffsets): Promise<unknown> {
    const level = isolation.getStore() ?? request.isolationLevel;
    return listOffsets.call(this, level === undefined ? request : { ...request, isolationLevel: level });
  }
  prototype.listOffsets = listOffsetsInIsolation;
}
