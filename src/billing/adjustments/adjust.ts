import { type Kysely, sql } from 'kysely';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { Carried, DraftInvoice } from '../drafts.ts';
import { fingerprint } from '../line-sets.ts';
import { type Cause, type Causes, findCauses } from './causes.ts';
import { type Change, changedWindows, changesOf, mayHaveChanged, sinceStanding } from './changes.ts';

/** What an earlier final period's windows differ in from what was charged, by (openedAt, id), and what caused it. */
export interface PeriodChanges {
  changes: readonly Change[];
  causes: Causes;
}

export async function periodChanges(
  view: ReadSnapshot,
  { settings, invoice: { tenant } }: DraftInvoice,
  { standing, terms, counts }: Carried,
): Promise<PeriodChanges> {
  const range = { tenant, span: standing.period };
  const changes =
    terms === null || !(await mayHaveChanged(view, range)) ? [] : await changesOf(view, range, terms, counts);
  const covered = changes.length === 0 ? [] : await coveredBy(view.db, tenant, standing.period.id);
  return { changes, causes: findCauses(view, changes, settings.rules, covered) };
}

/** Stores with a pending invoice the windows behind its adjustments, also where windows differ and money does not. */
export async function settleAdjustments(view: ReadSnapshot, draft: DraftInvoice, key: number): Promise<void> {
  const ids = new Set(draft.lines.map(({ id }) => id));
  let set = draft.lines.filter(({ range }) => range !== null).length;
  for (const carried of draft.carried) {
    const { period } = carried;
    const { changes, causes } = await periodChanges(view, draft, carried);
    if (changes.length === 0) continue;
    for (const group of Map.groupBy(changes, ({ code, weight }) => `${code} ${weight}`).values()) {
      const { code, weight } = group[0] as Change;
      const line = `adjustment.${code}:${period}`;
      await view.db
        .insertInto('billing.billed_sets')
        .values({ invoice: key, set, period, code, weight, line: ids.has(line) ? line : null })
        .execute();
      for (let i = 0; i < group.length; i += AT_ONCE) {
        const some = group.slice(i, i + AT_ONCE);
        await insertChanges(view, draft.invoice.tenant, { invoice: key, set }, some, await causes.of(some));
      }
      set++;
    }
    await view.db
      .insertInto('billing.invoice_periods')
      .values({
        invoice: key,
        period,
        fingerprint: await fingerprint(view, { tenant: draft.invoice.tenant, span: carried.standing.period }),
      })
      .execute();
  }
}

const AT_ONCE = 1_000;

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
      partition, channel, account, contact, opened_by, rule, origin, category, campaign)
    SELECT ${invoice}::bigint, ${set}::smallint, x.* FROM (${found}) x
    RETURNING 1`.execute(view.db);
  if (rows.length !== changes.length) throw new Error('a changed window is neither there nor in an invoice');
  const known = changes.flatMap(({ conversation, opener }, i) => {
    const cause = causes[i] ?? null;
    if (cause === null) return [];
    const { event, partition, offset } = cause;
    return [{ invoice, set, conversation, opener, event, partition, offset }];
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
