import { type Kysely, sql } from 'kysely';
import { openWindows } from '../projection/read/opened.ts';
import type { ReadSnapshot } from '../projection/read/snapshot.ts';
import type { StoredWindow, WindowKey } from '../projection/read/windows.ts';
import type { Opening } from '../projection/unsealing.ts';
import type { Tables } from '../store/tables.ts';
import { type PeriodChanges, periodChanges } from './adjustments/adjust.ts';
import { type Cause, openCauses } from './adjustments/causes.ts';
import { type Change, readChangedWindows } from './adjustments/changes.ts';
import type { Carried, DraftInvoice } from './drafts.ts';
import { afterKey, inRange, inSet, lineSets } from './line-sets.ts';

/** The windows with contacts, openers and the ids of causes. */
export async function openLineWindows(
  view: ReadSnapshot,
  unsealing: Opening,
  windows: readonly LineWindow[],
): Promise<LineWindow[]> {
  const opened = await openWindows(view, unsealing, windows);
  const causes = await openCauses(
    view,
    unsealing,
    opened.map(({ cause }) => cause),
  );
  return opened.map((window, i) => ({ ...window, cause: causes[i] ?? null }));
}

/** A window behind a line; `change` and `cause` only behind an adjustment. */
export interface LineWindow extends StoredWindow {
  change: 'added' | 'removed' | null;
  /** `event` is empty where it is sealed. */
  cause: Omit<Cause, 'receivedAt'> | null;
}

interface WindowPage {
  after: WindowKey | null;
  limit: number;
}

const COLUMNS = sql`w.conversation, w.opener, w.kind, w.opened_at AS "openedAt", w.closes_at AS "closesAt", w.channel,
  w.account, w.opened_by AS "openedBy", w.partition, w."offset", w.origin, w.category, w.campaign, w.rule`;

/** Windows behind a line of an invoice that was made, by (openedAt, id): from its own copy. */
async function billedLineWindows(
  db: Kysely<Tables>,
  invoice: number,
  line: string,
  { after, limit }: WindowPage,
): Promise<LineWindow[]> {
  const sets = await db
    .selectFrom('billing.billed_sets')
    .select(['set', 'weight'])
    .where('invoice', '=', invoice)
    .where('line', '=', line)
    .execute();
  if (sets.length === 0) return [];
  const weights = new Map(sets.map(({ set, weight }) => [set, weight]));
  const isAdjustment = line.startsWith('adjustment.');
  type Row = StoredWindow & {
    set: number;
    event: string | null;
    eventConversation: string | null;
    eventKey: string | null;
    causePartition: number;
    causeOffset: number;
  };
  const { rows } = await sql<Row>`
    SELECT ${COLUMNS}, w.contact, w.set, c.event, c.event_conversation AS "eventConversation",
      c.event_key AS "eventKey", c.partition AS "causePartition", c."offset" AS "causeOffset"
    FROM billing.billed_windows w LEFT JOIN billing.change_causes c
      ON c.invoice = w.invoice AND c.set = w.set AND c.conversation = w.conversation AND c.opener = w.opener
    WHERE w.invoice = ${invoice} AND w.set = ANY (${[...weights.keys()]}::smallint[])
      AND ${after === null ? sql`true` : sql`w.opened_at >= ${after.openedAt}::bigint AND ${afterKey(after)}`}
    ORDER BY w.opened_at, w.conversation, w.opener LIMIT ${limit}`.execute(db);
  return rows.map(({ set, event, eventConversation, eventKey, causePartition, causeOffset, ...window }) => {
    const named = { conversation: eventConversation ?? '', key: eventKey ?? '' };
    const position = { partition: causePartition, offset: causeOffset };
    return {
      ...window,
      change: isAdjustment ? changeOf(weights.get(set) ?? 0) : null,
      cause: event === null ? null : { event, ...named, ...position },
    };
  });
}

/** The windows behind a line, by (openedAt, id). */
export interface LineReader {
  page(page: WindowPage): Promise<LineWindow[]>;
  /** Portion by portion. */
  all(): AsyncGenerator<LineWindow[]>;
}

/** Windows that are in hand at once. */
const PORTION = 2_000;

/** Reads a line of an invoice that was made. */
export function billedLineReader(db: Kysely<Tables>, invoice: number, line: string): LineReader {
  return pageReader((page) => billedLineWindows(db, invoice, line, page));
}

function pageReader(page: LineReader['page']): LineReader {
  return {
    page,
    async *all() {
      let rows: LineWindow[];
      let after: WindowKey | null = null;
      do {
        rows = await page({ after, limit: PORTION });
        yield rows;
        after = rows.at(-1) ?? null;
      } while (rows.length === PORTION);
    },
  };
}

/** Reads a line of a draft as it is in this view. */
export function draftLineReader(
  view: ReadSnapshot,
  draft: DraftInvoice,
  line: string,
  unsealing: Opening,
): LineReader {
  const carried = draft.carried.find(({ period }) => line.endsWith(`:${period}`));
  if (line.startsWith('adjustment.') && carried !== undefined)
    return adjustmentReader(view, draft, { line, carried, unsealing });
  return pageReader((page) => ratedWindows(view, draft, line, page));
}

async function ratedWindows(
  view: ReadSnapshot,
  draft: DraftInvoice,
  line: string,
  { after, limit }: WindowPage,
): Promise<LineWindow[]> {
  const range = { tenant: draft.invoice.tenant, span: draft.invoice.period };
  const set = (await lineSets(view, range, draft.lines)).find((known) => known.line === line);
  if (set === undefined) return [];
  const { rows } = await sql<StoredWindow>`
    SELECT ${COLUMNS}, c.contact
    FROM ${sql.id(view.schema, 'windows')} w JOIN ${sql.id(view.schema, 'conversations')} c USING (conversation)
    WHERE ${inRange(range)} AND ${inSet(set)} AND ${after === null ? sql`true` : afterKey(after)}
    ORDER BY w.opened_at, w.conversation, w.opener LIMIT ${limit}`.execute(view.db);
  return rows.map((window) => ({ ...window, change: null, cause: null }));
}

function adjustmentReader(
  view: ReadSnapshot,
  draft: DraftInvoice,
  { line, carried, unsealing }: { line: string; carried: Carried; unsealing: Opening },
): LineReader {
  const code = line.slice('adjustment.'.length, -`:${carried.period}`.length);
  let found: Promise<PeriodChanges> | undefined;
  const compared = () => {
    found ??= periodChanges(view, draft, carried, unsealing);
    return found;
  };
  async function shown(changes: readonly Change[]): Promise<LineWindow[]> {
    const { causes } = await compared();
    const windows = await readChangedWindows(view, draft.invoice.tenant, changes);
    const known = await causes.of(changes);
    return windows.map((window, i) => ({
      ...window,
      change: changeOf(changes[i]?.weight ?? 0),
      cause: known[i] ?? null,
    }));
  }
  return {
    async page(page) {
      const { changes } = await compared();
      return await shown(await changes.page(code, page));
    },
    async *all() {
      const { changes } = await compared();
      for await (const some of changes.all(code)) yield await shown(some);
    },
  };
}

function changeOf(weight: number): 'added' | 'removed' {
  return weight > 0 ? 'added' : 'removed';
}
