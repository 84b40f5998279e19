/** What a torture does to whom, and when: made from a seed, kept in a file, taken apart to find what of it matters. */

import { anyMagnitude, pick, type Random, seededRandom } from '../../src/simulation/random.ts';

const PROCESS_FAULTS = [
  'process killed',
  'process stopped',
  'process frozen',
  'clock set back',
  'clock set ahead',
] as const;
const SERVER_FAULTS = [
  'database crashed',
  'database restarted',
  'database frozen',
  'connections cut',
  'broker killed',
  'broker frozen',
] as const;
/** Where PostgreSQL and Kafka each have a small disk of their own. */
const DISK_FAULTS = ['database disk full', 'database disk full, and it panics', 'broker disk full'] as const;
const REPLICA_FAULTS = ['replica frozen', 'replica restarted'] as const;
/** Beside those who post, of whom there are always some. */
const CLIENTS = ['finance', 'runs', 'rebuilds', 'erasures', 'readers', 'zones', 'future'] as const;

export type ProcessFault = (typeof PROCESS_FAULTS)[number];
export type ServerFault =
  | (typeof SERVER_FAULTS)[number]
  | (typeof DISK_FAULTS)[number]
  | (typeof REPLICA_FAULTS)[number];
export type ClientKind = (typeof CLIENTS)[number];

interface Timed {
  /** From the end of the fault before it. */
  afterMs: number;
  /** How long what is frozen, full or down stays so. */
  forMs: number;
}

export interface OfProcess extends Timed {
  fault: ProcessFault;
  /** Which of the two. */
  process: 0 | 1;
}

export interface OfServer extends Timed {
  fault: ServerFault;
}

/** Two schedules beside each other, so that what one breaks the other breaks again. */
export interface TortureCase {
  /** Of the traffic and of what the clients do. */
  seed: number;
  /** It ends then, or when both schedules have run through. */
  minutes: number;
  clients: ClientKind[];
  ofProcesses: OfProcess[];
  ofServers: OfServer[];
}

export interface CaseOptions {
  seed: number;
  minutes: number;
  disks: boolean;
}

/** Long enough for what CI's minute has no time for: a rebuild at the end, calm, and a replica. */
export function isLong({ minutes }: Pick<TortureCase, 'minutes'>): boolean {
  return minutes >= 3;
}

/** Longer than a session in a group lasts, and shorter; mostly shorter, so that something is left to be harmed. */
const LASTS_MS = [200, 12_000] as const;
/** Mostly before all is well again; the longest are long enough for a rebuild to catch up. */
const RESTS_MS = [100, 30_000] as const;

export function caseOf({ seed, minutes, disks }: CaseOptions): TortureCase {
  const random = seededRandom(seed);
  const lastsMs = minutes * 60_000;
  const serverFaults: readonly [ServerFault, ...ServerFault[]] = [
    ...SERVER_FAULTS,
    ...(disks ? DISK_FAULTS : []),
    ...(isLong({ minutes }) ? REPLICA_FAULTS : []),
  ];
  return {
    ...{ seed, minutes, clients: [...CLIENTS] },
    ofProcesses: timed(random, lastsMs, (startMs) => processFault(random, startMs > lastsMs / 2)),
    ofServers: timed(random, lastsMs, () => ({ fault: pick(random, serverFaults) })),
  };
}

/**
 * `spared`: the first process lives on, so that what it holds at the end says something about leaks; everything else
 * happens to it.
 */
function processFault(random: Random, spared: boolean): Omit<OfProcess, keyof Timed> {
  const fault = pick(random, PROCESS_FAULTS);
  const ends = fault === 'process killed' || fault === 'process stopped';
  return { fault, process: spared && ends ? 1 : pick(random, [0, 1] as const) };
}

function timed<Fault>(random: Random, lastsMs: number, next: (startMs: number) => Fault): (Fault & Timed)[] {
  const faults: (Fault & Timed)[] = [];
  for (let startMs = 0; startMs < lastsMs; ) {
    const afterMs = Math.round(anyMagnitude(random, ...RESTS_MS));
    const forMs = Math.round(anyMagnitude(random, ...LASTS_MS));
    faults.push({ ...next(startMs), afterMs, forMs });
    startMs += afterMs;
  }
  return faults;
}

/** One thing that may be left out of a case. */
export type Part =
  | { kind: 'client'; client: ClientKind }
  | { kind: 'process'; fault: OfProcess }
  | { kind: 'server'; fault: OfServer };

/** The clients first: without them most of what is asked is nothing. */
export function partsOf({ clients, ofProcesses, ofServers }: TortureCase): Part[] {
  return [
    ...clients.map((client): Part => ({ kind: 'client', client })),
    ...ofProcesses.map((fault): Part => ({ kind: 'process', fault })),
    ...ofServers.map((fault): Part => ({ kind: 'server', fault })),
  ];
}

/** The same case with these parts alone. The time that the others took is left out with them. */
export function withParts(torture: TortureCase, parts: readonly Part[]): TortureCase {
  return {
    ...torture,
    clients: parts.flatMap((part) => (part.kind === 'client' ? [part.client] : [])),
    ofProcesses: parts.flatMap((part) => (part.kind === 'process' ? [part.fault] : [])),
    ofServers: parts.flatMap((part) => (part.kind === 'server' ? [part.fault] : [])),
  };
}
