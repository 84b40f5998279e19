import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { DraftLine } from '../domain/invoice.ts';
import { DifferenceFound } from '../projection/verify-difference.ts';
import { digestRows } from './digest.ts';
import type { CheckedInvoice } from './verify-stored.ts';

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
      : await digestRows(client, copyOf(row.id, own), (fields) => {
          const id = `${fields[0]}${fields[1]}`;
          if (id === previous)
            throw new DifferenceFound(`${name} charges the window ${id.replaceAll('-', '')} twice.`);
          previous = id;
          widen(edges, Number(fields[13]), { openedAt: Number(fields[2]), id });
        });
  if (digest !== row.digest)
    throw new DifferenceFound(
      `${name} has the digest ${row.digest}, but the windows that were copied for it have ${digest}.`,
    );
  checkOrder(name, edges, lines);
}

function copyOf(invoice: number, sets: readonly number[]): string {
  return `COPY (SELECT conversation, opener, opened_at, closes_at, kind, channel, account, contact, opened_by, rule,
    origin, category, campaign, set FROM billing.billed_windows
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
