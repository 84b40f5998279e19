import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createClient, kafkaError } from './client.ts';

describe('what an error of kafkajs means', () => {
  test('a fault of kafkajs itself is told as one, and not as what a broker said', () => {
    const slip = new TypeError("Cannot read properties of null (reading 'topicMetadata')");
    const wrapped = Object.assign(new Error(slip.message, { cause: slip }), {
      name: 'KafkaJSNonRetriableError',
    });
    for (const error of [slip, wrapped]) {
      expect(kafkaError(error)).toMatchObject({
        name: 'LogUnavailable',
        cause: error,
        message:
          "Kafka: its client met a state that it does not know, and is connected anew (Cannot read properties of null (reading 'topicMetadata'))",
      });
    }
  });

  test('what a broker said is told as it is', () => {
    expect(kafkaError(new Error('This server does not host this topic-partition'))).toMatchObject({
      name: 'LogUnavailable',
      message: 'Kafka: This server does not host this topic-partition',
    });
  });
});

test('a client that is thrown away while it connects opens nothing any more', async () => {
  const connections: Socket[] = [];
  const server = createServer((socket) => connections.push(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = createClient({
    ...{ brokers: [`127.0.0.1:${port}`], clientId: 'test' },
    logger: pino({ level: 'silent' }),
  });
  const connecting = client.kafka.admin().connect();
  connecting.catch(() => undefined);
  try {
    await once(server, 'connection');
    await client.dispose(async () => undefined);
    await expect(connecting).rejects.toThrow();
    expect(connections).toHaveLength(1);
  } finally {
    for (const socket of connections) socket.destroy();
    server.close();
    await once(server, 'close');
  }
});
