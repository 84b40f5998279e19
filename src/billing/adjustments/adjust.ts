import { type Kysely, sql } from 'kysely';
import type { ReadSnapshot } from '../../projection/read/snapshot.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';
import type { Carried, DraftInvoice } from '../drafts.ts';
import { fingerprint } from '../line-sets.ts';
import { type Cause, causesOf } from './causes.ts';
import { type Change, changedWindows, changesOf, mayHaveChanged, sinceStanding } from './changes.ts';

/** Changes of one earlier period under one code and of one weight: the windows behind (half of) an adjustment. */
export interface ChangeSet {
  code: string;
  weight: number;
  changes: { change: Change; cause: Cause | null }[];
}

/** What an earlier final period's windows differ in from what was charged, each with its cause. */
export async function changeSetsOf(
  view: ReadSnapshot,
  { settings, invoice: { tenant } }: DraftInvoice,
  { standing, terms, counts }: Carried,
): Promise<ChangeSet[]> {
  const range = { tenant, span: standing.period };
  if (terms === null || !(await mayHaveChanged(view, range))) return [];
  const changes = await changesOf(view, range, terms, counts);
  const covered = await coveredBy(view.db, tenant, standing.period.id);
  const causes = await causesOf(view, changes, settings.rules, covered);
  const traced = changes.map((change, i) => ({ change, cause: causes[i] ?? null }));
  return [...Map.groupBy(traced, ({ change }) => `${change.code} ${change.weight}`).values()].flatMap(
    (group) => {
      const [first] = group;
      return first === undefined
        ? []
        : [{ code: first.change.code, weight: first.change.weight, changes: group }];
    },
  );
}

/** Stores with a pending invoice the windows behind its adjustments, also where windows differ and money does not. */
export async function settleAdjustments(view: ReadSnapshot, draft: DraftInvoice, key: number): Promise<void> {
  const ids = new Set(draft.lines.map(({ id }) => id));
  let set = draft.lines.filter(({ range }) => range !== null).length;
  for (const carried of draft.carried) {
    const { period } = carried;
    const groups = await changeSetsOf(view, draft, carried);
    if (groups.length === 0) continue;
    for (const { code, weight, changes } of groups) {
      const line = `adjustment.${code}:${period}`;
      await view.db
        .insertInto('billing.billed_sets')
        .values({ invoice: key, set, period, code, weight, line: ids.has(line) ? line : null })
        .execute();
      for (let i = 0; i < changes.length; i += AT_ONCE)
        await insertChanges(view, draft.invoice.tenant, key, set, changes.slice(i, i + AT_ONCE));
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
  invoice: number,
  set: number,
  changes: ChangeSet['changes'],
): Promise<void> {
  const found = changedWindows(
    view,
    tenant,
    changes.map(({ change }) => change),
  );
  const { rows } = await sql`
    INSERT INTO billing.billed_windows (invoice, set, conversation, opener, opened_at, closes_at, "offset", kind,
      partition, channel, account, contact, opened_by, rule, origin, category, campaign)
    SELECT ${invoice}::bigint, ${set}::smallint, x.* FROM (${found}) x
    RETURNING 1`.execute(view.db);
  if (rows.length !== changes.length) throw new Error('a changed window is neither there nor in an invoice');
  const causes = changes.flatMap(({ change: { conversation, opener }, cause }) =>
    cause === null
      ? []
      : [
          {
            invoice,
            set,
            conversation,
            opener,
            event: cause.event,
            partition: cause.partition,
            offset: cause.offset,
          },
        ],
  );
  if (causes.length > 0) await view.db.insertInto('billing.change_causes').values(causes).execute();
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
    .orderBy('i.changed_at', 'desc')
    .execute();
  const [last, ...earlier] = rows.map((row) => row.as_of);
  return [last, earlier.at(-1)].flatMap((positions) => (positions === undefined ? [] : [positions]));
}
