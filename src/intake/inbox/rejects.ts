/** The topic of what the inbox refused: each record as it came, with the problem as a header. */

import kafkajs, { type Admin, type KafkaMessage, type Message, type Producer } from 'kafkajs';
import type { Logger } from 'pino';
import { createReconnectingClient, isTooLarge, type KafkaConnection, RETRY } from '../../log/kafka/client.ts';
import { makeTopic, topicExists } from '../../log/kafka/offsets.ts';
import { largestBatch } from '../../log/kafka/topic.ts';
import { LogRefused } from '../../log/log.ts';
import { pieces } from '../pieces.ts';

/** A problem document about one record. */
export type RecordProblem = Readonly<Record<string, unknown>>;

export interface Refused {
  message: KafkaMessage;
  /** Where in the inbox it stands. */
  partition: number;
  problem: RecordProblem;
}

export interface Rejects {
  /** Resolves once all are durable. Rejects with `LogUnavailable` or `LogRefused`; some may have been kept then. */
  send(refused: readonly Refused[]): Promise<void>;
  close(): Promise<void>;
}

const SEND_MS = 5_000;
const ACKS_MS = 3_000;
/** At a time: each may be as large as the inbox takes. */
const MOST = { records: 1_000, bytes: 1024 * 1024 };
/** For the headers, beyond what the inbox takes. */
const HEADER_BYTES = 64 * 1024;

const PROBLEM = 'janela-problem';
const ORIGIN = 'janela-origin';

export interface RejectsOptions {
  connection: KafkaConnection;
  /** The inbox's topic, to say where a record stood. */
  inbox: string;
  topic: string;
  logger: Pick<Logger, 'warn'>;
}

export function openRejects({ connection, inbox, topic, logger }: RejectsOptions): Rejects {
  const client = createReconnectingClient<Producer>(connection, (kafka) =>
    kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      metadataMaxAge: 60_000,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { ...RETRY, retries: 2 },
    }),
  );

  async function sendAll(messages: Message[]): Promise<void> {
    await client.use(SEND_MS, (producer) => producer.send({ topic, acks: -1, timeout: ACKS_MS, messages }));
  }

  async function sendOne(message: Message): Promise<void> {
    try {
      await sendAll([message]);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      // It stands in the inbox, where its origin names it, and must not hold up the rest.
      logger.warn(
        { topic, origin: message.headers?.[ORIGIN] },
        'a refused record is too large for its topic',
      );
      await sendAll([{ ...message, value: null }]);
    }
  }

  return {
    async send(refused) {
      const rejected = refused.map((one) => rejectedMessage(inbox, one));
      for (const messages of pieces(rejected, ({ value }) => value?.length ?? 0, MOST)) {
        try {
          await sendAll(messages);
        } catch (error) {
          if (!isTooLarge(error)) throw error;
          for (const message of messages) await sendOne(message);
        }
      }
    },
    close: () => client.close(),
  };
}

function rejectedMessage(inbox: string, { message, partition, problem }: Refused): Message {
  const { key, value, headers } = message;
  const origin = `${inbox}/${partition}/${message.offset}`;
  return { key, value, headers: { ...headers, [PROBLEM]: JSON.stringify(problem), [ORIGIN]: origin } };
}

/**
 * Makes the topic of what is refused, if it is not there, and with as many partitions as the inbox. Rejects with
 * `LogRefused` where there is no inbox: that one is made by whoever writes to it.
 */
export async function ensureRejects(
  admin: Admin,
  { inbox, topic, replication }: { inbox: string; topic: string; replication: number },
): Promise<void> {
  if (!(await topicExists(admin, inbox)))
    throw new LogRefused(`There is no topic ${inbox}: create it, or correct KAFKA_INBOX_TOPIC.`);
  if (await topicExists(admin, topic)) return;
  const { topics } = await admin.fetchTopicMetadata({ topics: [inbox] });
  const largest = (await largestBatch(admin, inbox)) + HEADER_BYTES;
  await makeTopic(admin, {
    topic,
    numPartitions: topics[0]?.partitions.length ?? 1,
    replicationFactor: replication,
    configEntries: [{ name: 'max.message.bytes', value: String(largest) }],
  });
}
