/** When each key was last used: noted in memory, written once a minute per key, and in no request's way. */

import { type Kysely, sql } from 'kysely';
import type { Tables } from '../store/tables.ts';
import { isStored, type Key } from './rights.ts';

/** How far behind `lastUsedAt` may be. */
const EVERY_MS = 60_000;
/** Keys that fall due within it are written in one statement. */
const GATHER_MS = 1_000;
const MOST_KEYS = 10_000;

export interface KeyUse {
  /** The key is good and was used now (ms). */
  note(key: Key, at: number): void;
  /** Writes what is not yet written. */
  stop(): Promise<void>;
}

interface KeyUseOptions {
  db: Kysely<Tables>;
  /** Told when it could not be written; the next use tries again. */
  onError(error: unknown): void;
  /** Default: 1 s. */
  gatherMs?: number;
}

export function createKeyUse({ db, onError, gatherMs = GATHER_MS }: KeyUseOptions): KeyUse {
  /** By id, ms. */
  const noted = new Map<string, number>();
  let due = new Map<string, number>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    timer = null;
    const uses = due;
    due = new Map();
    if (uses.size === 0) return;
    try {
      await writeUses(db, uses);
    } catch (error) {
      for (const id of uses.keys()) noted.delete(id);
      onError(error);
    }
  }

  return {
    note(key, at) {
      const last = noted.get(key.id);
      if ((last !== undefined && Math.abs(at - last) < EVERY_MS) || !isStored(key)) return;
      if (noted.size >= MOST_KEYS) noted.clear();
      noted.set(key.id, at);
      due.set(key.id, at);
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, gatherMs).unref();
    },
    async stop() {
      if (timer !== null) clearTimeout(timer);
      writing = writing.then(write);
      await writing;
    },
  };
}

/** A key whose row somebody changes at this moment is left out: it is used again soon, or revoked. */
async function writeUses(db: Kysely<Tables>, uses: ReadonlyMap<string, number>): Promise<void> {
  await sql`
    WITH used AS MATERIALIZED (
      SELECT k.id, u.at FROM unnest(${[...uses.keys()]}::text[], ${[...uses.values()]}::bigint[]) AS u (id, at)
      JOIN billing.api_keys k ON k.id = u.id FOR NO KEY UPDATE OF k SKIP LOCKED)
    UPDATE billing.api_keys k SET last_used_at = used.at FROM used
    WHERE k.id = used.id AND (k.last_used_at IS NULL OR k.last_used_at < used.at)`.execute(db);
}
