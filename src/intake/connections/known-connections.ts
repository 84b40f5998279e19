/** Connections as every payload asks for them: all of them in memory, following the database. */

import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import { pause, startLoop } from '../../async.ts';
import type { Key } from '../../keys/rights.ts';
import type { Metrics } from '../../metrics.ts';
import { type PayloadReader, payloadReader } from '../whatsapp/payload.ts';
import type { SecretConnection } from './connections.ts';

/** A connection that payloads may come by. */
export interface OpenConnection extends SecretConnection {
  read: PayloadReader;
  /** Whom the log names as the sender, and what it may do. */
  key: Key;
}

export interface KnownConnections {
  get(name: string): OpenConnection | undefined;
  /** Resolves once all that was committed before the call is known here. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

interface Options {
  all(): Promise<readonly SecretConnection[]>;
  /** How many parts each keeps that could not be mapped. */
  countUnmapped(): Promise<readonly { connection: string; count: number }[]>;
  metrics: Pick<Metrics, 'unmapped'>;
  logger: Pick<Logger, 'debug'>;
  /** How often they are asked for, in ms. */
  everyMs?: number;
}

const EVERY_MS = 1_000;
/** Looks at the connections for one count of what they keep. */
const LOOKS_PER_COUNT = 10;

/** Resolves once every connection is known. While the database cannot be asked, what is known holds on. */
export async function followConnections(options: Options): Promise<KnownConnections> {
  const { all, countUnmapped, metrics, logger, everyMs = EVERY_MS } = options;
  let known = new Map<string, OpenConnection>();
  let reading: Promise<void> = Promise.resolve();

  async function read(): Promise<void> {
    const found = await all();
    known = new Map(found.map((connection) => [connection.name, opened(connection, known)]));
  }

  /** One after the other, so that an older answer never follows a newer one. */
  function refresh(): Promise<void> {
    reading = reading.catch(() => undefined).then(read);
    return reading;
  }

  async function count(): Promise<void> {
    for (const one of await countUnmapped()) metrics.unmapped.set({ connection: one.connection }, one.count);
  }

  await refresh();
  await count();
  const loop = startLoop(async (signal) => {
    for (let looks = 1; ; looks++) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      try {
        await refresh();
        if (looks % LOOKS_PER_COUNT === 0) await count();
      } catch (error) {
        logger.debug({ err: error }, 'could not read connections');
      }
    }
  });
  return { get: (name) => known.get(name), refresh, stop: loop.stop };
}

/** One that has not changed keeps its reader, which knows all its tenants by heart. */
function opened(connection: SecretConnection, known: ReadonlyMap<string, OpenConnection>): OpenConnection {
  const before = known.get(connection.name);
  if (before !== undefined) {
    const { read: _, key: __, ...same } = before;
    if (isDeepStrictEqual(same, connection)) return before;
  }
  return { ...connection, read: payloadReader(connection), key: keyOf(connection.name) };
}

/** A connection says itself whose an event is, and takes nothing back. */
function keyOf(name: string): Key {
  return { id: `connection:${name}`, scopes: new Set(['events:write']), tenants: null, expiresAt: null };
}
