import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Kysely, Transaction } from 'kysely';
import type { Pool } from 'pg';
import type { Calendar } from '../domain/period.ts';
import type { ReadinessCheck } from '../health/readiness.ts';
import type { NewRecord, PartitionRange, Position } from '../log/log.ts';
import type { Metrics } from '../metrics.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import type { StoredWindow } from '../projection/read/windows.ts';
import type { Tables } from '../store/tables.ts';

/** A fastify instance whose schemas are zod's. */
export type App = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

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
  intake: Intake;
  tenants: TenantHooks;
  /** The ends of the log as last seen, at most a second ago. */
  logEnds(): readonly PartitionRange[];
  /** The ends of the log now. Rejects with `LogUnavailable`. */
  freshLogEnds(): Promise<readonly PartitionRange[]>;
  /** The connections behind `db`, for work that needs sessions of its own. */
  pool: Pool;
  /** What the projector of this process does, per partition that it reads; null where this process has none. */
  projectorWork(): ReadonlyMap<number, PartitionWork> | null;
  /** How long after its end a period may not be finalized yet. */
  graceHours: number;
  /** Absent: there are no plans and no invoices. */
  billing?: BillingReads;
}

/** What stands before the log. */
export interface Intake {
  /** Rejects with `LogUnavailable`, `LogFull` or `LogBroken`. */
  append(records: readonly NewRecord[]): Promise<Position[]>;
  /** Refuse bodies before they are read; absent: never. */
  isFull?(): boolean;
}

/** A projector's work on one partition: log records per second, and what went wrong last, if nothing went well since. */
export interface PartitionWork {
  rate: number;
  lastError: { message: string; at: number } | null;
}

/** What finance adds to answers about windows, read in the same view of the database. */
export interface BillingReads {
  /** By tenant; one without plan and without invoice in its period may be left out. */
  periods(
    snapshot: ReadSnapshot,
    scopes: readonly { tenant: string; period: string }[],
  ): Promise<ReadonlyMap<string, PeriodBilling>>;
  /** A window that a standing invoice billed and that is no longer there; null where there is none of this id. */
  removedWindow(snapshot: ReadSnapshot, tenant: string, id: string): Promise<RemovedWindow | null>;
}

export interface PeriodBilling {
  plan: string | null;
  allowance: number | null;
  limit: number | null;
  /** The standing invoice; `finalizedAt` in ms. */
  invoiced: { number: string; receptive: number; active: number; finalizedAt: number } | null;
}

export interface RemovedWindow {
  /** As it was billed. */
  window: StoredWindow;
  period: string;
  /** The event that took it away. */
  cause: { event: string; position: Position } | null;
}

/** What changing a tenant asks of the projection and of finance; all inside the transaction of the change. */
export interface TenantHooks {
  /** Whether the live projection holds events of the tenant. */
  hasEvents(transaction: Transaction<Tables>, tenant: string): Promise<boolean>;
  /** Counts the tenant's days again after its zone changed, in every projection. */
  recountTenant(transaction: Transaction<Tables>, tenant: string, calendar: Calendar): Promise<void>;
  /** Periods of the tenant with a final invoice. */
  finalPeriods(db: Kysely<Tables>, tenant: string): Promise<string[]>;
}
