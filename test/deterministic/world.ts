/** Virtual time, chance and processes of one simulated history: everything that can be waited for is a task here. */

import { between, chance, type Random, seededRandom } from '../../src/simulation/random.ts';

/** A process of the service, or what it talks to. Once crashed, nothing that it waits for happens any more. */
export interface Process {
  name: string;
  alive: boolean;
  /** Until then (virtual ms) its tasks wait. */
  frozenUntil: number;
}

/** How likely each fault is, per place where it can happen; a history has its own. */
export interface FaultRates {
  crash: number;
  freeze: number;
  /** A request fails: it does not arrive, or its answer does not. */
  failure: number;
  /** Something takes seconds. */
  delay: number;
  /** A record, fetch or request comes twice, or out of turn. */
  repeat: number;
  rebalance: number;
  databaseCrash: number;
  brokerCrash: number;
}

interface Task {
  at: number;
  owner: Process;
  run(): void;
  cancelled: boolean;
}

export interface World {
  now(): number;
  random: Random;
  /** What the other side does: it neither crashes nor freezes. */
  outside: Process;
  /** Whether a fault of this kind happens here; never once the faults are over. */
  fault(kind: keyof FaultRates): boolean;
  endFaults(): void;
  /** Runs something in a process; dropped if it has crashed by then. */
  after(ms: number, owner: Process, run: () => void): Task;
  /** A place where a process waits for something else: it goes on later, frozen for a while or never. */
  step(owner: Process, what: string): Promise<void>;
  /** How long something on the way takes (ms). */
  delay(): number;
  onCrash(told: (process: Process) => void): void;
  onFreeze(told: (process: Process, ms: number) => void): void;
  crash(process: Process): void;
  note(line: string): void;
  /** What happened, while `traced`. */
  trace: string[];
  /** Runs tasks until the condition holds, and says how many; rejects after so many of them. */
  run(until: () => boolean, mostTasks: number): Promise<number>;
}

/** The history whose time the timers of this realm follow; null: real time. */
let current: { schedule(ms: number, run: () => void): Task; now(): number } | null = null;

/**
 * From now on the global timers and `performance.now` are those of the history that runs; outside one they are the real
 * ones. Tasks are told apart by the process in which they were set. Returns what ends that.
 */
export function installTimers(): () => void {
  const { setTimeout, clearTimeout, setImmediate } = globalThis;
  const now = performance.now.bind(performance);
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0) =>
      current === null ? setTimeout(run, ms) : current.schedule(ms, run),
    setImmediate: (run: () => void) => (current === null ? setImmediate(run) : current.schedule(0, run)),
    clearTimeout: (timer: Task | NodeJS.Timeout | undefined) => {
      if (timer !== undefined && 'cancelled' in timer) timer.cancelled = true;
      else clearTimeout(timer);
    },
  });
  performance.now = () => (current === null ? now() : current.now());
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate });
    performance.now = now;
  };
}

export function createWorld(seed: number, rates: FaultRates, traced: boolean): World {
  const random = seededRandom(seed);
  const outside: Process = { name: 'outside', alive: true, frozenUntil: 0 };
  const tasks: Task[] = [];
  const crashed: ((process: Process) => void)[] = [];
  const frozen: ((process: Process, ms: number) => void)[] = [];
  const trace: string[] = [];
  let time = 0;
  let faulty = true;
  let running = outside;

  function after(ms: number, owner: Process, run: () => void): Task {
    // Never at the same time: what is set for one instant comes in any order.
    const task = { at: time + Math.max(0, ms) + random() / 1_000, owner, run, cancelled: false };
    if (owner.alive) tasks.push(task);
    return task;
  }

  function take(): Task {
    let first = 0;
    for (let i = 1; i < tasks.length; i++) if ((tasks[i] as Task).at < (tasks[first] as Task).at) first = i;
    const task = tasks[first];
    if (task === undefined) throw new Error('nothing happens any more');
    const last = tasks.pop() as Task;
    if (last !== task) tasks[first] = last;
    return task;
  }

  const note = (line: string) => {
    if (traced) trace.push(`${time.toFixed(3)} ${line}`);
  };
  const fault = (kind: keyof FaultRates) => faulty && rates[kind] > 0 && chance(random, rates[kind]);

  function crash(process: Process): void {
    note(`${process.name} crashes`);
    process.alive = false;
    for (const told of crashed) told(process);
  }

  function freeze(process: Process): void {
    const ms = between(random, 100, 20_000);
    note(`${process.name} freezes for ${ms} ms`);
    process.frozenUntil = time + ms;
    for (const told of frozen) told(process, ms);
  }

  const delay = () => (fault('delay') ? 5_000 * random() : 5 * random());

  return {
    now: () => time,
    ...{ random, outside, fault, after, delay, crash, note, trace },
    endFaults() {
      faulty = false;
    },
    step(owner, what) {
      note(`${owner.name}: ${what}`);
      if (owner !== outside && owner.alive) {
        if (fault('crash')) crash(owner);
        else if (fault('freeze')) freeze(owner);
      }
      return new Promise((resolve) => {
        after(delay(), owner, resolve);
      });
    },
    onCrash: (told) => crashed.push(told),
    onFreeze: (told) => frozen.push(told),
    async run(until, mostTasks) {
      current = { schedule: (ms, run) => after(ms, running, run), now: () => time };
      try {
        let i = 0;
        for (; !until(); i++) {
          if (i === mostTasks) throw new Error(`it does not end: ${mostTasks} tasks, ${time} ms`);
          const task = take();
          if (task.cancelled || !task.owner.alive) continue;
          if (task.owner.frozenUntil > task.at) {
            task.at = task.owner.frozenUntil + random();
            tasks.push(task);
            continue;
          }
          time = task.at;
          running = task.owner;
          task.run();
          await settled();
        }
        return i;
      } finally {
        current = null;
      }
    },
  };
}

/** Node runs this when all that was waiting for promises has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
