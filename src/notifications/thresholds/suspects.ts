/**
 * Which periods of tenants may have reached a threshold, without asking the database: how many windows each had when it
 * was judged, and how many this process counted since. Bookkeeping in memory, beside the projector.
 */

import type { WindowTotals } from '../../domain/usage.ts';
import type { CountListener } from '../../projection/live/projector.ts';
import type { Judged, Judgement, Verdict } from './judge.ts';

interface Suspect {
  /** null: nobody judged it yet. */
  verdict: Pick<Verdict, 'windows' | 'next'> | null;
  /** Since a judge began to look. */
  added: WindowTotals;
  /** ms, of a clock that only goes on. */
  judgedAt: number;
}

export interface Suspects extends CountListener {
  /**
   * Those to be judged now; what is counted from here on is beyond what the judge sees at least. Where other processes
   * count too, what was counted here is not all: then each that grew is judged once `staleMs` have passed since it was.
   */
  due(options: { alone: boolean; staleMs: number; at: number }): Judged[];
  /** A judge is about to look at these tenants, in all their periods. */
  begin(tenants: readonly string[]): void;
  /** What a judge found. Tenants without thresholds are looked at no more, until they are forgotten. */
  learn(judgement: Judgement, at: number): void;
  /** The judge failed: they are due again. */
  retry(judged: readonly Judged[]): void;
  /** What holds for these tenants has changed; null: for all. */
  forget(tenants: Iterable<string> | null): void;
  /** Whether something was missed since this was asked before: then everybody is to be judged. */
  takeMissed(): boolean;
}

/** Beyond so many tenants it starts anew: some 100 MB. */
const MOST_KNOWN = 300_000;

export function createSuspects(): Suspects {
  const suspects = new Map<string, Map<string, Suspect>>();
  /** Tenants without thresholds. */
  const innocent = new Set<string>();
  /** Those that changed since they were looked through. */
  let changed = new Map<string, Set<string>>();
  let missed = true;

  const suspectOf = (tenant: string, period: string) => placeOf(suspects, tenant, period);

  function touch(tenant: string, period: string): void {
    const periods = changed.get(tenant);
    if (periods === undefined) changed.set(tenant, new Set([period]));
    else periods.add(period);
  }

  return {
    counted(counted) {
      for (const [tenant, periods] of counted) {
        if (innocent.has(tenant)) continue;
        for (const [period, { receptive, active }] of periods) {
          const { added } = suspectOf(tenant, period);
          added.receptive += receptive;
          added.active += active;
          touch(tenant, period);
        }
      }
    },
    missed() {
      missed = true;
    },
    due({ alone, staleMs, at }) {
      const due: Judged[] = [];
      const before = changed;
      changed = new Map();
      for (const [tenant, periods] of before)
        for (const period of periods) {
          const suspect = suspectOf(tenant, period);
          if (mayHaveReached(suspect) || (!alone && at - suspect.judgedAt >= staleMs && hasNext(suspect))) {
            suspect.added = { receptive: 0, active: 0 };
            due.push({ tenant, period });
          } else if (!alone && hasNext(suspect)) touch(tenant, period);
        }
      return due;
    },
    begin(tenants) {
      for (const tenant of tenants)
        for (const suspect of suspects.get(tenant)?.values() ?? [])
          suspect.added = { receptive: 0, active: 0 };
    },
    learn({ verdicts, without }, judgedAt) {
      if (suspects.size + innocent.size > MOST_KNOWN) {
        suspects.clear();
        innocent.clear();
      }
      for (const { tenant, period, windows, next } of verdicts)
        Object.assign(suspectOf(tenant, period), { verdict: { windows, next }, judgedAt });
      for (const tenant of without) {
        suspects.delete(tenant);
        innocent.add(tenant);
      }
    },
    retry(judged) {
      for (const { tenant, period } of judged) {
        if (period === null) continue;
        suspectOf(tenant, period).verdict = null;
        touch(tenant, period);
      }
    },
    forget(tenants) {
      for (const tenant of tenants ?? [...suspects.keys(), ...innocent]) {
        innocent.delete(tenant);
        for (const suspect of suspects.get(tenant)?.values() ?? []) suspect.verdict = null;
      }
    },
    takeMissed() {
      const was = missed;
      missed = false;
      return was;
    },
  };
}

function placeOf(suspects: Map<string, Map<string, Suspect>>, tenant: string, period: string): Suspect {
  let periods = suspects.get(tenant);
  if (periods === undefined) {
    periods = new Map();
    suspects.set(tenant, periods);
  }
  let suspect = periods.get(period);
  if (suspect === undefined) {
    suspect = { verdict: null, added: { receptive: 0, active: 0 }, judgedAt: 0 };
    periods.set(period, suspect);
  }
  return suspect;
}

function hasNext({ verdict }: Suspect): boolean {
  return verdict === null || verdict.next.receptive !== null || verdict.next.active !== null;
}

function mayHaveReached({ verdict, added }: Suspect): boolean {
  if (verdict === null) return true;
  const { windows, next } = verdict;
  return (['receptive', 'active'] as const).some((kind) => {
    const nth = next[kind];
    return nth !== null && windows[kind] + added[kind] >= nth;
  });
}
