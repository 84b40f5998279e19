/** What the HTTP API is given by whoever builds it. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely } from 'kysely';
import type { Pool } from 'pg';
import type { Limits } from '../config.ts';
import type { ReadinessCheck } from '../health/readiness.ts';
import type { KnownConnections } from '../intake/connections/known-connections.ts';
import type { KnownLinks } from '../intake/contacts/known-links.ts';
import type { RegisteredTenants } from '../intake/registered-tenants.ts';
import type { Intake } from '../intake/take-events.ts';
import type { PartitionRange } from '../log/log.ts';
import type { RecordSealer } from '../log/sealing/record-sealer.ts';
import type { ChangeableLevel } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import type { PartitionWork } from '../projection/live/projector.ts';
import type { Unsealing } from '../projection/unsealing.ts';
import type { Sealing } from '../sealing/sealing.ts';
import type { Tables } from '../store/tables.ts';

/** A fastify instance whose schemas are zod's. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** All that routes need from the rest of the service; each takes only what it uses. */
export interface AppDeps {
  db: Kysely<Tables>;
  /** Connections of reads that may take seconds, and of tables that are read at the pace of their reader. */
  slowDb: Kysely<Tables>;
  /** The same two for what is read of the projection, on a replica where there is one. */
  readDb: Kysely<Tables>;
  slowReadDb: Kysely<Tables>;
  /** Where is looked whether those reads see what was posted. */
  countedDb(): Kysely<Tables>;
  /** Connections that no read takes, to look keys up. */
  keysDb: Kysely<Tables>;
  /** Connections that keep what a page shows to one moment; as many pages at a time are so kept. */
  pagesDb: Kysely<Tables>;
  /** Opens what events keep sealed. */
  unsealing: Unsealing;
  /** Milliseconds since 1970. */
  clock(): number;
  logger: FastifyBaseLogger | false;
  logLevel: Pick<ChangeableLevel, 'now' | 'change'>;
  metrics: Metrics;
  limits: Limits;
  /** Whether `/metrics` is among what this app answers. */
  metricsHere: boolean;
  readiness(): Promise<ReadinessCheck[]>;
  /** Each has all scopes and is stored nowhere. */
  adminKeys: readonly string[];
  /** IANA name; the zone of tenants that chose none. */
  defaultTimeZone: string;
  /** Partitions of the log. */
  partitions: number;
  intake: Intake;
  sealing: Omit<Sealing, 'hashSecret'>;
  recordSealer: RecordSealer;
  contactLinks: Pick<KnownLinks, 'contactOf' | 'refresh'>;
  registeredTenants: RegisteredTenants;
  connections: Pick<KnownConnections, 'get' | 'refresh'>;
  /** The ends of the log as last seen, at most a second ago. */
  logEnds(): readonly PartitionRange[];
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  freshLogEnds(): Promise<readonly PartitionRange[]>;
  /** The connections behind `db`, for work that needs sessions of its own. */
  pool: Pool;
  /** Connections that changes of finance have for themselves, `FINANCE_CONNECTIONS` of them. */
  financePool: Pool;
  /** What the projector of this process does, per partition that it reads; null where this process has none. */
  projectorWork(): ReadonlyMap<number, PartitionWork> | null;
  /** How long after its end a period may not be finalized yet. */
  graceHours: number;
  /** Whether webhooks may lie at addresses that are not public, and be asked by http. */
  webhooksAllowInsecure: boolean;
  /** Who may frame the pages of a portal link, as `frame-ancestors` of a Content-Security-Policy has it. */
  portalFrameAncestors: string;
}
