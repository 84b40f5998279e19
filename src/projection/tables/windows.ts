import type { Conversation } from '../../domain/conversation.ts';
import { type RuleTimeline, ruleAt } from '../../domain/rule.ts';
import type { Window, WindowKind } from '../../domain/window.ts';
import type { EventDetail } from '../../log/record/logged-event.ts';
import type { WindowsTable } from '../../store/projection-tables.ts';
import type { FoldableEvent } from './events.ts';
import { copyField, copyInto, plainArray, prepared, type SchemaConnection, uuidArray } from './sql.ts';

/** A window as it is stored. */
export type WindowRow = WindowsTable;

/** Kinds as the tables have them. */
export const KIND_CODES: Record<WindowKind, number> = { receptive: 0, active: 1 };

export function kindOf(code: number): WindowKind {
  return code === KIND_CODES.receptive ? 'receptive' : 'active';
}

const COLUMNS = [
  'conversation',
  'opened_at',
  'closes_at',
  'opener',
  'kind',
  'partition',
  'offset',
  'tenant',
  'channel',
  'account',
  'opened_by',
  'rule',
  'origin',
  'category',
  'campaign',
] as const satisfies readonly (keyof WindowRow)[];
/** Of a window `w`. */
export const WINDOW_COLUMNS = COLUMNS.map((column) => `w."${column}"`).join(', ');

/** Windows of a projection, as the fold reads and writes them. */
export interface Windows {
  /** The last window of each conversation that was opened before its bound (ms, exclusive), where there is one. */
  lastBefore(bounds: ReadonlyMap<string, number>): Promise<Map<string, WindowRow>>;
  /** Writes the difference: three statements whatever its size. */
  write(changes: WindowChanges): Promise<void>;
  /** Takes all windows of some partitions away. */
  clear(partitions: readonly number[]): Promise<void>;
}

export function windowsOn(on: SchemaConnection): Windows {
  return {
    lastBefore: (bounds) => lastBefore(on, bounds),
    write: (changes) => writeWindows(on, changes),
    async clear(partitions) {
      await on.client.query(`DELETE FROM ${on.schema}.windows WHERE partition = ANY ($1)`, [
        plainArray(partitions),
      ]);
    },
  };
}

async function lastBefore(
  on: SchemaConnection,
  bounds: ReadonlyMap<string, number>,
): Promise<Map<string, WindowRow>> {
  if (bounds.size === 0) return new Map();
  const rows = await prepared<WindowRow>(
    on,
    'last windows',
    `SELECT ${WINDOW_COLUMNS} FROM unnest($1::uuid[], $2::bigint[]) AS c(conversation, bound)
     CROSS JOIN LATERAL (SELECT * FROM ${on.schema}.windows x WHERE x.conversation = c.conversation
       AND x.opened_at < c.bound ORDER BY x.opened_at DESC LIMIT 1) w`,
    [uuidArray([...bounds.keys()]), plainArray(bounds.values())],
  );
  return new Map(rows.map((row) => [row.conversation, row]));
}

/** The row of a window just folded. Of which local day it is follows from its opening instant and the tenant's zone. */
export function windowRow(
  { tenant, channel, account }: Conversation,
  window: Window<FoldableEvent>,
): WindowRow {
  const { opener } = window;
  const sent: EventDetail =
    window.kind === 'active' && opener.detail !== null ? JSON.parse(opener.detail) : {};
  return {
    conversation: opener.conversation,
    opened_at: window.openedAt,
    closes_at: window.closesAt,
    opener: opener.key,
    kind: KIND_CODES[window.kind],
    partition: opener.partition,
    offset: opener.offset,
    tenant,
    channel,
    account,
    // One that is sealed may have been opened for the order alone.
    opened_by: opener.content === null ? opener.id : '',
    rule: window.rule.rule,
    origin: sent.origin ?? null,
    category: sent.template?.category ?? null,
    campaign: sent.campaign ?? null,
  };
}

/** A stored window as a start for the fold; the opener carries no detail, for its row is already written. */
export function storedWindow(row: WindowRow, rules: RuleTimeline): Window<FoldableEvent> {
  const opener: FoldableEvent = {
    conversation: row.conversation,
    key: row.opener,
    ref: null,
    class: 0,
    at: row.opened_at,
    id: row.opened_by,
    partition: row.partition,
    offset: row.offset,
    detail: null,
    content: null,
    delivered: false,
  };
  return {
    kind: kindOf(row.kind),
    openedAt: row.opened_at,
    closesAt: row.closes_at,
    opener,
    rule: ruleAt(rules, row.opened_at),
  };
}

/** How stored windows become the folded ones. */
export interface WindowChanges {
  removed: WindowRow[];
  added: WindowRow[];
  /** Same opener, another end (`sliding`). */
  moved: WindowRow[];
}

export function noChanges(): WindowChanges {
  return { removed: [], added: [], moved: [] };
}

/** The difference between the stored and the folded windows of one stretch of a conversation. */
export function compareWindows(
  stored: readonly WindowRow[],
  folded: readonly WindowRow[],
  changes: WindowChanges,
): void {
  const byInstant = new Map(stored.map((row) => [row.opened_at, row]));
  for (const row of folded) {
    const old = byInstant.get(row.opened_at);
    byInstant.delete(row.opened_at);
    if (old === undefined) changes.added.push(row);
    else if (COLUMNS.some((column) => column !== 'closes_at' && old[column] !== row[column])) {
      changes.removed.push(old);
      changes.added.push(row);
    } else if (old.closes_at !== row.closes_at) changes.moved.push(row);
  }
  changes.removed.push(...byInstant.values());
}

async function writeWindows(on: SchemaConnection, changes: WindowChanges): Promise<void> {
  const { removed, moved, added } = changes;
  if (removed.length > 0) {
    await prepared(
      on,
      'delete windows',
      `DELETE FROM ${on.schema}.windows w USING unnest($1::uuid[], $2::bigint[]) AS d(conversation, opened_at)
       WHERE w.conversation = d.conversation AND w.opened_at = d.opened_at`,
      [uuidArray(removed.map((row) => row.conversation)), plainArray(removed.map((row) => row.opened_at))],
    );
  }
  if (moved.length > 0) {
    await prepared(
      on,
      'move windows',
      `UPDATE ${on.schema}.windows w SET closes_at = m.closes_at
       FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS m(conversation, opened_at, closes_at)
       WHERE w.conversation = m.conversation AND w.opened_at = m.opened_at`,
      [
        uuidArray(moved.map((row) => row.conversation)),
        plainArray(moved.map((row) => row.opened_at)),
        plainArray(moved.map((row) => row.closes_at)),
      ],
    );
  }
  if (added.length > 0) {
    const lines = added.map((row) => COLUMNS.map((column) => copyField(row[column])).join('\t'));
    await copyInto(on.client, `${on.schema}.windows`, COLUMNS, `${lines.join('\n')}\n`);
  }
}
