import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import { DIGEST_VERSION, digestRows } from '../../billing/finalize/digest.ts';
import type { DraftLine } from '../../domain/invoice.ts';
import { isIn } from '../../domain/rate.ts';
import { DifferenceFound } from '../difference.ts';
import { setsFor } from './lines.ts';
import type { CheckedInvoice, CopiedSet } from './stored.ts';

/**
 * Checks that as many windows stand behind each line as it charges, that they are of the line's kind and of the
 * period it charges, and that together they are the windows whose fingerprint was taken then.
 */
export function checkSets(
  invoice: CheckedInvoice,
  before: readonly CheckedInvoice[],
  lines: readonly DraftLine[],
): void {
  const { row, name, sets } = invoice;
  const own = sets.filter(({ period }) => period === row.period);
  checkOwn(name, own, lines);
  const ids = new Set(lines.map(({ id }) => id));
  for (const set of sets) {
    if (set.weight === 0) fail(name, `has windows in set ${set.set}, which no line charges`);
    if (set.groups.length === 0) fail(name, `has no window behind ${set.code} of ${set.period}`);
    if (!own.includes(set)) checkChange(invoice, set, ids);
    checkBounds(invoice, before, set);
    checkPositions(invoice, set);
  }
  checkChanges(invoice, lines);
  checkFingerprints(invoice, before);
}

/** The sets of the invoice's own period: one for each line that charges windows, in their order. */
function checkOwn(name: string, own: readonly CopiedSet[], lines: readonly DraftLine[]): void {
  const ranged = lines.filter(({ range }) => range !== null);
  if (own.length !== ranged.length)
    fail(name, `has ${own.length} sets of windows, but ${ranged.length} lines that charge windows`);
  for (const [i, line] of ranged.entries()) {
    const { set, line: id, code, weight, groups } = own[i] as CopiedSet;
    if (set !== i || id !== line.id || code !== line.code || weight !== 1)
      fail(name, `has the windows of its line ${line.id} under another line, code or weight`);
    const windows = groups.reduce((sum, group) => sum + group.windows, 0);
    if (windows !== line.quantity)
      fail(name, `charges ${line.quantity} on its line ${line.id}, but ${windows} windows stand behind it`);
    const pool = line.range?.pool;
    const stranger = groups.find(({ kind, category }) => pool === undefined || !isIn(pool, kind, category));
    if (stranger !== undefined)
      fail(
        name,
        `has ${stranger.kind} windows${stranger.category === null ? '' : ` of ${stranger.category}`} behind its line ${line.id}`,
      );
  }
}

/** Windows of an earlier period that came or went: under a line, unless they cancel each other out. */
function checkChange(
  { name }: CheckedInvoice,
  { code, period, line }: CopiedSet,
  ids: ReadonlySet<string>,
): void {
  const id = `adjustment.${code}:${period}`;
  if (line !== (ids.has(id) ? id : null))
    fail(
      name,
      `has the windows of ${code} of ${period} under ${line === null ? 'no line' : `the line ${line}`}`,
    );
}

/** An adjustment charges what came less what went; where there is no line, as many went as came. */
function checkChanges({ row, name, sets }: CheckedInvoice, lines: readonly DraftLine[]): void {
  const charged = new Map<string, number>();
  for (const { id, code, quantity } of lines)
    if (/^adjustment\.(receptive|active)/.test(code)) charged.set(id, quantity);
  const copied = new Map([...charged.keys()].map((id) => [id, 0]));
  for (const { code, period, weight, groups } of sets) {
    if (period === row.period) continue;
    const id = `adjustment.${code}:${period}`;
    const windows = groups.reduce((sum, group) => sum + group.windows, 0);
    copied.set(id, (copied.get(id) ?? 0) + weight * windows);
  }
  for (const [id, windows] of copied)
    if (windows !== (charged.get(id) ?? 0))
      fail(
        name,
        `charges ${charged.get(id) ?? 0} on its line ${id}, but the windows behind it make ${windows}`,
      );
}

function checkBounds(
  { row, name }: CheckedInvoice,
  before: readonly CheckedInvoice[],
  { period, groups }: CopiedSet,
): void {
  const charged = period === row.period ? row : before.find((other) => other.row.period === period)?.row;
  if (charged === undefined) fail(name, `adjusts ${period}, which was not final`);
  if (
    groups.some(
      ({ firstOpened, lastOpened }) => firstOpened < charged.start_at || lastOpened >= charged.end_at,
    )
  )
    fail(name, `charges windows for ${period} that were not opened in it`);
}

function checkPositions({ row, name }: CheckedInvoice, { groups }: CopiedSet): void {
  for (const { partition, lastOffset } of groups) {
    const covered = row.as_of.find((position) => position.partition === partition);
    if (covered === undefined || lastOffset >= covered.next)
      fail(
        name,
        `charges the window of partition ${partition}, offset ${lastOffset}, which it could not know: it stands on offsets below ${covered?.next ?? 0}`,
      );
  }
}

/** Of every window an odd number of copies stands where it is charged once: an XOR over them is the period's. */
function checkFingerprints(invoice: CheckedInvoice, before: readonly CheckedInvoice[]): void {
  const { row, name, sets, fingerprints } = invoice;
  const periods = new Set([...(row.terms === null ? [] : [row.period]), ...sets.map(({ period }) => period)]);
  for (const period of new Set([...periods, ...fingerprints.keys()])) {
    let fingerprint = 0n;
    for (const { weight, groups } of setsFor([...before, invoice], period))
      if (weight % 2 !== 0) for (const group of groups) fingerprint ^= group.fingerprint;
    if (fingerprints.get(period) !== (periods.has(period) ? String(fingerprint) : undefined))
      fail(name, `has copies of other windows of ${period} than those it was made from`);
  }
}

function fail(name: string, what: string): never {
  throw new DifferenceFound(`${name} ${what}.`);
}

/** First and last window of a set in the order (openedAt, id) in which windows fill allowance and tiers. */
interface Edges {
  first: Key;
  last: Key;
}

interface Key {
  openedAt: number;
  id: string;
}

/**
 * Takes the digest of the windows that were copied for the invoice's own lines once more, and checks that each is
 * there once and that they fill the lines in their order. Streams.
 */
export async function checkWindows(
  client: PoolClient,
  { row, name, sets }: CheckedInvoice,
  lines: readonly DraftLine[],
): Promise<void> {
  const own = sets.filter(({ period }) => period === row.period).map(({ set }) => set);
  const edges = new Map<number, Edges>();
  let previous = '';
  const digest =
    own.length === 0
      ? hash('sha256', '[]')
      : await digestRows(client, copyOf(row.id, own, row.digest_version), row.digest_version, (fields) => {
          const id = `${fields[0]}${fields[1]}`;
          if (id === previous)
            throw new DifferenceFound(`${name} charges the window ${id.replaceAll('-', '')} twice.`);
          previous = id;
          if (fields.at(-1) === 't')
            throw new DifferenceFound(
              `${name} has a copy of the window ${id.replaceAll('-', '')} that names contact or opener, which copies keep no more.`,
            );
          widen(edges, Number(fields.at(-2)), { openedAt: Number(fields[2]), id });
        });
  if (digest !== row.digest)
    throw new DifferenceFound(
      `${name} has the digest ${row.digest}, but the windows that were copied for it have ${digest}.`,
    );
  checkOrder(name, edges, lines);
}

function copyOf(invoice: number, sets: readonly number[], version: number): string {
  const named = version === DIGEST_VERSION ? '' : 'contact, opened_by,';
  return `COPY (SELECT conversation, opener, opened_at, closes_at, kind, channel, account, ${named} rule,
    origin, category, campaign, set, ${version === DIGEST_VERSION ? "contact <> '' OR opened_by <> ''" : 'false'} FROM billing.billed_windows
    WHERE invoice = ${invoice} AND set IN (${sets.join(', ')}) ORDER BY conversation, opener) TO STDOUT (NULL '')`;
}

function widen(edges: Map<number, Edges>, set: number, key: Key): void {
  const known = edges.get(set);
  if (known === undefined) edges.set(set, { first: key, last: key });
  else if (isBefore(key, known.first)) known.first = key;
  else if (isBefore(known.last, key)) known.last = key;
}

/** A later line of the same pool charges later windows only. */
function checkOrder(name: string, edges: ReadonlyMap<number, Edges>, lines: readonly DraftLine[]): void {
  const ranged = lines.filter(({ range }) => range !== null);
  for (const [set, line] of ranged.entries()) {
    const before = ranged[set - 1];
    const [one, other] = [edges.get(set - 1), edges.get(set)];
    if (before?.range?.pool !== line.range?.pool || one === undefined || other === undefined) continue;
    if (!isBefore(one.last, other.first))
      throw new DifferenceFound(
        `${name} charges a window on its line ${line.id} that was opened before one on ${before?.id}.`,
      );
  }
}

function isBefore(a: Key, b: Key): boolean {
  return a.openedAt < b.openedAt || (a.openedAt === b.openedAt && a.id < b.id);
}
