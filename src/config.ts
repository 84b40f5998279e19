import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { timeZoneName } from './domain/period.ts';

/** What the environment says, checked. */
export interface Config {
  /** With an `ownerUrl` its owner migrates, and `url` is of a role that owns nothing. `readUrl`: of a replica. */
  database:
    | { kind: 'embedded' }
    | { kind: 'url'; url: string; ownerUrl: string | null; readUrl: string | null };
  log: { kind: 'postgres' } | { kind: 'kafka'; kafka: KafkaConfig };
  /** Partitions of the log, fixed for its life. */
  partitions: number;
  host: string;
  /** 0: any free one. */
  port: number;
  /** Where `/metrics` is served alone; null: on the port of everything else. 0: any free one. */
  metricsPort: number | null;
  limits: Limits;
  /** null: made at the first start and kept in the data directory. */
  adminKey: AdminKeySetting | null;
  /** 32 bytes each; the first wraps. null: made at the first start and kept in the data directory of an embedded database. */
  masterKeys: Buffer[] | null;
  /** For how long contacts that a process knows are sealed for without the database; all processes need the same. */
  keyLeaseSeconds: number;
  roles: ReadonlySet<Role>;
  graceHours: number;
  /** Of the pages of portal links, as a Content-Security-Policy has it. */
  portalFrameAncestors: string;
  /** Whether webhooks may lie at addresses that are not public, and be asked by http. */
  webhooksAllowInsecure: boolean;
  /** IANA name. */
  defaultTimeZone: string;
  /** Absolute. */
  dataDir: string;
  logLevel: LogLevel;
  shutdownSeconds: number;
  /** How long `/readyz` answers 503 before a stop begins. */
  drainSeconds: number;
}

/** How much of the service anybody may take. */
export interface Limits {
  /** At the same time. */
  connections: number;
  /** A second; 0: any number. */
  requestsPerKey: number;
  requestsPerTenant: number;
  eventsPerKey: number;
  eventsPerTenant: number;
}

export const NO_LIMITS: Limits = {
  connections: Number.POSITIVE_INFINITY,
  ...{ requestsPerKey: 0, requestsPerTenant: 0, eventsPerKey: 0, eventsPerTenant: 0 },
};

/** `ADMIN_API_KEY`. */
interface AdminKeySetting {
  /** One, or two while they change: either is good. */
  secrets: string[];
  /** Where they were read from, where `ADMIN_API_KEY_FILE` named it. */
  file: string | null;
}

export interface KafkaConfig {
  brokers: string[];
  topic: string;
  replication: number;
  /** With the authorities in `ca` (PEM) in place of the usual ones. */
  ssl: boolean | { ca: string };
  sasl: { mechanism: SaslMechanism; username: string; password: string } | null;
  /** Topics of other teams: events to take, and what of them is refused. */
  inbox: { topic: string; rejects: string } | null;
  /** The topic of notifications; null: none. */
  notifications: string | null;
}

type Role = (typeof ROLES)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];
type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] };

/** Commands other than `serve` answer no requests, so they need no admin key. */
export type Purpose = 'serve' | 'command';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting; an empty one counts as left out. All that is wrong is reported together, each as a sentence
 * with what was given (secrets excepted) and what is allowed.
 */
export function readConfig(env: Environment = process.env, purpose: Purpose = 'serve'): ConfigResult {
  const given = new Map<string, Given>();
  for (const [name, { secret }] of Object.entries(SETTINGS))
    given.set(name, secret ? secretOf(env, name) : { text: env[name] || null, file: null, problem: null });
  const read = Object.entries(SETTINGS).map(([name, setting]) => readSetting(name, setting, given.get(name)));
  const problems = [...read.flatMap(({ problem }) => problem ?? []), ...missing(given, purpose)];
  if (problems.length > 0) return { ok: false, problems };
  const values = Object.fromEntries(read.map(({ name, value }) => [name, value])) as Values;
  return { ok: true, config: compose(values, given.get('ADMIN_API_KEY')?.file ?? null) };
}

/** What the environment has for a setting, or the file that it names for a secret one. */
interface Given {
  text: string | null;
  file: string | null;
  problem: string | null;
}

function secretOf(env: Environment, name: string): Given {
  const [text, file] = [env[name] || null, env[`${name}_FILE`] || null];
  if (file === null) return { text, file, problem: null };
  const problem = text === null ? null : `${name} and ${name}_FILE are both set; set one of them`;
  if (problem !== null) return { text, file, problem };
  const read = readText(file);
  const why = read.ok ? 'is empty' : `cannot be read: ${read.why}`;
  const content = read.ok ? read.text.replace(/[\r\n]+$/, '') : '';
  if (content !== '') return { text: content, file: resolve(file), problem: null };
  return { text: null, file, problem: `${name}_FILE is ${JSON.stringify(file)}, which ${why}` };
}

function readText(path: string): { ok: true; text: string } | { ok: false; why: string } {
  try {
    return { ok: true, text: readFileSync(path, 'utf8') };
  } catch (error) {
    return { ok: false, why: (error as Error).message };
  }
}

function readSetting(
  name: string,
  { fallback, allowed, secret, read }: Setting<unknown, string | null>,
  given: Given | undefined,
): { name: string; value: unknown; problem: string | null } {
  if (given?.problem) return { name, value: null, problem: given.problem };
  const text = given?.text ?? fallback;
  if (text === null) return { name, value: null, problem: null };
  const result = read.safeParse(text);
  if (result.success) return { name, value: result.data, problem: null };
  const own = result.error.issues.find(({ code }) => code === 'custom');
  if (own !== undefined) return { name, value: null, problem: `${name}: ${own.message}` };
  const shown = secret ? 'not of the right form' : JSON.stringify(text);
  return { name, value: null, problem: `${name} is ${shown}; allowed: ${allowed}` };
}

/** What one setting asks of another. */
function missing(given: ReadonlyMap<string, Given>, purpose: Purpose): string[] {
  const problems: string[] = [];
  const isSet = (name: string) => given.get(name)?.text != null || given.get(name)?.problem != null;
  const roles = given.get('ROLES')?.text ?? SETTINGS.ROLES.fallback;
  const answers = purpose === 'serve' && roles.includes('api');
  if (answers && isSet('DATABASE_URL') && !isSet('ADMIN_API_KEY')) {
    problems.push('ADMIN_API_KEY is missing; it is required with DATABASE_URL where ROLES has api');
  }
  if (isSet('MIGRATE_DATABASE_URL') && !isSet('DATABASE_URL')) {
    problems.push(
      'MIGRATE_DATABASE_URL is set without DATABASE_URL; set DATABASE_URL to what the service runs as',
    );
  }
  if (isSet('DATABASE_READ_URL') && !isSet('DATABASE_URL'))
    problems.push('DATABASE_READ_URL is set without DATABASE_URL; set DATABASE_URL to its primary');
  if (purpose === 'serve' && isSet('DATABASE_URL') && !isSet('MASTER_KEY')) {
    problems.push(
      'MASTER_KEY is missing; it is required with DATABASE_URL (32 random bytes in base64: openssl rand -base64 32)',
    );
  }
  const sasl = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
  const absent = sasl.filter((name) => !isSet(name));
  if (absent.length > 0 && absent.length < sasl.length) {
    problems.push(`${absent.join(' and ')} missing; set all of ${sasl.join(', ')} or none`);
  }
  if (isSet('KAFKA_SSL_CA') && given.get('KAFKA_SSL')?.text !== 'true') {
    problems.push('KAFKA_SSL_CA is set without KAFKA_SSL; set KAFKA_SSL=true');
  }
  return [...problems, ...inboxFaults(given), ...notificationTopicFaults(given)];
}

function compose(values: Values, adminKeyFile: string | null): Config {
  const { DATABASE_URL: url, MIGRATE_DATABASE_URL: ownerUrl, DATABASE_READ_URL: readUrl } = values;
  const { KAFKA_BROKERS: brokers, ADMIN_API_KEY: secrets } = values;
  return {
    database: url === null ? { kind: 'embedded' } : { kind: 'url', url, ownerUrl, readUrl },
    log: brokers === null ? { kind: 'postgres' } : { kind: 'kafka', kafka: kafka(brokers, values) },
    partitions: values.LOG_PARTITIONS,
    host: values.HOST,
    port: values.PORT,
    metricsPort: values.METRICS_PORT,
    limits: {
      connections: values.MAX_CONNECTIONS,
      requestsPerKey: values.REQUESTS_PER_SECOND_PER_KEY,
      requestsPerTenant: values.REQUESTS_PER_SECOND_PER_TENANT,
      eventsPerKey: values.EVENTS_PER_SECOND_PER_KEY,
      eventsPerTenant: values.EVENTS_PER_SECOND_PER_TENANT,
    },
    adminKey: secrets === null ? null : { secrets, file: adminKeyFile },
    masterKeys: values.MASTER_KEY,
    // In the database it can take no event without it.
    keyLeaseSeconds: brokers === null ? LEAST_LEASE_SECONDS : values.KEY_LEASE_SECONDS,
    roles: new Set(values.ROLES),
    graceHours: values.GRACE_HOURS,
    portalFrameAncestors: values.PORTAL_FRAME_ANCESTORS.join(' '),
    webhooksAllowInsecure: values.WEBHOOKS_ALLOW_INSECURE,
    defaultTimeZone: values.DEFAULT_TIME_ZONE,
    dataDir: resolve(values.DATA_DIR),
    logLevel: values.LOG_LEVEL,
    shutdownSeconds: values.SHUTDOWN_SECONDS,
    drainSeconds: values.DRAIN_SECONDS,
  };
}

function kafka(brokers: string[], values: Values): KafkaConfig {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: password,
  } = values;
  return {
    brokers,
    topic: values.KAFKA_TOPIC,
    replication: values.KAFKA_REPLICATION,
    ssl: values.KAFKA_SSL_CA === null ? values.KAFKA_SSL : { ca: values.KAFKA_SSL_CA },
    sasl:
      mechanism !== null && username !== null && password !== null ? { mechanism, username, password } : null,
    inbox: inbox(values.KAFKA_INBOX_TOPIC, values.KAFKA_INBOX_REJECTS),
    notifications: values.KAFKA_NOTIFICATIONS_TOPIC,
  };
}

function inbox(topic: string | null, rejects: string | null): KafkaConfig['inbox'] {
  return topic === null ? null : { topic, rejects: rejects ?? rejectsOf(topic) };
}

function rejectsOf(topic: string): string {
  return `${topic}.rejected`;
}

/** What comes in must not be what was taken or refused. */
function inboxFaults(given: ReadonlyMap<string, Given>): string[] {
  const textOf = (name: 'KAFKA_TOPIC' | 'KAFKA_INBOX_TOPIC' | 'KAFKA_INBOX_REJECTS') =>
    given.get(name)?.text ?? SETTINGS[name].fallback;
  const inboxTopic = textOf('KAFKA_INBOX_TOPIC');
  const rejects = textOf('KAFKA_INBOX_REJECTS');
  if (inboxTopic === null)
    return rejects === null
      ? []
      : ['KAFKA_INBOX_REJECTS is set without KAFKA_INBOX_TOPIC; set KAFKA_INBOX_TOPIC'];
  if (given.get('KAFKA_BROKERS')?.text == null)
    return ['KAFKA_INBOX_TOPIC is set without KAFKA_BROKERS; the inbox is on the brokers of the log'];
  const topics = [textOf('KAFKA_TOPIC'), inboxTopic, rejects ?? rejectsOf(inboxTopic)];
  return new Set(topics).size === topics.length
    ? []
    : ['KAFKA_TOPIC, KAFKA_INBOX_TOPIC and KAFKA_INBOX_REJECTS must be three topics'];
}

/** What is told must not be what comes in, nor the log. */
function notificationTopicFaults(given: ReadonlyMap<string, Given>): string[] {
  const topic = given.get('KAFKA_NOTIFICATIONS_TOPIC')?.text ?? null;
  if (topic === null) return [];
  if (given.get('KAFKA_BROKERS')?.text == null)
    return ['KAFKA_NOTIFICATIONS_TOPIC is set without KAFKA_BROKERS; it is on the brokers of the log'];
  const inboxTopic = given.get('KAFKA_INBOX_TOPIC')?.text ?? null;
  const others = [
    given.get('KAFKA_TOPIC')?.text ?? SETTINGS.KAFKA_TOPIC.fallback,
    inboxTopic,
    given.get('KAFKA_INBOX_REJECTS')?.text ?? (inboxTopic === null ? null : rejectsOf(inboxTopic)),
  ];
  return others.includes(topic)
    ? [`KAFKA_NOTIFICATIONS_TOPIC is ${JSON.stringify(topic)}, which is the topic of something else`]
    : [];
}

/** PostgreSQL's own `allow` and `prefer` go on without TLS where there is none, and pg does not know them so. */
const SSL_MODES = ['disable', 'no-verify', 'require', 'verify-ca', 'verify-full'];

function tlsFaults(parameters: URLSearchParams): string[] {
  const mode = parameters.get('sslmode');
  const unknown = mode !== null && !SSL_MODES.includes(mode);
  const modes = `sslmode is ${JSON.stringify(mode)}; allowed: ${SSL_MODES.join(', ')}`;
  const files = ['sslrootcert', 'sslcert', 'sslkey'].flatMap((name) => {
    const path = parameters.get(name);
    const read = path === null ? { ok: true as const } : readText(path);
    return read.ok ? [] : [`${name} is ${JSON.stringify(path)}, which cannot be read: ${read.why}`];
  });
  return [...(unknown ? [modes] : []), ...files];
}

function certificateFault(pem: string): string | null {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) return 'there is no certificate in it (-----BEGIN CERTIFICATE-----)';
  try {
    for (const certificate of found) new X509Certificate(certificate);
    return null;
  } catch (error) {
    return `a certificate in it is broken: ${(error as Error).message}`;
  }
}

/** One setting of the environment: how it is read and what a person is told about it. */
export interface Setting<T, Fallback extends string | null> {
  read: z.ZodType<T, string>;
  fallback: Fallback;
  allowed: string;
  /** Never shown, not even when it is wrong. */
  secret: boolean;
}

/** Every process hears of what was ended every second. */
const LEAST_LEASE_SECONDS = 5;
export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
const ROLES = ['api', 'projector'] as const;

const text = z.string().min(1);
const broker = z.string().regex(/^[^\s:/]+:\d{1,5}$/);
const topic = z.string().regex(/^[\w.-]{1,249}$/);
const visible = z.string().regex(/^[\x21-\x2b\x2d-\x7e]{16,256}$/);
const masterKeys = list(z.string().regex(/^[A-Za-z0-9+/]{43}=?$/))
  .pipe(z.array(z.string()).max(10))
  .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')));
const frameAncestor = z.string().regex(/^('none'|'self'|https?:\/\/(\*\.)?[\w.-]+(:\d{1,5})?)$/);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const database = z.url({ protocol: /^postgres(ql)?$/ }).superRefine((url, context) => {
  const parameters = URL.parse(url)?.searchParams ?? new URLSearchParams();
  for (const message of tlsFaults(parameters)) context.addIssue({ code: 'custom', message });
});
const authorities = z.string().transform((value, context) => {
  const pem = value.includes('-----BEGIN ') ? { ok: true as const, text: value } : readText(value);
  const fault = pem.ok ? certificateFault(pem.text) : `${JSON.stringify(value)} cannot be read: ${pem.why}`;
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  return pem.ok ? pem.text : '';
});
const zone = z.string().transform(timeZoneName).pipe(z.string());

/** The master keys that a text lists as `MASTER_KEY` does; null where it is none. */
export function masterKeysIn(text: string): Buffer[] | null {
  return masterKeys.safeParse(text).data ?? null;
}

export const SETTINGS = {
  DATABASE_URL: secret(database, 'postgres://user:password@host:5432/database'),
  MIGRATE_DATABASE_URL: secret(database, 'postgres://owner:password@host:5432/database'),
  DATABASE_READ_URL: secret(database, 'postgres://user:password@replica:5432/database'),
  DATA_DIR: setting(text, '.janela', 'a folder'),
  KAFKA_BROKERS: optional(list(broker), 'host:port, several with commas'),
  KAFKA_TOPIC: setting(topic, 'janela.events', 'letters, digits, . _ -, at most 249'),
  KAFKA_REPLICATION: setting(integer(1, 99), '1', '1 to 99'),
  KAFKA_SSL: setting(flag, 'false', 'true or false'),
  KAFKA_SSL_CA: optional(authorities, 'a file of PEM certificates, or these themselves'),
  KAFKA_SASL_MECHANISM: optional(
    z.string().toLowerCase().pipe(z.enum(SASL_MECHANISMS)),
    SASL_MECHANISMS.join(', ').toUpperCase(),
  ),
  KAFKA_SASL_USERNAME: optional(text, 'a name'),
  KAFKA_SASL_PASSWORD: secret(text, 'a password'),
  KAFKA_INBOX_TOPIC: optional(topic, 'letters, digits, . _ -, at most 249'),
  KAFKA_INBOX_REJECTS: optional(topic, 'letters, digits, . _ -, at most 249'),
  KAFKA_NOTIFICATIONS_TOPIC: optional(topic, 'letters, digits, . _ -, at most 249'),
  LOG_PARTITIONS: setting(integer(1, 1_000), '12', '1 to 1000'),
  HOST: setting(text, '127.0.0.1', 'an address or host name'),
  PORT: setting(integer(0, 65_535), '3000', '0 (any free one) to 65535'),
  METRICS_PORT: optional(integer(0, 65_535), '0 (any free one) to 65535'),
  REQUESTS_PER_SECOND_PER_KEY: ceiling('10000'),
  REQUESTS_PER_SECOND_PER_TENANT: ceiling('1000'),
  EVENTS_PER_SECOND_PER_KEY: ceiling('50000'),
  EVENTS_PER_SECOND_PER_TENANT: ceiling('10000'),
  MAX_CONNECTIONS: setting(integer(10, 1_000_000), '2000', '10 to 1000000'),
  ADMIN_API_KEY: secret(
    list(visible).pipe(z.array(z.string()).max(2)),
    '16 to 256 characters of ASCII without spaces and commas; two with a comma while they change',
  ),
  MASTER_KEY: secret(
    masterKeys,
    '32 random bytes in base64 (openssl rand -base64 32); several with commas while they change, of which the first wraps',
  ),
  KEY_LEASE_SECONDS: setting(integer(LEAST_LEASE_SECONDS, 86_400), '300', `${LEAST_LEASE_SECONDS} to 86400`),
  ROLES: setting(list(z.enum(ROLES)), 'api,projector', 'api, projector or api,projector'),
  GRACE_HOURS: setting(integer(0, 8_784), '72', '0 to 8784'),
  DEFAULT_TIME_ZONE: setting(zone, 'America/Sao_Paulo', 'an IANA name like America/Sao_Paulo'),
  PORTAL_FRAME_ANCESTORS: setting(
    list(frameAncestor),
    "'none'",
    "'none', 'self', or origins like https://platform.example, several with commas",
  ),
  WEBHOOKS_ALLOW_INSECURE: setting(flag, 'false', 'true or false'),
  LOG_LEVEL: setting(z.enum(LOG_LEVELS), 'info', LOG_LEVELS.join(', ')),
  DRAIN_SECONDS: setting(integer(0, 3_600), '0', '0 to 3600'),
  SHUTDOWN_SECONDS: setting(integer(1, 3_600), '10', '1 to 3600'),
};

type SettingName = keyof typeof SETTINGS;

/** What the settings say once all of them are right: null only where there is no default. */
type Values = {
  [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T, infer F> ? T | (F & null) : never;
};

function setting<T>(read: z.ZodType<T, string>, fallback: string, allowed: string): Setting<T, string> {
  return { read, fallback, allowed, secret: false };
}

function ceiling(fallback: string): Setting<number, string> {
  return setting(integer(0, 1_000_000), fallback, '0 (no limit) to 1000000');
}

function optional<T>(read: z.ZodType<T, string>, allowed: string): Setting<T, null> {
  return { read, fallback: null, allowed, secret: false };
}

function secret<T>(read: z.ZodType<T, string>, allowed: string): Setting<T, null> {
  return { read, fallback: null, allowed, secret: true };
}

function integer(min: number, max: number): z.ZodType<number, string> {
  const digits = z.string().regex(/^\d{1,9}$/);
  return digits.transform(Number).pipe(z.number().min(min).max(max));
}

function list<T>(item: z.ZodType<T, string>): z.ZodType<T[], string> {
  const parts = z.string().transform((value) => value.split(',').map((part) => part.trim()));
  return parts.pipe(z.array(item));
}
