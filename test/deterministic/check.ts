/** What must hold once a history has come to rest: everything in the log is counted once, as if folded from scratch. */

import type { Position } from '../../src/log/log.ts';
import { chainNext, chainStart, recordDigest } from '../../src/log/record/hash-chain.ts';
import { sameContent } from '../../src/projection/fates.ts';
import { decode, isUnreadable } from '../../src/projection/live/decode.ts';
import type { BatchEvent } from '../../src/projection/tables/events.ts';
import { createRecount } from '../../src/projection/tables/tallies.ts';
import type { TenantRules } from '../../src/projection/tables/tenant-rules.ts';
import type { WindowRow } from '../../src/projection/tables/windows.ts';
import { foldWhole } from '../../src/projection/whole-conversation.ts';
import type { GapsTable, PositionsTable } from '../../src/store/projection-tables.ts';
import type { Broker } from './broker.ts';
import { NOTHING_SEALED } from './instance.ts';
import { type Tables, talliesOf } from './store.ts';

/** A record that its sender was told to be in the log. */
export interface Acknowledged {
  position: Position;
  value: Buffer;
}

/** What the log says, read in order. */
interface Expected {
  /** By conversation; the first of an id stands. */
  events: Map<string, Map<string, BatchEvent>>;
  quarantine: string[];
  gaps: GapsTable[];
  positions: PositionsTable[];
}

/** Sentences about what does not hold. */
export function faultsIn(
  { partitions }: Broker,
  tables: Tables,
  acknowledged: readonly Acknowledged[],
  settings: TenantRules,
): string[] {
  const faults: string[] = [];
  for (const { position, value } of acknowledged) {
    const entry = partitions[position.partition]?.[position.offset] ?? null;
    if (!entry?.value.equals(value))
      faults.push(`an acknowledged record is not at ${position.partition}/${position.offset}`);
  }
  const expected = readLog(partitions);
  const folded = foldAll(expected, settings);
  const compare = (what: string, found: unknown, wanted: unknown) => {
    const [a, b] = [JSON.stringify(found), JSON.stringify(wanted)];
    if (a !== b) faults.push(`${what}: ${a}\n  instead of ${b}`);
  };
  compare('positions', tables.positions.map(positionRow), expected.positions.map(positionRow));
  compare('events', eventRows(tables.events), eventRows(folded.events));
  compare('windows', windowRows(tables), folded.windows);
  compare('tallies', sorted([...tables.windowTallies, ...tables.messageTallies]), folded.tallies);
  compare('conversations', [...tables.conversations].sort(), [...expected.events.keys()].sort());
  compare('quarantine', quarantineRows(tables), expected.quarantine);
  compare('gaps', sorted(tables.gaps.map(gapRow)), sorted(expected.gaps.map(gapRow)));
  return faults;
}

function readLog(partitions: Broker['partitions']): Expected {
  const expected: Expected = { events: new Map(), quarantine: [], gaps: [], positions: [] };
  for (const [partition, entries] of partitions.entries()) {
    const counts = { events: 0, duplicates: 0, quarantined: 0 };
    let chain = chainStart(partition);
    let last: { offset: number; digest: Buffer } | null = null;
    for (const [offset, entry] of entries.entries()) {
      if (entry === null) {
        addGap(expected.gaps, partition, offset);
        continue;
      }
      const record = { ...entry, offset };
      chain = chainNext(chain, record);
      last = { offset, digest: recordDigest(record) };
      counts[addRecord(expected, record, partition)]++;
    }
    expected.positions.push({
      ...{ partition, next: entries.length, chain },
      ...{ last_offset: last?.offset ?? null, last_digest: last?.digest ?? null },
      ...counts,
    });
  }
  return expected;
}

function addRecord(
  { events, quarantine }: Expected,
  record: { offset: number; key: Buffer; value: Buffer },
  partition: number,
): 'events' | 'duplicates' | 'quarantined' {
  const place = `${partition}/${record.offset}`;
  const event = decode(record, partition);
  if (isUnreadable(event)) {
    quarantine.push(`${place} unreadable`);
    return 'quarantined';
  }
  const own = events.get(event.conversation) ?? new Map<string, BatchEvent>();
  events.set(event.conversation, own);
  const accepted = own.get(event.key);
  if (accepted === undefined) {
    own.set(event.key, event);
    return 'events';
  }
  if (sameContent(accepted, event, NOTHING_SEALED.contentHash)) return 'duplicates';
  quarantine.push(`${place} conflict`);
  return 'quarantined';
}

function addGap(gaps: GapsTable[], partition: number, offset: number): void {
  const last = gaps.at(-1);
  if (last?.partition === partition && last.next === offset) last.next++;
  else gaps.push({ partition, first: offset, next: offset + 1 });
}

function foldAll({ events }: Expected, settings: TenantRules) {
  const recount = createRecount();
  const windows: WindowRow[] = [];
  const judged: Expected['events'] = new Map();
  const tallies: [string, number][] = [];
  for (const [conversation, byKey] of events) {
    const all = [...byKey.values()];
    const [first] = all;
    if (first === undefined) continue;
    const deltas = recount.of(first.partition);
    const whole = foldWhole(first, all, settings, deltas);
    for (const row of whole.windows) recount.countWindow(row, settings.calendar.dayOf(row.opened_at));
    windows.push(...whole.windows);
    const voided = new Set(whole.voided.map(({ key }) => key));
    judged.set(
      conversation,
      new Map(all.map((event) => [event.key, { ...event, voided: voided.has(event.key) }])),
    );
  }
  for (const partition of new Set(Array.from(events.values(), (all) => [...all.values()][0]?.partition ?? 0)))
    tallies.push(...talliesOf(recount.of(partition)));
  return { events: judged, windows: sorted(windows.map(windowRow)), tallies: sorted(tallies) };
}

function positionRow(row: PositionsTable): unknown {
  const { partition, next, last_offset, last_digest, chain, events, duplicates, quarantined } = row;
  const last = last_digest === null ? null : last_digest.toString('hex');
  return {
    partition,
    next,
    last_offset,
    last,
    chain: chain.toString('hex'),
    events,
    duplicates,
    quarantined,
  };
}

function eventRows(
  events: ReadonlyMap<string, ReadonlyMap<string, BatchEvent & { voided?: boolean }>>,
): unknown {
  const rows = [...events.values()].flatMap((own) => [...own.values()]);
  return sorted(
    rows.map(({ uid, ref, class: c, at, id, detail, partition, offset, voided = false }) => ({
      ...{ uid, ref, class: c, at, id, detail, partition, offset, voided },
    })),
  );
}

function windowRows({ windows }: Tables): string[] {
  return sorted([...windows.values()].flatMap((own) => [...own.values()].map(windowRow)));
}

function windowRow(row: WindowRow): unknown {
  return Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1));
}

function quarantineRows({ quarantine }: Tables): string[] {
  const rows = [...quarantine.values()].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return rows.map(({ partition, offset, reason }) => `${partition}/${offset} ${reason}`);
}

function gapRow({ partition, first, next }: GapsTable): unknown {
  return [partition, first, next];
}

function sorted(rows: readonly unknown[]): string[] {
  return rows.map((row) => JSON.stringify(row)).sort();
}
