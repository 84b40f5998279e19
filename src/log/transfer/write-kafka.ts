/** Fills a topic that nobody else writes to. */

import type { Admin, Producer } from 'kafkajs';
import { createReconnectingClient, type KafkaConnection, RETRY } from '../kafka/client.ts';
import { LogUnavailable, TransferRefused } from '../log.ts';
import { retryWhileUnavailable } from '../read.ts';
import type { SoleWriter } from './write.ts';

const SEND_MS = 10_000;
/** How long the broker waits for its replicas. */
const ACKS_MS = 5_000;
const ASK_MS = 5_000;

/**
 * Writes into a topic one batch at a time and never twice by itself: kafkajs is not allowed to send anything again,
 * because only whoever reads the end of the partition knows whether that would be a repetition.
 */
export function createKafkaWriter(connection: KafkaConnection, topic: string): SoleWriter {
  const client = createReconnectingClient<Producer>(connection, (kafka) =>
    kafka.producer({
      idempotent: false,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { ...RETRY, retries: 0 },
    }),
  );
  return {
    async append(partition, records) {
      const messages = records.map(({ key, value }) => ({ partition, key, value }));
      const [answer] = await client.use(SEND_MS, (producer) =>
        producer.send({ topic, acks: -1, timeout: ACKS_MS, messages }),
      );
      if (answer?.baseOffset === undefined) throw new LogUnavailable('Kafka did not say where it wrote');
      return Number(answer.baseOffset);
    },
    close: () => client.close(),
  };
}

/** Kafka keeps nobody from writing, so all that can be done is to look whether a service reads the topic. */
export async function refuseWhileProjected(connection: KafkaConnection, topic: string): Promise<void> {
  const group = `${topic}.janela-projector`;
  const admin = createReconnectingClient<Admin>(connection, (kafka) => kafka.admin());
  try {
    const { groups } = await retryWhileUnavailable(() =>
      admin.use(ASK_MS, (client) => client.describeGroups([group])),
    );
    const members = groups[0]?.members.length ?? 0;
    if (members > 0)
      throw new TransferRefused(
        `${members === 1 ? 'A service reads' : `${members} services read`} topic ${topic} (group ${group}): stop every service first. One that was killed counts for another 10 s.`,
      );
  } finally {
    await admin.close();
  }
}
