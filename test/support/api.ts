import { pino } from 'pino';
import { FINANCE_CONNECTIONS } from '../../src/billing/locks.ts';
import { NO_LIMITS } from '../../src/config.ts';
import { buildApp } from '../../src/http/app.ts';
import { PAGE_CONNECTIONS } from '../../src/http/conventions/read-lanes.ts';
import type { App, AppDeps } from '../../src/http/deps.ts';
import { secretConnections } from '../../src/intake/connections/connections.ts';
import { followConnections } from '../../src/intake/connections/known-connections.ts';
import { countUnmapped } from '../../src/intake/connections/unmapped.ts';
import { followLinks, type KnownLinks } from '../../src/intake/contacts/known-links.ts';
import { changesAfter } from '../../src/intake/contacts/links.ts';
import { createRegisteredTenants } from '../../src/intake/registered-tenants.ts';
import type { EventLog } from '../../src/log/log.ts';
import { openPostgresLog } from '../../src/log/postgres/postgres-log.ts';
import { sealHere } from '../../src/log/sealing/record-sealer.ts';
import { changeableLevel } from '../../src/logger.ts';
import { createMetrics } from '../../src/metrics.ts';
import { openDatabase } from '../../src/store/database.ts';
import { registeredAmong } from '../../src/store/tenants.ts';
import { type TestDatabase, testDatabase } from './database.ts';
import { testSealing, unsealingOf } from './sealing.ts';

export const ADMIN_KEY = 'the-key-of-the-administrator';
export const PARTITIONS = 4;

export interface TestApi {
  app: App;
  deps: AppDeps;
  log: EventLog;
  database: TestDatabase;
  contactLinks: KnownLinks;
  /** Sends a request with the administrator's key, or another one; `key: null` sends none. */
  call(method: Method, url: string, options?: CallOptions): Promise<Answer>;
  close(): Promise<void>;
}

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'HEAD' | 'OPTIONS';

interface CallOptions {
  key?: string | null;
  /** Sent as JSON, unless it is text or bytes. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  /** The body read as JSON; undefined where it is not. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json: any;
}

/** The HTTP API over a fresh database with the log in PostgreSQL; nothing listens. */
export async function testApi(overrides: Partial<AppDeps> = {}): Promise<TestApi> {
  const database = await testDatabase();
  const finance = openDatabase({ url: database.url, max: FINANCE_CONNECTIONS });
  const pages = openDatabase({ url: database.url, max: PAGE_CONNECTIONS });
  const logger = pino({ level: 'silent' });
  const log = await openPostgresLog({ pool: database.database.pool, partitions: PARTITIONS, logger });
  const sealing = await testSealing(database.database.db);
  const store = { db: database.database.db, sealing };
  const contactLinks = await followLinks({
    changesAfter: (change, limit) => changesAfter(store, change, limit),
    logger,
  });
  const metrics = createMetrics();
  const connections = await followConnections({
    all: () => secretConnections(database.database.db, sealing.master),
    countUnmapped: () => countUnmapped(database.database.db),
    ...{ metrics, logger },
  });
  const deps: AppDeps = {
    db: database.database.db,
    slowDb: database.database.db,
    readDb: database.database.db,
    slowReadDb: database.database.db,
    countedDb: () => database.database.db,
    keysDb: database.database.db,
    pagesDb: pages.db,
    clock: Date.now,
    logger,
    // Of nobody's logger: what tests send at random would make this one talk.
    logLevel: changeableLevel({ level: 'info' }, 'info'),
    metrics,
    limits: NO_LIMITS,
    metricsHere: true,
    readiness: async () => [{ name: 'database', ok: true }],
    adminKeys: [ADMIN_KEY],
    defaultTimeZone: 'America/Sao_Paulo',
    portalFrameAncestors: "'none'",
    webhooksAllowInsecure: true,
    partitions: PARTITIONS,
    intake: log,
    sealing,
    recordSealer: sealHere(sealing.hashes),
    unsealing: unsealingOf(sealing, database.database.db),
    contactLinks,
    registeredTenants: createRegisteredTenants({
      find: (tenants) => registeredAmong(database.database.db, tenants),
    }),
    connections,
    logEnds: () => [],
    freshLogEnds: () => log.ends(),
    pool: database.database.pool,
    financePool: finance.pool,
    projectorWork: () => null,
    graceHours: 72,
    ...overrides,
  };
  const app = await buildApp(deps);
  return {
    app,
    deps,
    log,
    database,
    contactLinks,
    async call(method, url, { key = ADMIN_KEY, body, headers = {} } = {}) {
      const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
      const response = await app.inject({
        method,
        url,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: isRaw ? body : JSON.stringify(body) }),
      });
      const { statusCode, payload } = response;
      return { status: statusCode, headers: response.headers, text: payload, json: parse(payload) };
    },
    async close() {
      await app.close();
      await contactLinks.stop();
      await connections.stop();
      await sealing.keys.stop();
      await log.close();
      await finance.close();
      await pages.close();
      await database.drop();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
