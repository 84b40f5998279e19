import { resolve } from 'node:path';
import { type LOG_LEVELS, type ROLES, type SASL_MECHANISMS, SETTINGS, type Values } from './settings.ts';

/** What the environment says, checked. */
export interface Config {
  database: { kind: 'embedded' } | { kind: 'url'; url: string };
  log: { kind: 'postgres' } | { kind: 'kafka'; kafka: KafkaConfig };
  /** Partitions of the log, fixed for its life. */
  partitions: number;
  host: string;
  /** 0: any free one. */
  port: number;
  /** null: made at the first start and kept in the data directory. */
  adminKey: string | null;
  roles: ReadonlySet<Role>;
  graceHours: number;
  /** IANA name. */
  defaultTimeZone: string;
  /** Absolute. */
  dataDir: string;
  logLevel: LogLevel;
  shutdownSeconds: number;
}

export interface KafkaConfig {
  brokers: string[];
  topic: string;
  replication: number;
  ssl: boolean;
  sasl: { mechanism: SaslMechanism; username: string; password: string } | null;
}

export type Role = (typeof ROLES)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] };

/** Commands other than `serve` answer no requests, so they need no admin key. */
export type Purpose = 'serve' | 'command';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads every setting; an empty one counts as left out. All that is wrong is reported together, each as a sentence
 * with what was given (secrets excepted) and what is allowed.
 */
export function readConfig(env: Environment = process.env, purpose: Purpose = 'serve'): ConfigResult {
  const read = Object.entries(SETTINGS).map(([name, { fallback, allowed, secret, read }]) => {
    const given = env[name] || fallback;
    if (given === null) return { name, value: null, problem: null };
    const result = read.safeParse(given);
    if (result.success) return { name, value: result.data, problem: null };
    const shown = secret ? 'not of the right form' : JSON.stringify(given);
    return { name, value: null, problem: `${name} is ${shown}; allowed: ${allowed}` };
  });
  const problems = [...read.flatMap(({ problem }) => problem ?? []), ...missing(env, purpose)];
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    config: compose(Object.fromEntries(read.map(({ name, value }) => [name, value])) as Values),
  };
}

function missing(env: Environment, purpose: Purpose): string[] {
  const problems: string[] = [];
  const answers = purpose === 'serve' && (env.ROLES || SETTINGS.ROLES.fallback).includes('api');
  if (answers && env.DATABASE_URL && !env.ADMIN_API_KEY) {
    problems.push('ADMIN_API_KEY is missing; it is required with DATABASE_URL where ROLES has api');
  }
  const sasl = ['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'];
  const absent = sasl.filter((name) => !env[name]);
  if (absent.length > 0 && absent.length < sasl.length) {
    problems.push(`${absent.join(' and ')} missing; set all of ${sasl.join(', ')} or none`);
  }
  return problems;
}

function compose(values: Values): Config {
  const { DATABASE_URL: url, KAFKA_BROKERS: brokers } = values;
  return {
    database: url === null ? { kind: 'embedded' } : { kind: 'url', url },
    log: brokers === null ? { kind: 'postgres' } : { kind: 'kafka', kafka: kafka(brokers, values) },
    partitions: values.LOG_PARTITIONS,
    host: values.HOST,
    port: values.PORT,
    adminKey: values.ADMIN_API_KEY,
    roles: new Set(values.ROLES),
    graceHours: values.GRACE_HOURS,
    defaultTimeZone: values.DEFAULT_TIME_ZONE,
    dataDir: resolve(values.DATA_DIR),
    logLevel: values.LOG_LEVEL,
    shutdownSeconds: values.SHUTDOWN_SECONDS,
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
    ssl: values.KAFKA_SSL,
    sasl:
      mechanism !== null && username !== null && password !== null ? { mechanism, username, password } : null,
  };
}
