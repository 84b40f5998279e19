import { expect, test } from '@jest/globals';
import { type Config, type Environment, type Purpose, readConfig } from './config.ts';

function config(env: Environment): Config {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.problems.join('\n'));
  return result.config;
}

function problems(env: Environment, purpose?: Purpose): string[] {
  const result = readConfig(env, purpose);
  return result.ok ? [] : result.problems;
}

test('nothing set: everything embedded, with the documented defaults', () => {
  expect(config({})).toEqual({
    database: { kind: 'embedded' },
    log: { kind: 'postgres' },
    partitions: 12,
    host: '127.0.0.1',
    port: 3000,
    adminKey: null,
    roles: new Set(['api', 'projector']),
    graceHours: 72,
    defaultTimeZone: 'America/Sao_Paulo',
    dataDir: expect.stringMatching(/[/\\]\.janela$/),
    logLevel: 'info',
    shutdownSeconds: 10,
  });
});

test('an empty setting counts as left out', () => {
  expect(config({ PORT: '', DATABASE_URL: '', ROLES: '' })).toEqual(config({}));
});

test('every bad setting is reported, with what was given and what is allowed', () => {
  const env = {
    PORT: '70000',
    ROLES: 'api,worker',
    LOG_LEVEL: 'loud',
    LOG_PARTITIONS: '0',
    DEFAULT_TIME_ZONE: 'America/Nowhere',
    GRACE_HOURS: '-1',
    SHUTDOWN_SECONDS: '1e3',
    KAFKA_BROKERS: 'one:9092,two',
    KAFKA_SSL: 'yes',
  };
  expect(
    problems(env)
      .map((problem) => problem.split(' ')[0])
      .sort(),
  ).toEqual(Object.keys(env).sort());
  expect(problems(env)).toContain('PORT is "70000"; allowed: 0 (any free one) to 65535');
});

test('a bad secret is named but not shown', () => {
  const found = problems({ DATABASE_URL: 'mysql://me:hunter2@db/janela', ADMIN_API_KEY: 'short hunter2' });
  expect(found).toHaveLength(2);
  expect(found.join()).not.toContain('hunter2');
});

test('a database of its own needs an admin key, unless no API is served', () => {
  const DATABASE_URL = 'postgres://janela@127.0.0.1/janela';
  expect(problems({ DATABASE_URL })).toEqual([
    'ADMIN_API_KEY is missing; it is required with DATABASE_URL where ROLES has api',
  ]);
  expect(problems({ DATABASE_URL, ROLES: 'projector' })).toEqual([]);
  expect(problems({ DATABASE_URL }, 'command')).toEqual([]);
  expect(config({ DATABASE_URL, ADMIN_API_KEY: 'a-key-of-20-letters-' }).database).toEqual({
    kind: 'url',
    url: DATABASE_URL,
  });
});

test('Kafka with authentication', () => {
  const env = {
    KAFKA_BROKERS: 'one:9092, two:9093',
    KAFKA_TOPIC: 'messages',
    KAFKA_REPLICATION: '3',
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'janela',
  };
  expect(problems(env)).toEqual([
    'KAFKA_SASL_PASSWORD missing; set all of KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or none',
  ]);
  expect(config({ ...env, KAFKA_SASL_PASSWORD: 'secret' }).log).toEqual({
    kind: 'kafka',
    kafka: {
      brokers: ['one:9092', 'two:9093'],
      topic: 'messages',
      replication: 3,
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'janela', password: 'secret' },
    },
  });
});

test('the mechanism is written as Kafka writes it, or in small letters', () => {
  const env = { KAFKA_BROKERS: 'one:9092', KAFKA_SASL_USERNAME: 'janela', KAFKA_SASL_PASSWORD: 'secret' };
  for (const written of ['SCRAM-SHA-256', 'scram-sha-256', 'Scram-Sha-256'])
    expect(config({ ...env, KAFKA_SASL_MECHANISM: written }).log).toMatchObject({
      kafka: { sasl: { mechanism: 'scram-sha-256' } },
    });
  expect(problems({ ...env, KAFKA_SASL_MECHANISM: 'GSSAPI' })).toEqual([
    'KAFKA_SASL_MECHANISM is "GSSAPI"; allowed: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512',
  ]);
});
