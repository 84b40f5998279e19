/** Lists of invoices and of their lines: filters, order, pages and CSV, the same for both. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Invoice, Line } from '../../billing/invoice.ts';
import {
  changedAt,
  changedInvoices,
  type InvoiceFilter,
  listedInvoices,
  placeOf,
} from '../../billing/invoice-list.ts';
import { say } from '../../domain/sentences.ts';
import { tenantRefused, tenantsOf } from '../../keys/rights.ts';
import { openSnapshot, type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { instantIn, period, token } from '../../schemas.ts';
import { type CsvColumn, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, encodeCursor, MOST_CHARACTERS, pageQuery } from '../conventions/page.ts';
import type { AppDeps } from '../deps.ts';
import { Problem, throwRefused } from '../problems/problem.ts';
import { STATUSES } from './invoice-schemas.ts';

/** Of one tenant's list. */
export const ownListQuery = z.strictObject({
  period: period.optional().meta({ description: "The invoice's" }),
  status: z.enum(STATUSES).optional(),
  changedAfter: instantIn
    .optional()
    .meta({ description: 'Only what was finalized or voided after this instant, in that order; no drafts' }),
  ...pageQuery,
  ...tableQuery,
});

/** Of the lists of all tenants. */
export const listQuery = ownListQuery.extend({
  tenant: token.optional().meta({ description: 'Only of this tenant' }),
});

/** Something of an invoice that a list shows: the invoice itself (`line` -1), or one of its lines. */
export interface Entry {
  invoice: Invoice;
  line: number;
}

export type LineEntry = Entry & { shown: Line };

type Query = z.infer<typeof listQuery>;
type Place = readonly (string | number)[];
const listedKey = z.tuple([z.string(), period, z.int(), z.int()]);
const changedKey = z.tuple([z.int(), z.int()]);

/** What differs between the list of invoices and that of their lines. */
export interface Listing<E extends Entry, Item> {
  name: string;
  entries(invoice: Invoice): E[];
  columns: readonly CsvColumn<E>[];
  show(entry: E, snapshot: ReadSnapshot): Promise<Item>;
}

/** Invoices read at a time, with all their lines. */
const INVOICES_AT_ONCE = 100;

/** Answers with one page as JSON, or with everything as CSV. Throws `invalid-request`, `invalid-cursor`, `forbidden-tenant`. */
export async function sendList<E extends Entry, Item>(
  deps: Pick<AppDeps, 'db' | 'slowDb' | 'clock' | 'defaultTimeZone'>,
  request: FastifyRequest,
  reply: FastifyReply,
  query: Query,
  listing: Listing<E, Item>,
): Promise<{ items: Item[]; nextCursor: string | null } | FastifyReply> {
  const filter = filterOf(deps, request, query);
  reply.header('vary', 'accept');
  if (wantsCsv(request))
    return await sendCsv(deps, request, reply, {
      name: [listing.name, query.tenant, query.period].filter(Boolean).join('-'),
      tenant: query.tenant ?? null,
      columns: listing.columns,
      batches: all(deps, filter, listing),
    });
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor, keyOf(filter));
  return await readSnapshot(deps.slowDb, async (snapshot) => {
    const items: Item[] = [];
    let last: E | null = null;
    let characters = 0;
    const batch = Math.min(query.limit + 1, INVOICES_AT_ONCE);
    for await (const entries of entriesFrom(snapshot, filter, listing, after, batch)) {
      for (const entry of entries) {
        if (last !== null && (items.length === query.limit || characters > MOST_CHARACTERS))
          return { items, nextCursor: encodeCursor(entryPlace(filter, last)) };
        const item = await listing.show(entry, snapshot);
        items.push(item);
        last = entry;
        characters += JSON.stringify(item).length;
      }
    }
    return { items, nextCursor: null };
  });
}

function filterOf(
  { clock, defaultTimeZone }: Pick<AppDeps, 'clock' | 'defaultTimeZone'>,
  { key }: FastifyRequest,
  query: Query,
): InvoiceFilter {
  const { status = null, changedAfter = null } = query;
  if (status === 'draft' && changedAfter !== null)
    throw new Problem(
      'invalid-request',
      say('Drafts are made anew for every answer: they have no instant of change.'),
    );
  if (query.tenant !== undefined) throwRefused(tenantRefused(key, query.tenant));
  const tenants = query.tenant === undefined ? tenantsOf(key) : [query.tenant];
  return { tenants, period: query.period ?? null, status, changedAfter, now: clock(), defaultTimeZone };
}

function keyOf({ changedAfter }: InvoiceFilter): z.ZodType<Place> {
  return changedAfter === null ? listedKey : changedKey;
}

function entryPlace({ changedAfter }: InvoiceFilter, { invoice, line }: Entry): Place {
  return changedAfter === null ? [...placeOf(invoice), line] : [changedAt(invoice), line];
}

/** Entries after a place. */
async function* entriesFrom<E extends Entry>(
  snapshot: ReadSnapshot,
  filter: InvoiceFilter,
  { entries }: Pick<Listing<E, unknown>, 'entries'>,
  after: Place | null,
  batch?: number,
): AsyncGenerator<E[]> {
  for await (const invoices of invoicesFrom(snapshot, filter, after, batch)) {
    const found = invoices.flatMap(entries);
    yield after === null
      ? found
      : found.filter((entry) => comparePlaces(entryPlace(filter, entry), after) > 0);
  }
}

function invoicesFrom(snapshot: ReadSnapshot, filter: InvoiceFilter, after: Place | null, batch?: number) {
  const { changedAfter } = filter;
  if (changedAfter === null) {
    const from = after === null ? null : listedKey.parse(after);
    return listedInvoices(snapshot, filter, from === null ? null : [from[0], from[1], from[2]], batch);
  }
  const [last] = after === null ? [changedAfter] : changedKey.parse(after);
  // The invoice of the last entry may have further lines.
  return changedInvoices(snapshot, filter, after === null ? last : last - 1, batch);
}

function comparePlaces(a: Place, b: Place): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? left;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

async function* all<E extends Entry>(
  { slowDb }: Pick<AppDeps, 'slowDb'>,
  filter: InvoiceFilter,
  listing: Listing<E, unknown>,
): AsyncGenerator<E[]> {
  const snapshot = await openSnapshot(slowDb);
  try {
    yield* entriesFrom(snapshot, filter, listing, null);
  } finally {
    await snapshot.close();
  }
}
