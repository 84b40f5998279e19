import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readConfig, SETTINGS } from './config.ts';

const ROOT = join(import.meta.dirname, '..');

interface ComposeService {
  command?: string[];
  environment: Record<string, string | number>;
  healthcheck?: { test?: unknown; disable?: boolean };
  volumes?: string[];
  depends_on?: Record<string, { condition: string }>;
}

interface Compose {
  services: Record<string, ComposeService>;
  volumes: Record<string, null>;
}

describe('docker-compose.yml (Docker Compose itself reads it in .ci/run; no engine runs it)', () => {
  const text = readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8');
  const { services, volumes } = parse(text, { strict: true, uniqueKeys: true }) as Compose;

  test('every service that goes on has a health check that is a list of strings', () => {
    expect(Object.keys(services).sort()).toEqual(['janela', 'kafka', 'migrate', 'postgres']);
    const { migrate, ...lasting } = services;
    expect(migrate?.healthcheck).toEqual({ disable: true });
    for (const { healthcheck } of Object.values(lasting)) {
      const check = healthcheck?.test;
      expect(Array.isArray(check) && check.every((part) => typeof part === 'string')).toBe(true);
    }
  });

  test('janela starts after healthy Kafka and PostgreSQL, whose data is in named volumes', () => {
    expect(services.janela?.depends_on).toEqual({
      migrate: { condition: 'service_completed_successfully' },
      postgres: { condition: 'service_healthy' },
      kafka: { condition: 'service_healthy' },
    });
    for (const name of ['kafka', 'postgres']) {
      expect(services[name]?.volumes?.[0]).toMatch(new RegExp(`^${name}:/var/lib/`));
      expect(volumes).toHaveProperty(name);
    }
  });

  test('no secret is in the file: they are taken from the environment and required', () => {
    const secrets = Object.values(services)
      .flatMap(({ environment }) => Object.entries(environment))
      .filter(([name]) => /KEY|PASSWORD|DATABASE_URL/.test(name));
    expect(secrets).toHaveLength(7);
    for (const [, value] of secrets)
      expect(value).toMatch(/\$\{(ADMIN_API_KEY|MASTER_KEY|POSTGRES_PASSWORD|POSTGRES_APP_PASSWORD):\?/);
  });

  const given: Record<string, string> = {
    ADMIN_API_KEY: 'a'.repeat(48),
    POSTGRES_PASSWORD: 'b'.repeat(48),
    POSTGRES_APP_PASSWORD: 'c'.repeat(48),
    MASTER_KEY: Buffer.alloc(32).toString('base64'),
  };
  const ofApp = `postgres://janela_app:${given.POSTGRES_APP_PASSWORD}@postgres:5432/janela`;

  /** The settings of a service of janela, which have to be settings of janela. */
  function settingsOf(name: string): Record<string, string> {
    const environment = services[name]?.environment ?? {};
    for (const setting of Object.keys(environment)) expect(SETTINGS).toHaveProperty(setting);
    return Object.fromEntries(
      Object.entries(environment).map(([setting, value]) => [setting, interpolate(String(value), given)]),
    );
  }

  test('the settings of janela are settings of janela, and right; the owner of the database is not in them', () => {
    expect(readConfig(settingsOf('janela'))).toMatchObject({
      ok: true,
      config: {
        database: { kind: 'url', url: ofApp, ownerUrl: null, readUrl: null },
        log: { kind: 'kafka', kafka: { brokers: ['kafka:9092'], replication: 1 } },
      },
    });
    expect(JSON.stringify(settingsOf('janela'))).not.toContain(given.POSTGRES_PASSWORD);
  });

  test('migrations run as the owner, for the role that the first start of PostgreSQL makes', () => {
    const ownerUrl = `postgres://janela:${given.POSTGRES_PASSWORD}@postgres:5432/janela`;
    expect(readConfig(settingsOf('migrate'), 'command')).toMatchObject({
      ok: true,
      config: { database: { kind: 'url', url: ofApp, ownerUrl, readUrl: null } },
    });
    expect(services.migrate?.command).toEqual(['migrate']);
    const [from = '', to] = services.postgres?.volumes?.[1]?.split(':') ?? [];
    expect(to).toBe('/docker-entrypoint-initdb.d/roles.sql');
    expect(readFileSync(join(ROOT, from), 'utf8')).toContain(
      "CREATE ROLE janela_app LOGIN PASSWORD :'password';",
    );
    expect(services.postgres?.environment).toHaveProperty('POSTGRES_APP_PASSWORD');
  });
});

describe('Dockerfile', () => {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');

  test('runs as a user that is not root, with a health check and no shell between it and its signals', () => {
    expect(text).toMatch(/^USER 1000:1000$/m);
    expect(text).toMatch(/^HEALTHCHECK /m);
    expect(text).toMatch(/^ENTRYPOINT \["node", "src\/janela\.js"\]$/m);
  });

  test('copies what exists and is not kept from the builder', () => {
    const ignored = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const sources = [...text.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = '']) =>
      names.split(' '),
    );
    expect(sources).toEqual(expect.arrayContaining(['package.json', 'migrations', 'src']));
    for (const name of sources) {
      expect(existsSync(join(ROOT, name))).toBe(true);
      expect(ignored).toContain(`!${name}`);
    }
  });
});

/** `${NAME:?message}` and `${NAME:-default}`, as Compose fills them in. */
function interpolate(value: string, given: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
    const found = given[name] ?? (kind === '-' ? rest : undefined);
    if (found === undefined) throw new Error(`${name}: ${rest}`);
    return found;
  });
}
