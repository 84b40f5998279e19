import { type Kysely, sql } from 'kysely';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { Opening } from '../../projection/unsealing.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { Carried, DraftInvoice } from '../drafts.ts';
import type { WindowRange } from '../line-sets.ts';
import { type Cause, type Causes, findCauses } from './causes.ts';
import {
  type Change,
  type Changes,
  changedWindows,
  changesOf,
  periodStates,
  sinceStanding,
} from './changes.ts';

/** What an earlier final period's windows differ in from what was charged, by (openedAt, id), and what caused it. */
export interface PeriodChanges {
  changes: Changes;
  causes: Causes;
}

export async function periodChanges(
  view: ReadSnapshot,
  draft: DraftInvoice,
  carried: Carried,
  unsealing: Opening,
): Promise<PeriodChanges> {
  const [state] = await periodStates(view, [rangeOf(draft, carried)]);
  const { mayHaveChanged = true } = state ?? {};
  return await compared(view, draft, carried, { mayHaveChanged, unsealing });
}

function rangeOf({ invoice: { tenant } }: DraftInvoice, { standing }: Carried): WindowRange {
  return { tenant, span: standing.period };
}

async function compared(
  view: ReadSnapshot,
  draft: DraftInvoice,
  carried: Carried,
  { mayHaveChanged, unsealing }: { mayHaveChanged: boolean; unsealing: Opening },
): Promise<PeriodChanges> {
  const { terms, counts, period } = carried;
  const range = rangeOf(draft, carried);
  const changes = changesOf(view, terms === null || !mayHaveChanged ? null : { range, terms, counts });
  const covered = mayHaveChanged ? await coveredBy(view.db, range.tenant, period) : [];
  const { rules } = draft.settings;
  return { changes, causes: findCauses(view, changes, { rules, covered, unsealing }) };
}

/**
 * Stores with pending invoices the windows behind their adjustments, also where windows differ and money does not. For
 * those that nothing came late for, which are most of a month's, it takes one look at all of them together.
 */
export async function settleAdjustments(
  view: ReadSnapshot,
  pending: readonly { key: number; draft: DraftInvoice }[],
  unsealing: Opening,
): Promise<void> {
  const all = pending.flatMap(({ key, draft }) => draft.carried.map((carried) => ({ key, draft, carried })));
  const states = await periodStates(
    view,
    all.map(({ draft, carried }) => rangeOf(draft, carried)),
  );
  const nextSets = new Map<number, number>();
  for (const [i, { key, draft, carried }] of all.entries()) {
    const { mayHaveChanged = true, fingerprint = '' } = states[i] ?? {};
    const found = await compared(view, draft, carried, { mayHaveChanged, unsealing });
    const first = nextSets.get(key) ?? draft.lines.filter(({ range }) => range !== null).length;
    const to = { invoice: key, set: first };
    const next = await insertAdjustment(view, draft, carried.period, found, to);
    if (next === first) continue;
    nextSets.set(key, next);
    await view.db
      .insertInto('billing.invoice_periods')
      .values({ invoice: key, period: carried.period, fingerprint })
      .execute();
  }
}

/** Stores the changes of one period in sets numbered from `set` on; resolves with the number after the last. */
async function insertAdjustment(
  view: ReadSnapshot,
  draft: DraftInvoice,
  period: string,
  { changes, causes }: PeriodChanges,
  { invoice, set }: { invoice: number; set: number },
): Promise<number> {
  const ids = new Set(draft.lines.map(({ id }) => id));
  let next = set;
  let last = '';
  for await (const some of changes.all(null)) {
    for (const [name, group] of Map.groupBy(some, ({ code, weight }) => `${code} ${weight}`)) {
      const { code, weight } = group[0] as Change;
      const line = `adjustment.${code}:${period}`;
      if (name !== last)
        await view.db
          .insertInto('billing.billed_sets')
          .values({ invoice, set: next++, period, code, weight, line: ids.has(line) ? line : null })
          .execute();
      last = name;
      const to = { invoice, set: next - 1 };
      await insertChanges(view, draft.invoice.tenant, to, group, await causes.of(group));
    }
  }
  return next;
}

async function insertChanges(
  view: ReadSnapshot,
  tenant: string,
  { invoice, set }: { invoice: number; set: number },
  changes: readonly Change[],
  causes: readonly (Cause | null)[],
): Promise<void> {
  const found = changedWindows(view, tenant, changes);
  const { rows } = await sql`
    INSERT INTO billing.billed_windows (invoice, set, conversation, opener, opened_at, closes_at, "offset", kind,
      partition, channel, account, rule, origin, category, campaign)
    SELECT ${invoice}::bigint, ${set}::smallint, x.conversation, x.opener, x.opened_at, x.closes_at, x."offset", x.kind,
      x.partition, x.channel, x.account, x.rule, x.origin, x.category, x.campaign FROM (${found}) x
    RETURNING 1`.execute(view.db);
  if (rows.length !== changes.length) throw new Error('a changed window is neither there nor in an invoice');
  const known = changes.flatMap(({ conversation, opener }, i) => {
    const cause = causes[i] ?? null;
    if (cause === null) return [];
    const { event, partition, offset } = cause;
    const named = { event_conversation: cause.conversation, event_key: cause.key };
    return [{ invoice, set, conversation, opener, event, ...named, partition, offset }];
  });
  if (known.length > 0) await view.db.insertInto('billing.change_causes').values(known).execute();
}

/** The log positions after which an event is late for a period: those of the last standing invoice, then its own. */
export async function coveredBy(
  db: Kysely<Tables>,
  tenant: string,
  period: string,
): Promise<CoveredPosition[][]> {
  const rows = await db
    .selectFrom('billing.invoices as i')
    .innerJoin('billing.invoice_periods as p', 'p.invoice', 'i.id')
    .select('i.as_of')
    .where('i.tenant', '=', tenant)
    .where('i.status', '=', 'final')
    .where('p.period', '=', period)
    .where(sinceStanding(sql`p.period`))
    .orderBy('i.id', 'desc')
    .execute();
  const [last, ...earlier] = rows.map((row) => row.as_of);
  return [last, earlier.at(-1)].flatMap((positions) => (positions === undefined ? [] : [positions]));
}
