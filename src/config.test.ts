import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { temporaryFolder } from '../test/support/servers/temporary-folder.ts';
import { type Config, type Environment, type Purpose, readConfig, SETTINGS } from './config.ts';

/** Self-signed, and of nobody. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBhDCCASmgAwIBAgIUdTEzT0HYvZgPNoe8ZPHjE+ILn0owCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLamFuZWxhLXRlc3QwIBcNMjYxMTI3MDMxMDA0WhgPMjEyNjEx
MDMwMzEwMDRaMBYxFDASBgNVBAMMC2phbmVsYS10ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEHvY+XaxouimXBfHhot0+qy98+V/XNwvAiUa8Ut8oSWgKZ+YB
xdrYiE2bAUiS0hGcc1dRp1pKP0OXU3qT8ZdbFKNTMFEwHQYDVR0OBBYEFNYpnRIW
0Q2j4paNfLTfEtKDG/kgMB8GA1UdIwQYMBaAFNYpnRIW0Q2j4paNfLTfEtKDG/kg
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAJqYQ1qjH32tCc7a
a7SMLLf+EekKhFdHLj93KCUSdNx7AiEA5tzOHBV4zSKN8UePNL5l+WGq6cjMhLEh
J++j8+Q+/+c=
-----END CERTIFICATE-----
`;

const MASTER_KEY = Buffer.alloc(32, 1).toString('base64');

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
    masterKeys: null,
    keyLeaseSeconds: 5,
    roles: new Set(['api', 'projector']),
    portalFrameAncestors: "'none'",
    webhooksAllowInsecure: false,
    graceHours: 72,
    limits: {
      connections: 2_000,
      requestsPerKey: 10_000,
      requestsPerTenant: 1_000,
      eventsPerKey: 50_000,
      eventsPerTenant: 10_000,
    },
    metricsPort: null,
    defaultTimeZone: 'America/Sao_Paulo',
    dataDir: expect.stringMatching(/[/\\]\.janela$/),
    logLevel: 'info',
    shutdownSeconds: 10,
    drainSeconds: 0,
  });
});

test('PORTAL_FRAME_ANCESTORS takes origins, and nothing that would add to the policy', () => {
  expect(
    config({ PORTAL_FRAME_ANCESTORS: "'self',https://*.platform.example:8443" }).portalFrameAncestors,
  ).toBe("'self' https://*.platform.example:8443");
  for (const wrong of ['*', 'platform.example', "https://a.example; script-src 'unsafe-inline'"])
    expect(readConfig({ PORTAL_FRAME_ANCESTORS: wrong }).ok).toBe(false);
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
  const found = problems({
    DATABASE_URL: 'mysql://me:hunter2@db/janela',
    ADMIN_API_KEY: 'short hunter2',
    MASTER_KEY: 'short hunter2',
  });
  expect(found).toHaveLength(3);
  expect(found.join()).not.toContain('hunter2');
});

test('a database of its own needs an admin key, unless no API is served, and a master key', () => {
  const DATABASE_URL = 'postgres://janela@127.0.0.1/janela';
  expect(problems({ DATABASE_URL })).toEqual([
    'ADMIN_API_KEY is missing; it is required with DATABASE_URL where ROLES has api',
    'MASTER_KEY is missing; it is required with DATABASE_URL (32 random bytes in base64: openssl rand -base64 32)',
  ]);
  expect(problems({ DATABASE_URL, MASTER_KEY, ROLES: 'projector' })).toEqual([]);
  expect(problems({ DATABASE_URL }, 'command')).toEqual([]);
  expect(config({ DATABASE_URL, MASTER_KEY, ADMIN_API_KEY: 'a-key-of-20-letters-' }).database).toEqual({
    kind: 'url',
    url: DATABASE_URL,
    ownerUrl: null,
    readUrl: null,
  });
  const MIGRATE_DATABASE_URL = 'postgres://owner@127.0.0.1/janela';
  expect(config({ DATABASE_URL, MASTER_KEY, MIGRATE_DATABASE_URL, ROLES: 'projector' }).database).toEqual({
    kind: 'url',
    url: DATABASE_URL,
    ownerUrl: MIGRATE_DATABASE_URL,
    readUrl: null,
  });
  expect(problems({ DATABASE_READ_URL: MIGRATE_DATABASE_URL }, 'command')).toEqual([
    'DATABASE_READ_URL is set without DATABASE_URL; set DATABASE_URL to its primary',
  ]);
  expect(problems({ MIGRATE_DATABASE_URL }, 'command')).toEqual([
    'MIGRATE_DATABASE_URL is set without DATABASE_URL; set DATABASE_URL to what the service runs as',
  ]);
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
      inbox: null,
      notifications: null,
    },
  });
});

test('the topic of notifications is on the brokers of the log, and none of its others', () => {
  const kafka = { KAFKA_BROKERS: 'one:9092', KAFKA_NOTIFICATIONS_TOPIC: 'told' };
  const { log } = config(kafka);
  expect(log.kind === 'kafka' && log.kafka.notifications).toBe('told');
  expect(problems({ KAFKA_NOTIFICATIONS_TOPIC: 'told' })).toEqual([
    'KAFKA_NOTIFICATIONS_TOPIC is set without KAFKA_BROKERS; it is on the brokers of the log',
  ]);
  for (const other of [
    { KAFKA_TOPIC: 'told' },
    { KAFKA_INBOX_TOPIC: 'told' },
    { KAFKA_INBOX_TOPIC: 'in', KAFKA_INBOX_REJECTS: 'told' },
  ])
    expect(problems({ ...kafka, ...other })).toEqual([
      'KAFKA_NOTIFICATIONS_TOPIC is "told", which is the topic of something else',
    ]);
});

test('an inbox is on the brokers of the log, and its topics are no others', () => {
  const inboxOf = (env: Record<string, string>) => {
    const { log } = config({ KAFKA_BROKERS: 'one:9092', KAFKA_INBOX_TOPIC: 'messages', ...env });
    return log.kind === 'kafka' ? log.kafka.inbox : undefined;
  };
  expect(inboxOf({})).toEqual({ topic: 'messages', rejects: 'messages.rejected' });
  expect(inboxOf({ KAFKA_INBOX_REJECTS: 'refused' })).toEqual({ topic: 'messages', rejects: 'refused' });
  const alike = ['KAFKA_TOPIC, KAFKA_INBOX_TOPIC and KAFKA_INBOX_REJECTS must be three topics'];
  const inbox = { KAFKA_BROKERS: 'one:9092', KAFKA_INBOX_TOPIC: 'messages' };
  expect(problems({ ...inbox, KAFKA_TOPIC: 'messages' })).toEqual(alike);
  expect(problems({ ...inbox, KAFKA_INBOX_REJECTS: 'messages' })).toEqual(alike);
  expect(problems({ ...inbox, KAFKA_INBOX_REJECTS: 'janela.events' })).toEqual(alike);
  expect(problems({ KAFKA_INBOX_TOPIC: 'messages' })).toEqual([
    'KAFKA_INBOX_TOPIC is set without KAFKA_BROKERS; the inbox is on the brokers of the log',
  ]);
  expect(problems({ KAFKA_BROKERS: 'one:9092', KAFKA_INBOX_REJECTS: 'refused' })).toEqual([
    'KAFKA_INBOX_REJECTS is set without KAFKA_INBOX_TOPIC; set KAFKA_INBOX_TOPIC',
  ]);
});

test('authorities of a broker come as a file or as they are, and only where they say something', () => {
  const folder = temporaryFolder('config');
  const file = join(folder, 'ca.pem');
  writeFileSync(file, `# ours\n${CERTIFICATE}`);
  const env = { KAFKA_BROKERS: 'one:9092', KAFKA_SSL: 'true' };
  const ssl = (KAFKA_SSL_CA: string) => {
    const { log } = config({ ...env, KAFKA_SSL_CA });
    return log.kind === 'kafka' && log.kafka.ssl;
  };
  expect(ssl(file)).toEqual({ ca: `# ours\n${CERTIFICATE}` });
  expect(ssl(CERTIFICATE)).toEqual({ ca: CERTIFICATE });
  expect(problems({ ...env, KAFKA_SSL_CA: file, KAFKA_SSL: 'false' })).toEqual([
    'KAFKA_SSL_CA is set without KAFKA_SSL; set KAFKA_SSL=true',
  ]);
  writeFileSync(file, 'nothing');
  expect(problems({ ...env, KAFKA_SSL_CA: file })[0]).toMatch(/^KAFKA_SSL_CA: there is no certificate in it/);
  expect(problems({ ...env, KAFKA_SSL_CA: CERTIFICATE.replace('MII', 'AAA') })[0]).toMatch(
    /^KAFKA_SSL_CA: a certificate in it is broken: /,
  );
  expect(problems({ ...env, KAFKA_SSL_CA: '/nowhere/ca.pem' })[0]).toMatch(
    /^KAFKA_SSL_CA: "\/nowhere\/ca.pem" cannot be read: ENOENT/,
  );
  rmSync(folder, { recursive: true });
});

test('every secret setting may come from a file, without the newline at its end', () => {
  const folder = temporaryFolder('config');
  const inFile = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const secrets = Object.entries(SETTINGS).flatMap(([name, { secret }]) => (secret ? [name] : []));
  expect(secrets).toEqual(expect.arrayContaining(['DATABASE_URL', 'KAFKA_SASL_PASSWORD', 'ADMIN_API_KEY']));
  const ADMIN_API_KEY_FILE = inFile('key', 'a-key-of-20-letters-\n');
  const KAFKA_SASL_PASSWORD_FILE = inFile('password', ' pass word \r\n');
  const found = config({
    DATABASE_URL_FILE: inFile('url', 'postgres://janela:secret@127.0.0.1/janela\n'),
    ...{ ADMIN_API_KEY_FILE, KAFKA_SASL_PASSWORD_FILE, KAFKA_BROKERS: 'one:9092' },
    MASTER_KEY_FILE: inFile('master', `${MASTER_KEY}\n`),
    ...{ KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME: 'janela' },
    MIGRATE_DATABASE_URL_FILE: inFile('owner', 'postgres://owner:secret@127.0.0.1/janela\n'),
    DATABASE_READ_URL_FILE: inFile('replica', 'postgres://janela:secret@127.0.0.2/janela\n'),
  });
  expect(found.database).toEqual({
    kind: 'url',
    url: 'postgres://janela:secret@127.0.0.1/janela',
    ownerUrl: 'postgres://owner:secret@127.0.0.1/janela',
    readUrl: 'postgres://janela:secret@127.0.0.2/janela',
  });
  expect(found.adminKey).toEqual({ secrets: ['a-key-of-20-letters-'], file: ADMIN_API_KEY_FILE });
  expect(found.masterKeys).toEqual([Buffer.alloc(32, 1)]);
  expect(found.log).toMatchObject({ kafka: { sasl: { password: ' pass word ' } } });
  const empty = inFile('empty', '\n');
  for (const name of secrets) {
    expect(problems({ [name]: 'x', [`${name}_FILE`]: empty })).toContain(
      `${name} and ${name}_FILE are both set; set one of them`,
    );
    expect(problems({ [`${name}_FILE`]: empty })).toContain(`${name}_FILE is "${empty}", which is empty`);
    expect(problems({ [`${name}_FILE`]: `${folder}/no` }).join()).toContain(
      `${name}_FILE is "${folder}/no", which cannot be read: ENOENT`,
    );
  }
  expect(problems({ ADMIN_API_KEY_FILE: inFile('short', 'hunter2') })).toEqual([
    expect.stringMatching(/^ADMIN_API_KEY is not of the right form/),
  ]);
  rmSync(folder, { recursive: true });
});

test('two admin keys are good while they change, not three', () => {
  const [one, other] = ['the-old-key-of-20-letters', 'the-new-key-of-20-letters'];
  expect(config({ ADMIN_API_KEY: `${one},${other}` }).adminKey).toEqual({
    secrets: [one, other],
    file: null,
  });
  expect(problems({ ADMIN_API_KEY: `${one},${other},${one}` })).toHaveLength(1);
  expect(problems({ ADMIN_API_KEY: `${one},short` })).toHaveLength(1);
});

test('a master key is 32 bytes in base64, and so are several', () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  const listed = `${one.toString('base64')}, ${other.toString('base64').slice(0, 43)}`;
  expect(config({ MASTER_KEY: listed }).masterKeys).toEqual([one, other]);
  expect(config({}).masterKeys).toBeNull();
  for (const wrong of [
    Buffer.alloc(31, 1).toString('base64'),
    Buffer.alloc(33, 1).toString('base64'),
    'hunter2',
  ])
    expect(problems({ MASTER_KEY: `${MASTER_KEY},${wrong}` })).toEqual([
      expect.stringMatching(/^MASTER_KEY is not of the right form; allowed: 32 random bytes in base64/),
    ]);
});

test('an sslmode that pg does not know is refused, and so is a certificate that is not there', () => {
  const url = 'postgres://janela:hunter2@127.0.0.1/janela';
  for (const mode of ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'])
    expect(problems({ DATABASE_URL: `${url}?sslmode=${mode}` }, 'command')).toEqual([]);
  for (const mode of ['allow', 'prefer', 'verify', ''])
    expect(problems({ DATABASE_URL: `${url}?sslmode=${mode}` }, 'command')).toEqual([
      `DATABASE_URL: sslmode is "${mode}"; allowed: disable, no-verify, require, verify-ca, verify-full`,
    ]);
  expect(
    problems({ DATABASE_URL: `${url}?sslmode=verify-full&sslrootcert=/nowhere.pem` }, 'command')[0],
  ).toMatch(/^DATABASE_URL: sslrootcert is "\/nowhere.pem", which cannot be read: ENOENT/);
  expect(problems({ DATABASE_URL: 'nothing of the kind' }, 'command')).toEqual([
    'DATABASE_URL is not of the right form; allowed: postgres://user:password@host:5432/database',
  ]);
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
