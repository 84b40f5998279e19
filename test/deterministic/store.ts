/** A model of PostgreSQL in memory, at the seam of a projection: transactions, row locks, and tables as its SQL leaves them. */

import pg from 'pg';
import { CUSTOMER_SERVICE_MS } from '../../src/domain/conversation.ts';
import { refOf } from '../../src/domain/effective.ts';
import { EVENT_CLASS, isMessage, isSent } from '../../src/domain/event.ts';
import type { Progress } from '../../src/log/log.ts';
import { chainStart } from '../../src/log/record/hash-chain.ts';
import type {
  BatchEvent,
  ConversationKey,
  Quarantined,
  StoredEvent,
} from '../../src/projection/tables/events.ts';
import type { FoldReader, MessageCursor } from '../../src/projection/tables/fold-reader.ts';
import { gapsOf, movedPast, progressOf } from '../../src/projection/tables/positions.ts';
import type { Projection } from '../../src/projection/tables/projection.ts';
import type { TallyDeltas } from '../../src/projection/tables/tallies.ts';
import type { WindowRow } from '../../src/projection/tables/windows.ts';
import type { GapsTable, PositionsTable } from '../../src/store/projection-tables.ts';
import type { Process, World } from './world.ts';

/** Rows that name one event, as many as are read at once: few, so that the rest of the code is needed. */
const FEW = 3;
const DOWN_MS = 2_000;

type Row = BatchEvent & { voided: boolean };

/** What a store can be made to do wrong, to see whether it is found. */
export interface StoreBugs {
  /** Positions stand whatever becomes of the transaction. */
  positionsFirst?: boolean;
  /** Whoever wants a position gets it, also beside another one. */
  sharesPositions?: boolean;
  /** What is stored is not found again, and stored once more. */
  forgetsKeys?: boolean;
}

export interface Tables {
  /** By conversation, then key. */
  events: Map<string, Map<string, Row>>;
  conversations: Set<string>;
  /** By conversation, then opening instant. */
  windows: Map<string, Map<number, WindowRow>>;
  windowTallies: Map<string, number>;
  messageTallies: Map<string, number>;
  positions: PositionsTable[];
  quarantine: Map<string, Quarantined>;
  gaps: GapsTable[];
}

export interface Store {
  tables: Tables;
  /** Whether a transaction is open, whose changes the tables show and which may still come to nothing. */
  isBusy(): boolean;
  progress(owner: Process, partitions: readonly number[]): Promise<Map<number, Progress>>;
  /** Rejects with nothing done, or with everything: a connection can be lost in the commit. */
  transact<T>(owner: Process, work: (projection: Projection) => Promise<T>): Promise<T>;
}

interface Transaction {
  owner: Process;
  undo: (() => void)[];
  locked: Set<number>;
  state: 'open' | 'committed' | 'gone';
}

class ConnectionLost extends Error {}

export function createStore(world: World, partitions: number, bugs: StoreBugs): Store {
  const tables = emptyTables(partitions);
  const locks = createRowLocks(world, bugs);
  const open = new Set<Transaction>();
  /** Committed, but not on disk yet: `synchronous_commit` is off. */
  let unflushed: Transaction[] = [];
  let downUntil = 0;

  function end(transaction: Transaction, state: 'committed' | 'gone'): void {
    if (transaction.state !== 'open') return;
    transaction.state = state;
    open.delete(transaction);
    if (state === 'gone') revert(transaction);
    else {
      unflushed.push(transaction);
      world.after(400 * world.random(), world.outside, () => {
        const at = unflushed.indexOf(transaction);
        // What was committed before is on disk as well.
        if (at >= 0) unflushed = unflushed.slice(at + 1);
      });
    }
    locks.release(transaction);
  }

  function crash(): void {
    world.note('the database crashes');
    downUntil = world.now() + DOWN_MS * world.random();
    for (const transaction of [...open]) end(transaction, 'gone');
    for (const transaction of unflushed.reverse()) revert(transaction);
    unflushed = [];
  }

  async function connect(owner: Process, what: string): Promise<void> {
    await world.step(owner, what);
    if (world.fault('databaseCrash')) crash();
    if (world.now() < downUntil || world.fault('failure')) throw new ConnectionLost('the database is gone');
  }

  world.onCrash((process) => {
    for (const transaction of open)
      if (transaction.owner === process)
        world.after(world.delay(), world.outside, () => end(transaction, 'gone'));
  });

  /** One statement: its answer comes later, or the connection breaks and PostgreSQL rolls back. */
  async function statement<T>(transaction: Transaction, what: string, run: () => T): Promise<T> {
    await world.step(transaction.owner, what);
    if (world.fault('databaseCrash')) crash();
    if (world.fault('failure')) end(transaction, 'gone');
    if (transaction.state !== 'open') throw new ConnectionLost('the connection was lost');
    return run();
  }

  return {
    tables,
    isBusy: () => open.size > 0,
    async progress(owner, asked) {
      await connect(owner, 'asks for its positions');
      return new Map(asked.map((partition) => [partition, progressOf(positionOf(tables, partition))]));
    },
    async transact(owner, work) {
      await connect(owner, 'begins');
      const transaction: Transaction = { owner, undo: [], locked: new Set(), state: 'open' };
      open.add(transaction);
      try {
        const result = await work(projectionIn({ tables, locks, bugs, transaction, statement }));
        await statement(transaction, 'commits', () => end(transaction, 'committed'));
        await world.step(owner, 'has committed');
        if (world.fault('failure')) throw new ConnectionLost('the connection was lost after the commit');
        return result;
      } catch (error) {
        end(transaction, 'gone');
        throw error;
      }
    },
  };
}

function emptyTables(partitions: number): Tables {
  return {
    events: new Map(),
    conversations: new Set(),
    windows: new Map(),
    windowTallies: new Map(),
    messageTallies: new Map(),
    positions: Array.from({ length: partitions }, (_, partition) => ({
      partition,
      ...{ next: 0, last_offset: null, last_digest: null, chain: chainStart(partition) },
      ...{ events: 0, duplicates: 0, quarantined: 0 },
    })),
    quarantine: new Map(),
    gaps: [],
  };
}

function positionOf({ positions }: Tables, partition: number): PositionsTable {
  const position = positions[partition];
  if (position === undefined) throw new Error(`partition ${partition} has no position`);
  return position;
}

function revert({ undo }: Transaction): void {
  for (const change of undo.reverse()) change();
}

interface RowLocks {
  /** Resolves once the row is this transaction's alone, or the transaction is gone. */
  take(transaction: Transaction, partition: number): Promise<void>;
  release(transaction: Transaction): void;
}

function createRowLocks(world: World, bugs: StoreBugs): RowLocks {
  const holders = new Map<number, Transaction>();
  const waiting: { transaction: Transaction; partition: number; go(): void }[] = [];
  return {
    take(transaction, partition) {
      if (bugs.sharesPositions || !holders.has(partition)) {
        holders.set(partition, transaction);
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const go = () => world.after(world.delay(), transaction.owner, resolve);
        waiting.push({ transaction, partition, go });
      });
    },
    release(transaction) {
      const left = waiting.splice(0);
      for (const entry of left) {
        if (entry.transaction === transaction) entry.go();
        else waiting.push(entry);
      }
      for (const [partition, holder] of holders) {
        if (holder !== transaction) continue;
        holders.delete(partition);
        const next = waiting.find((entry) => entry.partition === partition);
        if (next === undefined) continue;
        waiting.splice(waiting.indexOf(next), 1);
        holders.set(partition, next.transaction);
        next.go();
      }
    },
  };
}

interface Access {
  tables: Tables;
  locks: RowLocks;
  bugs: StoreBugs;
  transaction: Transaction;
  statement<T>(transaction: Transaction, what: string, run: () => T): Promise<T>;
}

function unused(name: string) {
  return () => {
    throw new Error(`a live batch does not use ${name}`);
  };
}

function projectionIn(access: Access): Projection {
  const { transaction, statement } = access;
  const run = <T>(what: string, work: () => T) => statement(transaction, what, work);
  return {
    // Only settings and sealed ids are read over it: the former have a model of their own, of the latter there are none.
    client: { query: unused('client.query') } as unknown as Projection['client'],
    schema: 'projection',
    positions: positionsIn(access, run),
    events: eventsIn(access, run),
    windows: windowsIn(access, run),
    tallies: {
      add: (deltas) => run('adds to tallies', () => addTallies(access, deltas)),
      clear: unused('tallies.clear'),
    },
    nextTallies: { add: unused('nextTallies.add') } as Projection['nextTallies'],
    foldReader: foldReaderIn(access, run),
  };
}

type Run = <T>(what: string, work: () => T) => Promise<T>;

/** Puts a value into a map, and what was there back if the transaction comes to nothing. */
function put<K, V>({ undo }: Transaction, map: Map<K, V>, key: K, value: V | undefined): void {
  const before = map.get(key);
  undo.push(() => {
    if (before === undefined) map.delete(key);
    else map.set(key, before);
  });
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function inner<K, I, V>(map: Map<K, Map<I, V>>, key: K): Map<I, V> {
  let found = map.get(key);
  if (found === undefined) {
    found = new Map();
    map.set(key, found);
  }
  return found;
}

function positionsIn({ tables, locks, bugs, transaction }: Access, run: Run): Projection['positions'] {
  return {
    async lock(partitions) {
      for (const partition of [...partitions].sort((a, b) => a - b)) {
        await run(`locks ${partition}`, () => undefined);
        await locks.take(transaction, partition);
        transaction.locked.add(partition);
      }
      return run('has locked', () => new Map(partitions.map((p) => [p, { ...positionOf(tables, p) }])));
    },
    advance: (advances) =>
      run('advances', () => {
        const moved = movedPast(advances);
        for (const { partition, next, last, chain, counts } of moved) {
          const before = positionOf(tables, partition);
          if (!bugs.positionsFirst)
            transaction.undo.push(() => {
              tables.positions[partition] = before;
            });
          tables.positions[partition] = {
            ...{ partition, next, chain },
            last_offset: last?.offset ?? null,
            last_digest: last?.digest ?? null,
            events: before.events + counts.events,
            duplicates: before.duplicates + counts.duplicates,
            quarantined: before.quarantined + counts.quarantined,
          };
        }
        return new Map(moved.map(({ partition, next, last }) => [partition, { next, last }]));
      }),
    progress: unused('positions.progress'),
    reclassify: unused('positions.reclassify'),
    noteGaps: (batches) =>
      run('notes gaps', () => {
        for (const gap of batches.flatMap(gapsOf)) {
          const { gaps } = tables;
          const last = gaps.findLast((other) => other.partition === gap.partition);
          if (last?.next === gap.first) {
            const { next } = last;
            last.next = gap.next;
            transaction.undo.push(() => {
              last.next = next;
            });
          } else {
            gaps.push(gap);
            transaction.undo.push(() => gaps.splice(gaps.indexOf(gap), 1));
          }
        }
      }),
  };
}

function eventsIn({ tables, bugs, transaction }: Access, run: Run): Projection['events'] {
  const of = (conversation: string) => tables.events.get(conversation) ?? new Map<string, Row>();
  const naming = ({ conversation, key }: ConversationKey) =>
    [...of(conversation).values()].filter(({ ref }) => ref === key);

  function byKeys(keys: readonly ConversationKey[], borne: readonly ConversationKey[]) {
    const events: StoredEvent[] = [];
    const crowded: ConversationKey[] = [];
    if (bugs.forgetsKeys) return { events, crowded };
    for (const { conversation, key } of borne) {
      const own = of(conversation).get(key);
      if (own !== undefined) events.push({ ...own });
    }
    for (const key of keys) {
      const named = naming(key).slice(0, FEW);
      for (const row of named) events.push({ ...row });
      if (named.length === FEW) crowded.push(key);
    }
    return { events, crowded };
  }

  function insert(event: BatchEvent, voided: boolean): void {
    const own = inner(tables.events, event.conversation);
    if (own.has(event.key) && !bugs.forgetsKeys) throw repeated();
    put(transaction, own, event.key, { ...event, voided });
  }

  return {
    byKeys: (keys, borne = keys) => run('looks up keys', () => byKeys(keys, borne)),
    deciding: (keys, except) =>
      run('looks up what decides', () =>
        keys.flatMap((key) => {
          const isExcepted = (row: Row) =>
            except.some((other) => other.conversation === row.conversation && other.key === row.key);
          const left = naming(key).filter((row) => !row.voided && !isExcepted(row));
          return [3, 4, 5, 6].flatMap((eventClass) => {
            const found = left.find((row) => row.class === eventClass);
            return found === undefined ? [] : [{ ...found }];
          });
        }),
      ),
    sentUnder: (names) =>
      run('looks up sent messages', () =>
        names.flatMap((name) =>
          naming(name)
            .filter((row) => isSent(row.class) && !row.voided)
            .map((row) => ({ ...row })),
        ),
      ),
    lastMessageInstants: (conversations) =>
      run('looks up last messages', () => {
        const instants = new Map<string, number>();
        for (const conversation of conversations) {
          const own = [...of(conversation).values()].filter((row) => isMessage(row.class));
          if (own.length > 0) instants.set(conversation, Math.max(...own.map(({ at }) => at)));
        }
        return instants;
      }),
    write: (events, voided) =>
      run('writes events', () => {
        for (const event of events) insert(event, voided.has(event));
      }),
    markVoided: (keys) =>
      run('marks as voided', () => {
        for (const { conversation, key } of keys) {
          const row = of(conversation).get(key);
          if (row !== undefined) put(transaction, of(conversation), key, { ...row, voided: true });
        }
      }),
    writeConversations: (firsts) =>
      run('writes conversations', () => {
        for (const { conversation } of firsts) {
          if (tables.conversations.has(conversation)) continue;
          tables.conversations.add(conversation);
          transaction.undo.push(() => tables.conversations.delete(conversation));
        }
      }),
    writeQuarantine: (rows) =>
      run('writes the quarantine', () => {
        for (const row of rows) {
          const place = `${row.partition}/${row.offset}`;
          if (tables.quarantine.has(place)) throw new Error('duplicate key value: quarantine');
          put(transaction, tables.quarantine, place, row);
        }
      }),
    markVoidedAt: unused('events.markVoidedAt'),
    load: unused('events.load'),
    remove: unused('events.remove'),
    tenants: unused('events.tenants'),
  };
}

/** What PostgreSQL says of a key that is stored already. */
function repeated(): Error {
  const error = new pg.DatabaseError('duplicate key value: events', 0, 'error');
  return Object.assign(error, { code: '23505', table: 'events' });
}

function windowsIn({ tables, transaction }: Access, run: Run): Projection['windows'] {
  return {
    lastBefore: (bounds) =>
      run('looks up last windows', () => {
        const found = new Map<string, WindowRow>();
        for (const [conversation, bound] of bounds) {
          const window = lastWindowBefore(tables, conversation, bound);
          if (window !== undefined) found.set(conversation, window);
        }
        return found;
      }),
    write: ({ removed, moved, added }) =>
      run('writes windows', () => {
        for (const row of removed)
          put(transaction, inner(tables.windows, row.conversation), row.opened_at, undefined);
        for (const row of moved)
          put(transaction, inner(tables.windows, row.conversation), row.opened_at, row);
        for (const row of added) {
          const own = inner(tables.windows, row.conversation);
          if (own.has(row.opened_at)) throw new Error('duplicate key value: windows');
          put(transaction, own, row.opened_at, row);
        }
      }),
    clear: unused('windows.clear'),
  };
}

function lastWindowBefore(tables: Tables, conversation: string, bound: number): WindowRow | undefined {
  let last: WindowRow | undefined;
  for (const row of tables.windows.get(conversation)?.values() ?? [])
    if (row.opened_at < bound && row.opened_at > (last?.opened_at ?? Number.NEGATIVE_INFINITY)) last = row;
  return last === undefined ? undefined : { ...last };
}

function foldReaderIn({ tables }: Access, run: Run): FoldReader {
  const rowsOf = (conversation: string) => [...(tables.events.get(conversation)?.values() ?? [])];
  const has = (rows: readonly Row[], message: Row, ...classes: number[]) =>
    rows.some((row) => !row.voided && classes.includes(row.class) && row.ref === refOf(message));

  function messagesAfter(
    { conversation, at, class: last, openersOnly, waits }: MessageCursor,
    limit: number,
  ) {
    const rows = rowsOf(conversation);
    const found = rows
      .filter((row) => row.class <= (openersOnly ? EVENT_CLASS.template : EVENT_CLASS.freeText))
      .filter((row) => (row.at > at || (row.at === at && row.class > last)) && !row.voided)
      .map((row) => ({ row, delivered: isSent(row.class) && has(rows, row, 3, 4) }))
      .filter(({ row, delivered }) => row.class === 0 || delivered || !has(rows, row, 5))
      .map(({ row, delivered }) => ({ ...row, delivered: waits && row.class === 1 && delivered }))
      .sort((a, b) => a.at - b.at || a.class - b.class);
    const end = found[limit - 1];
    return end === undefined
      ? found
      : found.filter((row) => row.at < end.at || (row.at === end.at && row.class <= end.class));
  }

  return {
    windowsBefore: (points) =>
      run('looks up windows before', () =>
        points.map(({ conversation, at }) => lastWindowBefore(tables, conversation, at)),
      ),
    windowsWithin: (spans) =>
      run('looks up windows within', () =>
        spans.flatMap(({ conversation, from, to }) =>
          [...(tables.windows.get(conversation)?.values() ?? [])]
            .filter((row) => row.opened_at >= from && row.opened_at <= to)
            .map((row) => ({ ...row }))
            .sort((a, b) => a.opened_at - b.opened_at),
        ),
      ),
    messages: (cursors, limit) =>
      run('reads messages', () => cursors.flatMap((cursor) => messagesAfter(cursor, limit))),
    blocks: unused('blocks: every record is in clear'),
    contactWroteBefore: (points) =>
      run('looks up the contact', () => {
        const found = new Map<string, number>();
        for (const { conversation, at } of points) {
          const instants = rowsOf(conversation)
            .filter((row) => row.class === EVENT_CLASS.received && !row.voided)
            .filter((row) => row.at < at && row.at >= at - CUSTOMER_SERVICE_MS);
          if (instants.length > 0) found.set(conversation, Math.max(...instants.map((row) => row.at)));
        }
        return found;
      }),
  };
}

function addTallies({ tables, transaction }: Access, deltas: TallyDeltas): void {
  for (const [key, value] of talliesOf(deltas)) {
    const map = key.startsWith('window') ? tables.windowTallies : tables.messageTallies;
    const sum = (map.get(key) ?? 0) + value;
    put(transaction, map, key, sum === 0 ? undefined : sum);
  }
}

/** Counts by what their rows are named by; those of messages are a row for each column. */
export function talliesOf({ windows, messages }: TallyDeltas): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (key: string, by: number) => {
    const sum = (counts.get(key) ?? 0) + by;
    if (sum === 0) counts.delete(key);
    else counts.set(key, sum);
  };
  for (const { row, day, count } of windows.values()) {
    const { tenant, kind, channel, account, origin, category, partition } = row;
    add(
      `window ${JSON.stringify([tenant, day, kind, channel, account, origin, category, partition])}`,
      count,
    );
  }
  for (const { tenant, day, partition, received, templates, freeForm } of messages.values())
    for (const [name, count] of Object.entries({ received, templates, freeForm }))
      add(`message ${JSON.stringify([tenant, day, partition, name])}`, count);
  return counts;
}
