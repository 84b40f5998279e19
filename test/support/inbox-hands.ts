/** The inbox as the teams that write to it see it, and whoever looks after what it refused. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import kafkajs, { type IHeaders, type KafkaMessage, type Message } from 'kafkajs';
import { limitRequestQueueTimers } from '../../src/log/kafka/client.ts';
import { topicExists } from '../../src/log/kafka/offsets.ts';
import { kafkaJars } from './servers/kafka-jars.ts';
import { until } from './until.ts';

limitRequestQueueTimers();

const INBOX_PARTITIONS = 3;

/** Records of other teams on their way to janela. */
export interface InboxHands {
  create(topic: string, config?: Record<string, string>): Promise<void>;
  configure(topic: string, config: Record<string, string>): Promise<void>;
  exists(topic: string): Promise<boolean>;
  /** Removes all records but so many last ones of each partition, as retention would. */
  removeBut(topic: string, last: number): Promise<void>;
  /** Rejects where the broker is away; some may have been kept then. */
  send(topic: string, messages: readonly Message[]): Promise<void>;
  /** Sends what nobody is shown before what this resolves with is called: then all of it is there at once. */
  sendHidden(topic: string, messages: readonly Message[]): Promise<() => Promise<void>>;
  /** Records that the group has committed, and all that are in the topic. */
  progress(topic: string, group: string): Promise<{ taken: number; all: number }>;
  /** Resolves once the group has committed all that is in the topic. */
  untilTaken(topic: string, group: string): Promise<void>;
  /** All that is in a topic now, in no order. */
  read(topic: string): Promise<KafkaMessage[]>;
  close(): Promise<void>;
}

const AT_ONCE = 1_000;

/** A broker that was killed takes some seconds to come back. */
const RETRY = { retries: 40, initialRetryTime: 100, maxRetryTime: 500 };

export async function inboxHands(brokers: string[]): Promise<InboxHands> {
  const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING, retry: RETRY });
  const admin = kafka.admin();
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await Promise.all([admin.connect(), producer.connect()]);

  async function ends(topic: string): Promise<Map<number, number>> {
    const found = await admin.fetchTopicOffsets(topic);
    return new Map(found.map(({ partition, high }) => [partition, Number(high)]));
  }

  async function progress(topic: string, groupId: string): Promise<{ taken: number; all: number }> {
    const all = sum((await ends(topic)).values());
    const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const offsets = found?.partitions.map(({ offset }) => Math.max(0, Number(offset))) ?? [];
    return { taken: sum(offsets), all };
  }

  /** A broker that came back says for a while that it is not who to ask, in answers that kafkajs' admin hands on. */
  async function isTaken(topic: string, group: string): Promise<boolean> {
    try {
      const { taken, all } = await progress(topic, group);
      return taken === all;
    } catch (error) {
      if (error instanceof kafkajs.KafkaJSError && error.retriable) return false;
      throw error;
    }
  }

  return {
    async create(topic, config = {}) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, numPartitions: INBOX_PARTITIONS, replicationFactor: 1, configEntries }],
      });
    },
    async configure(topic, config) {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries };
      await admin.alterConfigs({ validateOnly: false, resources: [resource] });
    },
    exists: (topic) => topicExists(admin, topic),
    async removeBut(topic, last) {
      const partitions = Array.from(await ends(topic), ([partition, end]) => ({
        partition,
        offset: String(Math.max(0, end - last)),
      }));
      await admin.deleteTopicRecords({ topic, partitions });
    },
    async send(topic, messages) {
      await producer.send({ topic, acks: -1, messages: [...messages] });
    },
    async sendHidden(topic, messages) {
      const transactional = kafka.producer({
        ...{ transactionalId: `${topic}.hidden.${performance.now()}`, transactionTimeout: 600_000 },
        ...{ maxInFlightRequests: 1, idempotent: true, retry: RETRY },
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      });
      await transactional.connect();
      const transaction = await transactional.transaction();
      for (let i = 0; i < messages.length; i += AT_ONCE)
        await transaction.send({ topic, acks: -1, messages: messages.slice(i, i + AT_ONCE) });
      return async () => {
        await transaction.commit();
        await transactional.disconnect();
      };
    },
    progress,
    async untilTaken(topic, group) {
      await until(() => isTaken(topic, group), { what: 'the inbox to be taken' });
    },
    async read(topic) {
      const wanted = await ends(topic);
      const consumer = kafka.consumer({ groupId: `${topic}.reader.${performance.now()}` });
      // By where they stand: whoever loses the group is given some twice.
      const messages = new Map<string, KafkaMessage>();
      const count = sum(wanted.values());
      await consumer.connect();
      try {
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            messages.set(`${partition}/${message.offset}`, message);
          },
        });
        await until(() => messages.size >= count, { what: `${count} records of ${topic}` });
      } finally {
        await consumer.disconnect();
      }
      return [...messages.values()];
    },
    async close() {
      await Promise.all([admin.disconnect(), producer.disconnect()]);
    },
  };
}

/** Headers as text; of one that is there more than once, the last. */
export function headersOf({ headers = {} }: { headers?: IHeaders | undefined }): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().at(-1)?.toString() ?? '']),
  );
}

function sum(counts: Iterable<number>): number {
  return [...counts].reduce((all, count) => all + count, 0);
}

/** Sends what `Produce.java` takes as its lines, by Kafka's own client. */
export async function produce(
  brokers: readonly string[],
  topic: string,
  lines: readonly string[],
): Promise<void> {
  const source = join(import.meta.dirname, 'servers', 'Produce.java');
  const java = spawn('java', ['-cp', await kafkaJars(), source, brokers.join(','), topic], {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let said = '';
  java.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  java.stdin.end(`${lines.join('\n')}\n`);
  const [code] = (await once(java, 'close')) as [number | null];
  if (code !== 0) throw new Error(`java ended with ${code}:\n${said}`);
}
