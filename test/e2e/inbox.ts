/** The inbox as the teams that write to it see it, and whoever looks after what it refused. */

import kafkajs, { type IHeaders, type KafkaMessage, type Message } from 'kafkajs';
import { limitRequestQueueTimers } from '../../src/log/kafka/client.ts';
import { topicExists } from '../../src/log/kafka/offsets.ts';
import { until } from '../support/until.ts';

limitRequestQueueTimers();

const INBOX_PARTITIONS = 3;

/** Records of other teams on their way to janela. */
export interface InboxHands {
  create(topic: string, config?: Record<string, string>): Promise<void>;
  configure(topic: string, config: Record<string, string>): Promise<void>;
  exists(topic: string): Promise<boolean>;
  /** Rejects where the broker is away; some may have been kept then. */
  send(topic: string, messages: readonly Message[]): Promise<void>;
  /** Resolves once the group has committed all that is in the topic. */
  untilTaken(topic: string, group: string): Promise<void>;
  /** All that is in a topic now, in no order. */
  read(topic: string): Promise<KafkaMessage[]>;
  close(): Promise<void>;
}

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
    async send(topic, messages) {
      await producer.send({ topic, acks: -1, messages: [...messages] });
    },
    async untilTaken(topic, group) {
      const taken = async () => {
        const wanted = await ends(topic);
        const [{ partitions } = { partitions: [] }] = await admin.fetchOffsets({
          groupId: group,
          topics: [topic],
        });
        return [...wanted].every(([partition, end]) => {
          const committed = partitions.find((one) => one.partition === partition)?.offset ?? '-1';
          return end === 0 || Number(committed) === end;
        });
      };
      await until(taken, { what: 'the inbox to be taken' });
    },
    async read(topic) {
      const wanted = await ends(topic);
      const consumer = kafka.consumer({ groupId: `${topic}.reader.${performance.now()}` });
      const messages: KafkaMessage[] = [];
      const count = [...wanted.values()].reduce((sum, end) => sum + end, 0);
      await consumer.connect();
      try {
        await consumer.subscribe({ topics: [topic], fromBeginning: true });
        await consumer.run({
          autoCommit: false,
          eachMessage: async ({ message }) => {
            messages.push(message);
          },
        });
        await until(() => messages.length >= count, { what: `${count} records of ${topic}` });
      } finally {
        await consumer.disconnect();
      }
      return messages;
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
