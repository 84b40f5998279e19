import { type Kysely, sql } from 'kysely';
import { nextPeriod } from '../domain/period.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import { anyOf } from '../store/any-of.ts';
import type { Tables } from '../store/tables.ts';
import { draftSlots } from './draft-slots.ts';
import { type DraftInvoice, draftsOf } from './drafts.ts';
import { type Invoice, type Slot, slotKey } from './invoice.ts';
import { withLines } from './made-invoices.ts';

export interface InvoiceFilter {
  /** null: all. */
  tenants: readonly string[] | null;
  period: string | null;
  /** null: all of them; drafts only where `changedAfter` is null. */
  status: Invoice['status'] | null;
  /** ms; null: drafts too, by tenant and period. Else by the instant of the last change. */
  changedAfter: number | null;
  /** ms */
  now: number;
  /** IANA name. */
  defaultTimeZone: string;
}

/** Place of an invoice in the list: by tenant, period, and among those of a period in the order they were made. */
export type InvoicePlace = readonly [tenant: string, period: string, made: number];

const DRAFT = Number.MAX_SAFE_INTEGER;

export function placeOf({ tenant, period, key }: Invoice): InvoicePlace {
  return [tenant, period.id, key ?? DRAFT];
}

/** The instant (ms) of the last change of an invoice that was made. */
export function changedAt(invoice: Invoice): number {
  return invoice.changedAt ?? 0;
}

/** Invoices per round of statements. */
const BATCH = 500;
const TENANTS = 200;

/** Invoices that changed after an instant (ms), in the order in which they did. None is ever missed by polling. */
export async function* changedInvoices(
  { db }: ReadSnapshot,
  filter: InvoiceFilter,
  after: number,
  batch = BATCH,
): AsyncGenerator<Invoice[]> {
  let last = after;
  for (;;) {
    const rows = await stored(db, filter)
      .where('changed_at', '>', last)
      .orderBy('changed_at')
      .limit(batch)
      .execute();
    for (const some of portionsOf(rows, await weightsOf(db, rows))) yield await withLines(db, some);
    if (rows.length < batch) return;
    last = rows.at(-1)?.changed_at ?? last;
  }
}

/** Invoices and drafts from a place on (inclusive), by tenant and period; test tenants have none. */
export async function* listedInvoices(
  view: ReadSnapshot,
  filter: InvoiceFilter,
  from: InvoicePlace | null,
  batch = BATCH,
): AsyncGenerator<Invoice[]> {
  let next = from?.[0] ?? '';
  for (;;) {
    const most = Math.min(TENANTS, batch);
    const tenants = await invoicedTenants(view, filter.tenants, { from: next, limit: most + 1 });
    const page = tenants.slice(0, most);
    const slots = (await slotsOf(view, filter, page)).filter(
      ({ tenant, period }) => from === null || tenant > from[0] || (tenant === from[0] && period >= from[1]),
    );
    for (let i = 0; i < slots.length; i += batch) {
      const some = slots.slice(i, i + batch);
      for (const portion of portionsOf(some, await slotWeights(view, some))) {
        const invoices = await invoicesIn(view, filter, portion);
        yield from === null ? invoices : invoices.filter((invoice) => !isBefore(placeOf(invoice), from));
      }
    }
    if (tenants.length <= most) return;
    next = tenants[most] ?? next;
  }
}

/** Lines in hand at once, and what weighs as much: with the longest texts some 2 KB each. */
const MOST_WEIGHT = 5_000;

/** In their order, as many at a time as weigh at most so much together, and at least one. */
function portionsOf<Item>(items: readonly Item[], weights: readonly number[]): Item[][] {
  const portions: Item[][] = [];
  let weight = MOST_WEIGHT;
  for (const [i, item] of items.entries()) {
    weight += weights[i] ?? 0;
    if (weight >= MOST_WEIGHT) {
      portions.push([]);
      weight = weights[i] ?? 0;
    }
    portions.at(-1)?.push(item);
  }
  return portions;
}

/** What an invoice `i` weighs, in lines: its own, and its terms, for which some have a thousand categories. */
const WEIGHT = sql`((SELECT count(*) FROM billing.invoice_lines l WHERE l.invoice = i.id)
  + coalesce(pg_column_size(i.terms), 0) / 100)`;

/** In the order of the invoices. */
async function weightsOf(db: Kysely<Tables>, invoices: readonly { id: number }[]): Promise<number[]> {
  const { rows } = await sql<{ weight: number }>`
    SELECT ${WEIGHT} AS weight
    FROM unnest(${invoices.map(({ id }) => id)}::bigint[]) WITH ORDINALITY AS q(id, n)
    JOIN billing.invoices i ON i.id = q.id ORDER BY q.n`.execute(db);
  return rows.map(({ weight }) => weight);
}

/** The same of what stands on periods: invoices that were made, and manual lines. */
async function slotWeights({ db }: ReadSnapshot, slots: readonly Slot[]): Promise<number[]> {
  const { rows } = await sql<{ weight: number }>`
    SELECT (SELECT count(*) FROM billing.manual_lines m
        WHERE m.tenant = s.tenant AND m.period = s.period AND m.deleted_at IS NULL)
      + (SELECT coalesce(sum(${WEIGHT}), 0)
        FROM billing.invoices i WHERE i.tenant = s.tenant AND i.period = s.period)::bigint AS weight
    FROM unnest(${slots.map(({ tenant }) => tenant)}::text[], ${slots.map(({ period }) => period)}::text[])
      WITH ORDINALITY AS s(tenant, period, n)
    ORDER BY s.n`.execute(db);
  return rows.map(({ weight }) => weight);
}

function isBefore(a: InvoicePlace, b: InvoicePlace): boolean {
  if (a[0] !== b[0]) return a[0] < b[0];
  return a[1] === b[1] ? a[2] < b[2] : a[1] < b[1];
}

function wants({ status, changedAfter }: InvoiceFilter, kind: Invoice['status']): boolean {
  return (status === null || status === kind) && (kind !== 'draft' || changedAfter === null);
}

function stored(db: Kysely<Tables>, filter: InvoiceFilter) {
  const statuses = (['final', 'void'] as const).filter((status) => wants(filter, status));
  let query = db
    .selectFrom('billing.invoices')
    .selectAll()
    .where('status', 'in', [...statuses, 'none' as never]);
  if (filter.tenants !== null) query = query.where('tenant', '=', anyOf(filter.tenants));
  if (filter.period !== null) query = query.where('period', '=', filter.period);
  return query;
}

/** Every period of the tenants that may have something to list, once, in order. */
async function slotsOf(
  view: ReadSnapshot,
  filter: InvoiceFilter,
  tenants: readonly string[],
): Promise<Slot[]> {
  if (tenants.length === 0) return [];
  // A month ahead of UTC's covers every zone; what has not begun where the tenant is, is left out below.
  const last = nextPeriod(new Date(filter.now).toISOString().slice(0, 7));
  const drafts = wants(filter, 'draft') ? await draftSlots(view, tenants, { only: filter.period, last }) : [];
  const made = await stored(view.db, filter)
    .clearSelect()
    .select(['tenant', 'period'])
    .where('tenant', '=', anyOf(tenants))
    .execute();
  const unique = new Map([...drafts, ...made].map((slot) => [slotKey(slot), slot]));
  return [...unique.values()].sort((a, b) => (slotKey(a) < slotKey(b) ? -1 : 1));
}

async function invoicesIn(
  view: ReadSnapshot,
  filter: InvoiceFilter,
  slots: readonly Slot[],
): Promise<Invoice[]> {
  const keys = new Set(slots.map(slotKey));
  const rows = await stored(view.db, filter)
    .where('tenant', '=', anyOf(new Set(slots.map(({ tenant }) => tenant))))
    .where('period', '=', anyOf(new Set(slots.map(({ period }) => period))))
    .execute();
  const made = await withLines(
    view.db,
    rows.filter((row) => keys.has(slotKey(row))),
  );
  const drafts = wants(filter, 'draft')
    ? await draftsOf(view, slots, filter.defaultTimeZone)
    : new Map<string, DraftInvoice>();
  const begun = [...drafts.values()]
    .filter(({ settings }) => !settings.test)
    .map(({ invoice }) => invoice)
    .filter(({ period }) => filter.period !== null || period.start <= filter.now);
  return [...made, ...begun].sort((a, b) => (isBefore(placeOf(a), placeOf(b)) ? -1 : 1));
}

/** Tenants with subscriptions, invoices or manual lines, by name, after one; `only` null: all. */
async function invoicedTenants(
  { db }: ReadSnapshot,
  only: readonly string[] | null,
  page: { from: string; limit: number },
): Promise<string[]> {
  const among = only === null ? sql`true` : sql`tenant = ANY (${[...only]}::text[])`;
  const part = (table: string) => sql`
    (SELECT DISTINCT tenant FROM ${sql.table(table)} WHERE tenant >= ${page.from} AND ${among}
    ORDER BY tenant LIMIT ${page.limit})`;
  const { rows } = await sql<{ tenant: string }>`
    ${part('billing.subscriptions')} UNION ${part('billing.invoices')} UNION ${part('billing.manual_lines')}
    ORDER BY tenant LIMIT ${page.limit}`.execute(db);
  return rows.map(({ tenant }) => tenant);
}
