/** The keys that personal data is sealed with: found or made for writing, found for reading, the latest ones in memory. */

import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { pause, startLoop, within } from '../async.ts';
import type { Tables } from '../store/tables.ts';
import { FORMER_HASHES, type Hashes, type KeyedHashes, type KeyHolder } from './hashes.ts';
import {
  insertKeys,
  type KeyChange,
  type KeyName,
  type KeyRow,
  keyChangesAfter,
  keysNamed,
  lastKeyChange,
  type NewKeyRow,
  newestKeys,
} from './key-rows.ts';
import type { MasterKeys } from './master-keys.ts';
import { createRecent } from './recent.ts';
import { WRAPPED } from './rewrap.ts';
import type { SealingKey } from './sealed.ts';

/** What an event is sealed with, and how it is named in its record. */
export interface ContactKey extends SealingKey {
  /** Hash that the records of its holder bear; of a holder without account, that of the contact. */
  conversation: string;
  /** Those of the ids in these records. */
  hashes: Hashes;
}

export interface ContactKeys {
  /**
   * The key where no wait is needed, also while the database does not answer, until the lease ends; undefined: ask
   * `forWriting`. Seal with it before anything else is waited for, or ask `areUsable` then.
   */
  known(holder: KeyHolder): ContactKey | undefined;
  /**
   * The key of each; one that is new is durable once this resolves. Rejects with `KeysUnavailable`, with what the
   * database says, or with what `knownFormer` does.
   */
  forWriting(holders: readonly KeyHolder[]): Promise<ContactKey[]>;
  /** Whether what was sealed with these keys may still be appended; else ask `forWriting` again. */
  areUsable(keys: readonly KeyName[]): boolean;
  /**
   * The secret of each key; null: it was destroyed. `db`: a connection in hand; who has one and waits for another can
   * wait for ever.
   */
  forReading(names: readonly KeyName[], db?: Kysely<Tables>): Promise<(Buffer | null)[]>;
  /** Resolves once all that was committed before the call is known here. */
  refresh(): Promise<void>;
  stop(): Promise<void>;
}

/** Whether a key is still in use, or which it is, could not be asked in time. */
export class KeysUnavailable extends Error {
  override name = 'KeysUnavailable';
}

export interface ContactKeysOptions {
  db: Kysely<Tables>;
  master: MasterKeys;
  hashes: KeyedHashes;
  /**
   * Which of these conversations, by the hashes of format 1, have records of that format: they go on under these hashes.
   * Rejects as long as that cannot be told.
   */
  knownFormer(conversations: readonly string[]): Promise<ReadonlySet<string>>;
  /** Wall clock, ms. */
  clock(): number;
  logger: Pick<Logger, 'debug' | 'warn'>;
  /**
   * For how long a key that was in use is still used without news from the database, in ms; erasing waits longer. Default:
   * 5 s.
   */
  leaseMs?: number;
  /** How often ended keys are asked for, in ms. */
  everyMs?: number;
  /** Most keys kept in memory for either purpose. */
  most?: number;
}

/** Within this time of its end nobody seals with a key, where no longer lease is given. */
const LEAST_LEASE_MS = 5_000;
/** Well below any lease. */
const EVERY_MS = 1_000;
/** By so much a lease ends earlier here than where keys are destroyed. */
const MARGIN_MS = 1_000;
const LOOKUP_MS = 3_000;
/** Some 25 MB. */
const MOST = 50_000;
const CHANGES_AT_ONCE = 10_000;
const LABEL = WRAPPED.contactKeys.label;

/** Resolves once it can be asked. */
export async function openContactKeys(options: ContactKeysOptions): Promise<ContactKeys> {
  const { db, logger, leaseMs = LEAST_LEASE_MS, everyMs = EVERY_MS, most = MOST } = options;
  const staleMs = leaseMs - MARGIN_MS;
  const writing = createRecent<ContactKey>(most);
  const reading = createRecent<{ secret: Buffer | null }>(most);
  const ended = await followEnds(db, ({ isErased, ...name }) => {
    if (isErased) reading.set(textOf(name), { secret: null });
  });

  function known(holder: KeyHolder): ContactKey | undefined {
    if (ended.age() >= staleMs) return undefined;
    const key = writing.get(placeOf(holder));
    return key === undefined || ended.has(key) ? undefined : key;
  }

  const make = gathered((holders: ReadonlyMap<string, KeyHolder>) =>
    findOrMake(options, holders, { isEnded: ended.has }),
  );

  async function forWriting(holders: readonly KeyHolder[]): Promise<ContactKey[]> {
    if (ended.age() >= staleMs) await within(LOOKUP_MS, ended.refresh(), tooLate);
    const missing = new Map<string, KeyHolder>();
    const found = holders.map((holder) => {
      const key = known(holder);
      if (key === undefined) missing.set(placeOf(holder), holder);
      return key;
    });
    if (missing.size === 0) return found as ContactKey[];
    const made = await within(LOOKUP_MS, make(missing), tooLate);
    for (const place of missing.keys()) writing.set(place, made.get(place) as ContactKey);
    const keys = holders.map((holder, index) => found[index] ?? (made.get(placeOf(holder)) as ContactKey));
    // Some may have ended while the others were made.
    return areUsable(keys) ? keys : await forWriting(holders);
  }

  function areUsable(keys: readonly KeyName[]): boolean {
    return ended.age() < staleMs && !keys.some(ended.has);
  }

  async function forReading(names: readonly KeyName[], inHand = db): Promise<(Buffer | null)[]> {
    const found = names.map((name) => reading.get(textOf(name)));
    const missing = new Map(
      names.flatMap((name, index) => (found[index] === undefined ? [[textOf(name), name]] : [])),
    );
    if (missing.size === 0) return found.map((entry) => entry?.secret ?? null);
    const opened = await openKeys({ ...options, db: inHand }, missing);
    for (const [text, secret] of opened) reading.set(text, { secret });
    // One that was destroyed while it was read must not stay.
    for (const [text, name] of missing) if (ended.isErased(name)) reading.set(text, { secret: null });
    return names.map((name, index) => found[index]?.secret ?? opened.get(textOf(name)) ?? null);
  }

  const loop = startLoop(async (signal) => {
    for (;;) {
      await pause(everyMs, signal);
      if (signal.aborted) return;
      await ended
        .refresh()
        .catch((error: unknown) => logger.debug({ err: error }, 'could not read ended keys'));
    }
  });
  return { known, forWriting, areUsable, forReading, refresh: ended.refresh, stop: loop.stop };
}

function tooLate(): Error {
  return new KeysUnavailable('the database does not answer which key to seal with');
}

/** Names have no control characters, and neither accounts nor contacts. */
function placeOf({ tenant, channel, account, contact }: KeyHolder): string {
  return `${tenant}\n${channel}\n${account ?? ''}\n${contact}`;
}

function textOf({ conversation, generation }: KeyName): string {
  return `${conversation}/${generation}`;
}

/** Keys that were ended or destroyed since the start, and how old that knowledge is. */
async function followEnds(db: Kysely<Tables>, changed: (change: KeyChange) => void) {
  const ended = new Map<string, number>();
  const erased = new Set<string>();
  let asOf = performance.now();
  let last = await lastKeyChange(db);
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;

  async function read(): Promise<void> {
    const askedAt = performance.now();
    for (;;) {
      const changes = await keyChangesAfter(db, last, CHANGES_AT_ONCE);
      for (const change of changes) {
        ended.set(change.conversation, Math.max(change.generation, ended.get(change.conversation) ?? 0));
        if (change.isErased) erased.add(textOf(change));
        changed(change);
        last = change.change;
      }
      if (changes.length < CHANGES_AT_ONCE) break;
    }
    asOf = askedAt;
  }

  return {
    has: ({ conversation, generation }: KeyName) => generation <= (ended.get(conversation) ?? -1),
    isErased: (name: KeyName) => erased.has(textOf(name)),
    /** ms since the question that everything known here answers. */
    age: () => performance.now() - asOf,
    /** One after the other, so that an older answer never follows a newer one; who waits for the next one waits with others. */
    refresh(): Promise<void> {
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = null;
          return read();
        });
      running = next;
      return next;
    },
  };
}

/** One run at a time; what is asked for meanwhile goes into the next one together. */
function gathered<Q, A>(run: (asked: ReadonlyMap<string, Q>) => Promise<A>) {
  let running: Promise<unknown> = Promise.resolve();
  let next: { asked: Map<string, Q>; answer: Promise<A> } | null = null;
  return (wanted: ReadonlyMap<string, Q>): Promise<A> => {
    if (next === null) {
      const asked = new Map<string, Q>();
      const answer = running.then(() => {
        next = null;
        return run(asked);
      });
      running = answer.catch(() => undefined);
      next = { asked, answer };
    }
    for (const [key, question] of wanted) next.asked.set(key, question);
    return next.answer;
  };
}

/** A slab holds the secrets of so many keys. */
const SLAB = 256;
const SECRET = 32;
let slab = Buffer.alloc(0);
let taken = 0;

/**
 * The same secret in memory that it shares with those kept at about the same time, and that are let go at about the same
 * time: memory of its own takes some 350 bytes more, and the garbage collector looks at each.
 */
function compact(secret: Buffer): Buffer {
  if (taken === slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB * SECRET);
    taken = 0;
  }
  const place = slab.subarray(taken, taken + SECRET);
  taken += SECRET;
  secret.copy(place);
  return place;
}

type Making = Pick<ContactKeysOptions, 'db' | 'master' | 'hashes' | 'knownFormer' | 'clock'>;

/** More would mean that keys end as fast as they are made. */
const MOST_ROUNDS = 5;

async function findOrMake(
  options: Making,
  holders: ReadonlyMap<string, KeyHolder>,
  { isEnded }: { isEnded(name: KeyName): boolean },
): Promise<Map<string, ContactKey>> {
  const keys = new Map<string, ContactKey>();
  const wanted = new Map(
    [...holders].map(([place, holder]) => [place, candidatesOf(holder, options.hashes)]),
  );
  for (let round = 0; wanted.size > 0; round++) {
    if (round === MOST_ROUNDS) throw new KeysUnavailable('keys end as fast as they are made');
    const newest = await newestOf(options.db, wanted.values());
    for (const [place, candidates] of wanted) {
      const row = newest.get(candidates.keyed) ?? newest.get(candidates.former ?? '');
      if (row === undefined || row.wrapped === null || row.isEnded || isEnded(row)) continue;
      keys.set(place, toKey(row, options.master.open(LABEL, row.wrapped), candidates, options.hashes));
      wanted.delete(place);
    }
    if (wanted.size > 0) await makeKeys(options, wanted, newest, keys);
  }
  return keys;
}

/** Under which hash a holder's records may stand. */
interface Candidates {
  keyed: string;
  /** That of format 1; null where there was none. */
  former: string | null;
  contact: string;
}

function candidatesOf(holder: KeyHolder, hashes: KeyedHashes): Candidates {
  const contact = hashes.contact(holder);
  const { account } = holder;
  if (account === null) return { keyed: contact, former: null, contact };
  const conversation = { ...holder, account };
  return {
    keyed: hashes.conversation(conversation),
    former: FORMER_HASHES.conversation(conversation),
    contact,
  };
}

async function newestOf(
  db: Kysely<Tables>,
  wanted: Iterable<Candidates>,
): Promise<ReadonlyMap<string, KeyRow>> {
  const hashes = [...wanted].flatMap(({ keyed, former }) => (former === null ? [keyed] : [keyed, former]));
  return new Map((await newestKeys(db, hashes)).map((row) => [row.conversation, row]));
}

function toKey(
  { conversation, generation }: KeyName,
  secret: Buffer,
  { former }: Candidates,
  hashes: KeyedHashes,
): ContactKey {
  return {
    ...{ conversation, generation, secret: compact(secret) },
    hashes: conversation === former ? FORMER_HASHES : hashes,
  };
}

/** Makes the next key of each, and moves those to `keys` that no other process made meanwhile. */
async function makeKeys(
  { db, master, hashes, knownFormer, clock }: Making,
  wanted: Map<string, Candidates>,
  newest: ReadonlyMap<string, KeyRow>,
  keys: Map<string, ContactKey>,
): Promise<void> {
  const isNew = ({ keyed, former }: Candidates) => !(newest.has(keyed) || newest.has(former ?? ''));
  const undecided = [...wanted.values()].flatMap((c) => (isNew(c) && c.former !== null ? c.former : []));
  const known: ReadonlySet<string> = undecided.length === 0 ? new Set() : await knownFormer(undecided);
  const drafts = new Map<string, { row: NewKeyRow; secret: Buffer; place: string; candidates: Candidates }>();
  for (const [place, candidates] of wanted) {
    const { keyed, former, contact } = candidates;
    const before = newest.get(keyed) ?? newest.get(former ?? '');
    const conversation = before?.conversation ?? (former !== null && known.has(former) ? former : keyed);
    const secret = randomBytes(32);
    const row = {
      ...{ conversation, contact, generation: before === undefined ? 0 : before.generation + 1 },
      wrapped: master.seal(LABEL, secret),
    };
    drafts.set(conversation, { row, secret, place, candidates });
  }
  const rows = [...drafts.values()].map(({ row }) => row);
  for (const name of await insertKeys(db, master.names[0], rows, clock())) {
    const draft = drafts.get(name.conversation);
    if (draft === undefined) continue;
    keys.set(draft.place, toKey(name, draft.secret, draft.candidates, hashes));
    wanted.delete(draft.place);
  }
}

async function openKeys(
  { db, master, logger }: Pick<ContactKeysOptions, 'db' | 'master' | 'logger'>,
  names: ReadonlyMap<string, KeyName>,
): Promise<Map<string, Buffer | null>> {
  const rows = await keysNamed(db, [...names.values()]);
  if (rows.length < names.size)
    logger.warn(
      { missing: names.size - rows.length },
      'keys that records name are not in the database (an older backup than the log?): what they sealed is shown as erased',
    );
  return new Map(
    rows.map(({ wrapped, ...name }) => [
      textOf(name),
      wrapped === null ? null : compact(master.open(LABEL, wrapped)),
    ]),
  );
}
