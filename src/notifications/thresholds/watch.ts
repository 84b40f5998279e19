/** Judges thresholds while the service runs: whoever may have reached one soon after it was counted, all at the start. */

import { type Kysely, sql } from 'kysely';
import type { Logger } from 'pino';
import { createBackoff, pause, startLoop } from '../../async.ts';
import type { Metrics } from '../../metrics.ts';
import type { Tables } from '../../store/tables.ts';
import { type Judged, judge } from './judge.ts';
import type { Suspects } from './suspects.ts';
import { tenantsWithThresholds } from './thresholds.ts';

interface WatchDeps {
  db: Kysely<Tables>;
  defaultTimeZone: string;
  clock(): number;
  suspects: Suspects;
  /** Whether this process counts all partitions. */
  alone(): boolean;
  metrics: Pick<Metrics, 'thresholdsBehind'>;
  logger: Pick<Logger, 'warn'>;
}

const LOOK_MS = 250;
/** How often one that grew is judged where other processes count too. */
const STALE_MS = 2_500;
/** Tenants of one look at the database. */
const AT_ONCE = 500;

/** Goes on until stopped. */
export function startThresholds(deps: WatchDeps): { stop(): Promise<void> } {
  const { metrics, logger } = deps;
  const round = createRounds(deps);
  metrics.thresholdsBehind.set(0);
  return startLoop(async (signal) => {
    const backoff = createBackoff();
    let doneAt = performance.now();
    while (!signal.aborted) {
      let pauseMs = LOOK_MS;
      try {
        const isDone = await round(signal);
        backoff.reset();
        if (isDone) doneAt = performance.now();
        else pauseMs = 0;
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error }, 'thresholds could not be judged; trying again');
        pauseMs = backoff.next();
      }
      metrics.thresholdsBehind.set((performance.now() - doneAt) / 1_000);
      await pause(pauseMs, signal);
    }
  });
}

/** Each call judges some; it resolves with whether nobody is left. */
function createRounds(deps: WatchDeps): (signal: AbortSignal) => Promise<boolean> {
  const { db, suspects, alone } = deps;
  const changes = followChanges(db);
  /** Tenants to be judged in all their periods. */
  const whole = new Set<string>();
  /** Of everybody those after this one are left; null: nobody is. */
  let after: string | null = null;

  async function judgeSome(judged: readonly Judged[]): Promise<void> {
    try {
      suspects.learn(await judge(deps, judged), performance.now());
    } catch (error) {
      suspects.retry(judged);
      throw error;
    }
  }

  async function judgeWhole(tenants: readonly string[]): Promise<void> {
    suspects.begin(tenants);
    await judgeSome(tenants.map((tenant) => ({ tenant, period: null })));
  }

  return async (signal) => {
    const changed = await changes();
    if (changed !== null) suspects.forget(changed.all ? null : changed.tenants);
    if (changed?.all === true || suspects.takeMissed()) after = '';
    for (const tenant of changed?.tenants ?? []) whole.add(tenant);
    const due = suspects.due({ alone: alone(), staleMs: STALE_MS, at: performance.now() });
    for (let i = 0; i < due.length; i += AT_ONCE) {
      if (signal.aborted) return false;
      const some = due.slice(i, i + AT_ONCE);
      await judgeSome(some).catch((error: unknown) => {
        suspects.retry(due.slice(i + AT_ONCE));
        throw error;
      });
    }
    const some = [...whole].slice(0, AT_ONCE);
    if (some.length > 0) await judgeWhole(some);
    for (const tenant of some) whole.delete(tenant);
    if (after === null) return whole.size === 0;
    const page = await tenantsWithThresholds(db, { after, limit: AT_ONCE });
    if (page.length > 0) await judgeWhole(page);
    after = page.length < AT_ONCE ? null : (page.at(-1) ?? null);
    return after === null && whole.size === 0;
  };
}

/** What changed of all that thresholds are judged by. */
interface Changes {
  tenants: string[];
  /** Those of a plan, or another projection is the live one. */
  all: boolean;
}

/** Numbers are given before a transaction commits: so far back one may come to light late. */
const LATE = 1_000;

/** Follows the audit, in which all of it is noted in its own transaction; the first look only begins. */
function followChanges(db: Kysely<Tables>): () => Promise<Changes | null> {
  let known: { last: number; seen: ReadonlySet<number> } | null = null;
  return async () => {
    const top = await db
      .selectFrom('billing.audit')
      .select((row) => row.fn.max('id').as('id'))
      .executeTakeFirst();
    const last = Number(top?.id ?? 0);
    const rows = await db
      .selectFrom('billing.audit')
      .select(['id', 'tenant'])
      .where('id', '>', (known?.last ?? last) - LATE)
      .where(BEARS)
      .execute();
    const fresh = known === null ? [] : rows.filter(({ id }) => known?.seen.has(id) === false);
    known = { last, seen: new Set(rows.map(({ id }) => id)) };
    if (fresh.length === 0) return null;
    return {
      tenants: [...new Set(fresh.flatMap(({ tenant }) => tenant ?? []))],
      all: fresh.some(({ tenant }) => tenant === null),
    };
  };
}

const BEARS = sql<boolean>`(subject_type IN ('tenant', 'subscription', 'thresholds', 'plan')
  OR subject_type = 'rebuild' AND action IN ('promote', 'rollback'))`;
