import { type Kysely as Db, Kysely, PostgresDialect } from 'kysely';
import pg, { type ClientBase } from 'pg';
import type { Tables } from './tables.ts';

/** A pool of connections to one database, and the query builder over it. */
export interface Database {
  /** Secret: it may hold a password. */
  url: string;
  pool: pg.Pool;
  db: Db<Tables>;
  /** Waits for the connections in use, then closes all. May be called again. */
  close(): Promise<void>;
}

export interface DatabaseOptions {
  url: string;
  /** Most connections at the same time. */
  max?: number;
  /** Shown by `pg_stat_activity`. */
  applicationName?: string;
  /** Longest time a statement may take, in ms; 0: no limit. */
  statementTimeoutMs?: number;
  /** Server settings for every connection. */
  serverSettings?: Readonly<Record<string, string>>;
  /** Told of a connection that broke; a query in hand fails with the same error, and the pool replaces it. */
  onConnectionError?(error: Error): void;
}

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A transaction that waits this long for its own client holds locks for nobody: its process hangs or is frozen. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
/** How much longer than the server's own limit an answer may take before the connection counts as dead. */
const ANSWER_GRACE_MS = 5_000;

/**
 * A pool of connections and the query builder over it. Nothing is connected before the first query.
 * bigint leaves as a number (and throws where that would not be exact), date as `YYYY-MM-DD`, numeric as a string, uuid
 * as 32 hex digits: it holds a hash, which the log and the API write so.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const limit = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'janela',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: limit === 0 ? 0 : limit + ANSWER_GRACE_MS,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    // Not as parameters of the start, which PgBouncer refuses.
    onConnect: configure({
      statement_timeout: String(limit),
      idle_in_transaction_session_timeout: String(IDLE_IN_TRANSACTION_TIMEOUT_MS),
      ...options.serverSettings,
    }),
    types: { getTypeParser },
  });
  pool.on('connect', (client) => {
    // Without a listener a connection that breaks between two statements of a transaction would end the process.
    client.on('error', (error) => options.onConnectionError?.(error));
  });
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  let closed: Promise<void> | undefined;
  return {
    url: options.url,
    pool,
    db,
    close() {
      closed ??= db.destroy().then(() => (pool.ended ? undefined : pool.end()));
      return closed;
    },
  };
}

/** Sets these for a connection before anybody gets it. */
function configure(settings: Readonly<Record<string, string>>) {
  const text = Object.entries(settings)
    .map(([name, value]) => `SET ${name} = ${pg.escapeLiteral(value)}`)
    .join('; ');
  const query = { text, query_timeout: CONNECT_TIMEOUT_MS };
  return async (client: pg.ClientBase): Promise<void> => {
    await client.query(query);
  };
}

type Parser = (value: string) => unknown;

const { builtins } = pg.types;
/** Array types have no names in pg-types: int8[], date[] and numeric[]. */
const ARRAYS = { int8: 1016, date: 1182, numeric: 1231, text: 1009 };
const parseTexts = pg.types.getTypeParser(ARRAYS.text, 'text') as (value: string) => (string | null)[];

const PARSERS = new Map<number, Parser>([
  [builtins.INT8, exactInteger],
  [builtins.DATE, (value) => value],
  [builtins.NUMERIC, (value) => value],
  [builtins.UUID, (value) => value.replaceAll('-', '')],
  [ARRAYS.int8, (value) => parseTexts(value).map((item) => (item === null ? null : exactInteger(item)))],
  [ARRAYS.date, parseTexts],
  [ARRAYS.numeric, parseTexts],
]);

function exactInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw new RangeError(`bigint ${value} is beyond what a number holds exactly`);
  return number;
}

function getTypeParser(oid: number, format?: 'text' | 'binary'): Parser {
  const own = format === 'binary' ? undefined : PARSERS.get(oid);
  return own ?? (pg.types.getTypeParser(oid, format === 'binary' ? 'binary' : 'text') as Parser);
}

/** The query builder over one borrowed connection: locks of the session and its transactions belong together. */
export function onConnection(client: ClientBase): Kysely<Tables> {
  const borrowed = { query: client.query.bind(client), release: () => undefined };
  const pool = { connect: async () => borrowed, end: async () => undefined };
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as never }) });
}
