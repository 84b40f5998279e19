/** A model of Kafka in memory, at the seams where kafkajs stands: a producer, the sessions of a group, the ends. */

import type { Producer, ProducerBatch, RecordMetadata } from 'kafkajs';
import { within } from '../../src/async.ts';
import { kafkaError, type ReconnectingClient } from '../../src/log/kafka/client.ts';
import type { Fetched } from '../../src/log/kafka/reader.ts';
import type { Session, SessionEvents, startSession } from '../../src/log/kafka/session.ts';
import { LogUnavailable, type PartitionRange } from '../../src/log/log.ts';
import { between } from '../../src/simulation/random.ts';
import type { Process, World } from './world.ts';

const SESSION_TIMEOUT_MS = 10_000;
const DOWN_MS = 3_000;
/** Until the disk has what the memory has; it matters to a broker that acknowledges too early alone. */
const FLUSH_MS = 5_000;

/** What stands at an offset; `null`: what no consumer is shown, as the end of somebody else's transaction. */
type Entry = { key: Buffer; value: Buffer } | null;

/** What a broker can be made to do wrong, to see whether it is found. */
export interface BrokerBugs {
  /** Acknowledges what only its memory has: a crash loses it. */
  losesAcknowledged?: boolean;
  /** Passes over a record and says that all was read. */
  skipsGap?: boolean;
}

export interface Broker {
  partitions: readonly (readonly Entry[])[];
  producer(owner: Process): ReconnectingClient<Pick<Producer, 'sendBatch'>>;
  sessions(owner: Process): typeof startSession;
  ends(owner: Process): Promise<PartitionRange[]>;
  /** What somebody else writes. */
  append(partition: number, entries: readonly Entry[]): number;
}

interface Member {
  owner: Process;
  events: SessionEvents;
  fetchers: Map<number, Fetcher>;
  generation: number;
  closed: boolean;
  crash(error: Error): void;
}

interface Fetcher {
  offset: number;
  isPaused: boolean;
  isPolling: boolean;
  /** Goes on where it was sought, without passing anything over, before the first fetch. */
  justSought: boolean;
}

export function createBroker(world: World, count: number, bugs: BrokerBugs): Broker {
  const partitions: Entry[][] = Array.from({ length: count }, () => []);
  const flushed = new Array<number>(count).fill(0);
  let downUntil = 0;
  const group = createGroup(world, partitions, bugs);

  const isDown = () => world.now() < downUntil;

  function maybeCrash(): void {
    if (isDown() || !world.fault('brokerCrash')) return;
    world.note('the broker crashes');
    downUntil = world.now() + DOWN_MS * world.random();
    if (bugs.losesAcknowledged)
      for (const [i, entries] of partitions.entries()) entries.length = flushed[i] ?? 0;
  }

  function append(partition: number, entries: readonly Entry[]): number {
    const own = partitions[partition] as Entry[];
    const base = own.length;
    own.push(...entries);
    world.after(FLUSH_MS * world.random(), world.outside, () => {
      flushed[partition] = own.length;
    });
    if (world.fault('repeat')) own.push(null);
    group.appended(partition);
    return base;
  }

  /** One partition's part of a request: it may not arrive, arrive twice, or its answer may be lost. */
  function send(owner: Process, partition: number, entries: readonly Entry[]): Promise<RecordMetadata> {
    const { promise, resolve, reject } = Promise.withResolvers<RecordMetadata>();
    const answer = (what: () => void) => world.after(world.delay(), owner, what);
    const fail = (reason: string) => answer(() => reject(new Error(reason)));
    const isLost = world.fault('failure');
    world.after(world.delay(), world.outside, () => {
      maybeCrash();
      if (isDown() || isLost) {
        fail('the connection was refused');
        return;
      }
      let base = append(partition, entries);
      world.note(`${owner.name}: ${entries.length} records at ${partition}/${base}`);
      // kafkajs sends again what it got no answer for.
      if (world.fault('repeat')) base = append(partition, entries);
      if (world.fault('failure')) fail('the connection was closed');
      else answer(() => resolve({ topicName: '', partition, errorCode: 0, baseOffset: String(base) }));
    });
    return promise;
  }

  async function sendBatch(owner: Process, { topicMessages }: ProducerBatch): Promise<RecordMetadata[]> {
    await world.step(owner, 'sends');
    const messages = topicMessages?.[0]?.messages ?? [];
    const answers = await Promise.all(
      Array.from(
        Map.groupBy(messages, ({ partition }) => partition ?? 0),
        ([partition, own]) =>
          send(
            owner,
            partition,
            own.map(({ key, value }) => ({ key: key as Buffer, value: value as Buffer })),
          ),
      ),
    );
    await world.step(owner, 'was answered');
    return answers;
  }

  return {
    partitions,
    append,
    producer: (owner) => ({
      use: (ms, run) =>
        within(
          ms,
          run({ sendBatch: (batch: ProducerBatch) => sendBatch(owner, batch) }),
          () => new LogUnavailable('Kafka did not answer'),
        ).catch((error: unknown) => {
          throw kafkaError(error);
        }),
      close: async () => undefined,
    }),
    sessions: (owner) => (_, events) => group.join(owner, events),
    async ends(owner) {
      await world.step(owner, 'asks for the ends');
      maybeCrash();
      if (isDown() || world.fault('failure')) throw new LogUnavailable('Kafka cannot be reached');
      return partitions.map(({ length }, partition) => ({
        partition,
        low: 0,
        readable: length,
        end: length,
      }));
    },
  };
}

interface Group {
  join(owner: Process, events: SessionEvents): Session;
  appended(partition: number): void;
}

/** Shares the partitions out among its members; who is late to hear of it goes on with the old ones. */
function createGroup(world: World, partitions: readonly Entry[][], bugs: BrokerBugs): Group {
  let members: Member[] = [];
  let generation = 0;

  function rebalance(): void {
    const own = ++generation;
    const shares = new Map<Member, number[]>(members.map((member) => [member, []]));
    for (const partition of partitions.keys()) {
      const member = members[between(world.random, 0, members.length - 1)];
      if (member !== undefined) shares.get(member)?.push(partition);
    }
    for (const [member, share] of shares) {
      world.after(world.delay(), member.owner, () => {
        if (member.closed || generation !== own) return;
        member.generation = own;
        member.fetchers = new Map(share.map((partition) => [partition, newFetcher()]));
        world.note(`${member.owner.name}: was assigned ${share.join(', ') || 'nothing'}`);
        member.events.assigned(share);
      });
    }
  }

  function leave(member: Member): void {
    if (!members.includes(member)) return;
    members = members.filter((other) => other !== member);
    rebalance();
  }

  world.onCrash((process) => {
    for (const member of members.filter(({ owner }) => owner === process))
      world.after(SESSION_TIMEOUT_MS, world.outside, () => leave(member));
  });
  world.onFreeze((process, ms) => {
    if (ms < SESSION_TIMEOUT_MS) return;
    for (const member of members.filter(({ owner }) => owner === process)) {
      world.after(SESSION_TIMEOUT_MS, world.outside, () => leave(member));
      world.after(ms, process, () => {
        if (member.closed || members.includes(member)) return;
        members.push(member);
        rebalance();
      });
    }
  });

  function poll(member: Member, partition: number): void {
    const fetcher = member.fetchers.get(partition);
    if (fetcher === undefined || fetcher.isPaused || fetcher.isPolling) return;
    const entries = partitions[partition] as Entry[];
    if (fetcher.offset >= entries.length) return;
    fetcher.isPolling = true;
    world.after(world.delay(), member.owner, () => {
      fetcher.isPolling = false;
      if (member.closed || member.fetchers.get(partition) !== fetcher || fetcher.isPaused) return;
      if (world.fault('failure')) {
        member.crash(new Error('the fetch failed'));
        return;
      }
      if (world.fault('rebalance')) rebalance();
      deliver(world, member, partition, { fetcher, entries, bugs });
      poll(member, partition);
    });
  }

  return {
    appended(partition) {
      for (const member of members) poll(member, partition);
    },
    join(owner, events) {
      const crash = Promise.withResolvers<never>();
      const member: Member = {
        owner,
        events,
        fetchers: new Map(),
        generation: 0,
        closed: false,
        crash: crash.reject,
      };
      world.after(world.delay(), owner, () => {
        if (member.closed) return;
        members.push(member);
        rebalance();
      });
      const change = (partition: number, how: (fetcher: Fetcher) => void) => {
        const fetcher = member.fetchers.get(partition);
        if (fetcher === undefined) return;
        how(fetcher);
        poll(member, partition);
      };
      return {
        crashed: crash.promise,
        seek: (partition, offset) =>
          change(partition, (own) => Object.assign(own, { offset, justSought: true })),
        pause: (partition) => change(partition, (own) => Object.assign(own, { isPaused: true })),
        resume: (partition) => change(partition, (own) => Object.assign(own, { isPaused: false })),
        async close() {
          member.closed = true;
          leave(member);
        },
      };
    },
  };
}

function newFetcher(): Fetcher {
  return { offset: 0, isPaused: true, isPolling: false, justSought: true };
}

/** Hands a few entries over: mostly the next ones, sometimes some again, sometimes with a hole before them. */
function deliver(
  world: World,
  { owner, events }: Member,
  partition: number,
  { fetcher, entries, bugs }: { fetcher: Fetcher; entries: readonly Entry[]; bugs: BrokerBugs },
): void {
  let from = fetcher.offset;
  if (!fetcher.justSought && from > 0 && world.fault('repeat')) from = between(world.random, 0, from - 1);
  else if (!fetcher.justSought && from + 1 < entries.length && world.fault('repeat')) from++;
  const to = Math.min(entries.length, from + between(world.random, 1, 6));
  fetcher.justSought = false;
  fetcher.offset = Math.max(to, fetcher.offset);
  const shown: Fetched['messages'][number][] = [];
  const raw: { offset: string }[] = [];
  for (let offset = from; offset < to; offset++) {
    const entry = entries[offset] ?? null;
    raw.push({ offset: String(offset) });
    if (entry === null) continue;
    if (bugs.skipsGap && shown.length > 0 && offset + 1 < to && world.random() < 0.2) continue;
    shown.push({ ...entry, offset: String(offset), timestamp: '0', attributes: 0, headers: {} });
  }
  world.note(`${owner.name}: fetched ${partition}/${from} to ${to}`);
  if (shown.length > 0) events.fetched(partition, { messages: shown, raw, end: entries.length });
  else events.fetchedGap(partition, from, to);
}
