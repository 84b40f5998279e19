import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely, Transaction } from 'kysely';
import type { Calendar } from '../domain/period.ts';
import type { NewRecord, Position } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import type { Tables } from '../store/tables.ts';

/** A fastify instance whose schemas are zod's. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** One thing that must be in order before requests are sent here. */
export interface ReadinessCheck {
  name: string;
  ok: boolean;
  /** Why not, for a person. */
  detail?: string;
}

/** What the routes need from the rest of the service. */
export interface AppDeps {
  db: Kysely<Tables>;
  /** Milliseconds since 1970. */
  clock(): number;
  logger: FastifyBaseLogger | false;
  metrics: Metrics;
  readiness(): Promise<ReadinessCheck[]>;
  /** Has all scopes and is stored nowhere. */
  adminKey: string;
  /** IANA name; the zone of tenants that chose none. */
  defaultTimeZone: string;
  /** Partitions of the log. */
  partitions: number;
  /** Rejects with `LogUnavailable` or `LogFull`. */
  intake: { append(records: readonly NewRecord[]): Promise<Position[]> };
  tenants: TenantHooks;
}

/** What changing a tenant asks of the projection and of finance; all inside the transaction of the change. */
export interface TenantHooks {
  /** Whether the live projection holds events of the tenant. */
  hasEvents(transaction: Transaction<Tables>, tenant: string): Promise<boolean>;
  /** Counts the tenant's days again after its zone changed, in every projection. */
  recountTenant(transaction: Transaction<Tables>, tenant: string, calendar: Calendar): Promise<void>;
  /** Periods of the tenant with a final invoice. */
  finalPeriods(transaction: Transaction<Tables>, tenant: string): Promise<string[]>;
}
