import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { Pool } from 'pg';
import { NO_LIMITS } from '../config.ts';
import { createRegisteredTenants } from '../intake/registered-tenants.ts';
import { createMetrics } from '../metrics.ts';
import { keyedHashes } from '../sealing/hashes.ts';
import { createMasterKeys, MASTER_KEY_BYTES } from '../sealing/master-keys.ts';
import type { Tables } from '../store/tables.ts';
import { buildApp } from './app.ts';
import type { AppDeps } from './deps.ts';
import { openapiYaml } from './server/docs.ts';

/** The text of openapi.yaml, from the routes alone: no database, no log. */
export async function renderOpenapi(): Promise<string> {
  const app = await buildApp(describedOnly());
  try {
    return openapiYaml(app);
  } finally {
    await app.close();
  }
}

function describedOnly(): AppDeps {
  const unused = () => Promise.reject(new Error('this app only describes itself'));
  const db = new Kysely<Tables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (own) => new PostgresIntrospector(own),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
  return {
    db,
    slowDb: db,
    readDb: db,
    slowReadDb: db,
    countedDb: () => db,
    keysDb: db,
    pagesDb: db,
    clock: () => 0,
    logger: false,
    logLevel: { now: () => ({ level: 'info', usual: 'info', until: null }), change: () => undefined },
    metrics: createMetrics(),
    limits: NO_LIMITS,
    metricsHere: true,
    readiness: unused,
    adminKeys: [],
    defaultTimeZone: 'America/Sao_Paulo',
    partitions: 1,
    intake: { append: unused },
    unsealing: { open: unused, erasedOrder: unused, contentHash: () => '' },
    sealing: {
      master: createMasterKeys([Buffer.alloc(MASTER_KEY_BYTES)]),
      hashes: keyedHashes(Buffer.alloc(32)),
      keys: {
        ...{ known: () => undefined, forWriting: unused, areUsable: () => false, forReading: unused },
        ...{ refresh: unused, stop: unused },
      },
    },
    recordSealer: { seal: unused },
    contactLinks: { contactOf: () => undefined, refresh: unused },
    registeredTenants: createRegisteredTenants({ find: unused }),
    connections: { get: () => undefined, refresh: unused },
    logEnds: () => [],
    freshLogEnds: unused,
    pool: new Pool(),
    financePool: new Pool(),
    projectorWork: () => null,
    graceHours: 72,
    portalFrameAncestors: "'none'",
    webhooksAllowInsecure: false,
  };
}
