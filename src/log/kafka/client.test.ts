import { describe, expect, test } from '@jest/globals';
import { kafkaError } from './client.ts';

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
