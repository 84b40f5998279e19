import { type Kysely, type Selectable, sql } from 'kysely';
import { type Line, slotKey } from '../../billing/invoice.ts';
import { withLines } from '../../billing/made-invoices.ts';
import { manualLines } from '../../billing/manual-lines.ts';
import type { ManualLine } from '../../domain/invoice.ts';
import type { WindowKind } from '../../domain/window.ts';
import { anyOf } from '../../store/any-of.ts';
import type { BilledSetsTable, InvoicesTable } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';

/** Copied windows of one set that have a kind, a category and a partition in common. */
interface CopiedGroup {
  kind: WindowKind;
  category: string | null;
  windows: number;
  partition: number;
  lastOffset: number;
  firstOpened: number;
  lastOpened: number;
  /** Order-free hash of which windows these are, as in `fingerprint`. */
  fingerprint: bigint;
}

export type CopiedSet = Omit<BilledSetsTable, 'invoice'> & { groups: CopiedGroup[] };

/** A final or void invoice with everything that was copied for it, as the tables have it. */
export interface CheckedInvoice {
  row: Selectable<InvoicesTable>;
  /** What sentences call it. */
  name: string;
  lines: Line[];
  sets: CopiedSet[];
  /** By period. */
  fingerprints: ReadonlyMap<string, string>;
  /** Those on the period; of a voided one all that were ever put there, also those that were taken back. */
  manual: ManualLine[];
}

/** Final and void invoices of tenants, each tenant's in the order of their finalizing. */
export async function readInvoices(
  db: Kysely<Tables>,
  tenants: readonly string[],
): Promise<Map<string, CheckedInvoice[]>> {
  const rows = await db
    .selectFrom('billing.invoices')
    .selectAll()
    .where('tenant', '=', anyOf(tenants))
    .where('status', '<>', 'pending')
    .orderBy('tenant')
    .orderBy('finalized_at')
    .execute();
  const ids = rows.map(({ id }) => id);
  const lines = await withLines(db, rows);
  const sets = Map.groupBy(await copiedSets(db, ids), ({ invoice }) => invoice);
  const fingerprints = await fingerprintsOf(db, ids);
  const manual = await manualLines(db, distinct(rows), 'standing');
  const ever = await manualLines(db, distinct(rows), 'ever');
  const checked = rows.map(
    (row, i): CheckedInvoice => ({
      row,
      name: `invoice ${row.number ?? row.id} (${row.tenant}, ${row.period})`,
      lines: lines[i]?.lines ?? [],
      sets: sets.get(row.id) ?? [],
      fingerprints: fingerprints.get(row.id) ?? new Map(),
      manual: (row.status === 'final' ? manual : ever).get(slotKey(row)) ?? [],
    }),
  );
  return Map.groupBy(checked, ({ row }) => row.tenant);
}

function distinct(rows: readonly Selectable<InvoicesTable>[]) {
  return [
    ...new Map(rows.map(({ tenant, period }) => [slotKey({ tenant, period }), { tenant, period }])).values(),
  ];
}

type GroupRow = Omit<BilledSetsTable, 'weight' | 'line'> & {
  weight: number | null;
  line: string | null;
  active: boolean;
  category: string | null;
  windows: number | null;
  partition: number;
  lastOffset: number;
  firstOpened: number;
  lastOpened: number;
  fingerprint: string;
};

/** The sets of invoices, ascending; those without windows and those that only windows name too. */
async function copiedSets(
  db: Kysely<Tables>,
  ids: readonly number[],
): Promise<(CopiedSet & { invoice: number })[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<GroupRow>`
    SELECT coalesce(s.invoice, w.invoice) AS invoice, coalesce(s.set, w.set) AS set, coalesce(s.period, '') AS period,
      coalesce(s.code, '') AS code, s.weight, s.line, w.kind = 1 AS active, w.category, w.windows, w.partition,
      w."lastOffset", w."firstOpened", w."lastOpened", w.fingerprint::text
    FROM (SELECT * FROM billing.billed_sets WHERE invoice = ANY (${ids}::bigint[])) s
    FULL JOIN (
      SELECT invoice, set, kind, category, partition, count(*) AS windows, max("offset") AS "lastOffset",
        min(opened_at) AS "firstOpened", max(opened_at) AS "lastOpened",
        bit_xor(uuid_hash_extended(opener, uuid_hash_extended(conversation, 0))) AS fingerprint
      FROM billing.billed_windows WHERE invoice = ANY (${ids}::bigint[])
      GROUP BY invoice, set, kind, category, partition) w
    ON w.invoice = s.invoice AND w.set = s.set
    ORDER BY 1, 2`.execute(db);
  const bySet = Map.groupBy(rows, ({ invoice, set }) => `${invoice} ${set}`);
  return [...bySet.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { invoice, set, period, code, weight, line } = first;
    return [{ invoice, set, period, code, weight: weight ?? 0, line, groups: group.flatMap(toGroup) }];
  });
}

function toGroup({ active, windows, fingerprint, ...row }: GroupRow): CopiedGroup[] {
  if (windows === null) return [];
  const { category, partition, lastOffset, firstOpened, lastOpened } = row;
  const kind = active ? 'active' : 'receptive';
  return [
    {
      kind,
      category,
      windows,
      partition,
      lastOffset,
      firstOpened,
      lastOpened,
      fingerprint: BigInt(fingerprint),
    },
  ];
}

async function fingerprintsOf(
  db: Kysely<Tables>,
  ids: readonly number[],
): Promise<Map<number, Map<string, string>>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom('billing.invoice_periods')
    .select(['invoice', 'period', 'fingerprint'])
    .where('invoice', 'in', [...ids])
    .execute();
  const byInvoice = Map.groupBy(rows, ({ invoice }) => invoice);
  return new Map(
    Array.from(byInvoice, ([invoice, periods]) => [
      invoice,
      new Map(periods.map(({ period, fingerprint }) => [period, fingerprint])),
    ]),
  );
}
