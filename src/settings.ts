import { z } from 'zod';
import { timeZoneName } from './domain/period.ts';

/** One setting of the environment: how it is read and what a person is told about it. */
export interface Setting<T, Fallback extends string | null> {
  read: z.ZodType<T, string>;
  fallback: Fallback;
  allowed: string;
  /** Never shown, not even when it is wrong. */
  secret: boolean;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const SASL_MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
export const ROLES = ['api', 'projector'] as const;

const text = z.string().min(1);
const broker = z.string().regex(/^[^\s:/]+:\d{1,5}$/);
const topic = z.string().regex(/^[\w.-]{1,249}$/);
const visible = z.string().regex(/^[\x21-\x7e]{16,256}$/);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const database = z.url({ protocol: /^postgres(ql)?$/ });
const zone = z.string().transform(timeZoneName).pipe(z.string());

export const SETTINGS = {
  DATABASE_URL: secret(database, 'postgres://user:password@host:5432/database'),
  DATA_DIR: setting(text, '.janela', 'a folder'),
  KAFKA_BROKERS: optional(list(broker), 'host:port, several with commas'),
  KAFKA_TOPIC: setting(topic, 'janela.events', 'letters, digits, . _ -, at most 249'),
  KAFKA_REPLICATION: setting(integer(1, 99), '1', '1 to 99'),
  KAFKA_SSL: setting(flag, 'false', 'true or false'),
  KAFKA_SASL_MECHANISM: optional(
    z.string().toLowerCase().pipe(z.enum(SASL_MECHANISMS)),
    SASL_MECHANISMS.join(', ').toUpperCase(),
  ),
  KAFKA_SASL_USERNAME: optional(text, 'a name'),
  KAFKA_SASL_PASSWORD: secret(text, 'a password'),
  LOG_PARTITIONS: setting(integer(1, 1_000), '12', '1 to 1000'),
  HOST: setting(text, '127.0.0.1', 'an address or host name'),
  PORT: setting(integer(0, 65_535), '3000', '0 (any free one) to 65535'),
  ADMIN_API_KEY: secret(visible, '16 to 256 characters of ASCII without spaces'),
  ROLES: setting(list(z.enum(ROLES)), 'api,projector', 'api, projector or api,projector'),
  GRACE_HOURS: setting(integer(0, 8_784), '72', '0 to 8784'),
  DEFAULT_TIME_ZONE: setting(zone, 'America/Sao_Paulo', 'an IANA name like America/Sao_Paulo'),
  LOG_LEVEL: setting(z.enum(LOG_LEVELS), 'info', LOG_LEVELS.join(', ')),
  SHUTDOWN_SECONDS: setting(integer(1, 3_600), '10', '1 to 3600'),
};

export type SettingName = keyof typeof SETTINGS;

/** What the settings say once all of them are right: null only where there is no default. */
export type Values = {
  [N in SettingName]: (typeof SETTINGS)[N] extends Setting<infer T, infer F> ? T | (F & null) : never;
};

function setting<T>(read: z.ZodType<T, string>, fallback: string, allowed: string): Setting<T, string> {
  return { read, fallback, allowed, secret: false };
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
