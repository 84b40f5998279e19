import type { Kysely } from 'kysely';
import { chainStart } from '../../log/record/hash-chain.ts';
import type { CoveredPosition } from '../../store/finance-tables.ts';
import type { Tables } from '../../store/tables.ts';
import { DifferenceFound } from '../difference.ts';
import type { CheckedInvoice } from './stored.ts';

/** Heads of hash chains that were noted: by partition and next offset, with who noted them. */
export interface NotedHeads {
  /** Throws `DifferenceFound` where another head was noted for the same place. */
  note(partition: number, next: number, chain: string, by: string, mend?: string): void;
}

/** Where the live projection stands, by partition. */
export type LivePositions = ReadonlyMap<number, { next: number; chain: string }>;

const MEND =
  'Invoices and projection do not belong together: the schema billing or a projection was changed by hand, or one of them was restored without the other. Run janela verify --log to see which of the two agrees with the log, restore the schema billing from a backup if it is not that, and run janela rebuild otherwise.';

export function createNotedHeads(live: LivePositions): NotedHeads {
  const heads = new Map<string, { chain: string; by: string }>();
  const note: NotedHeads['note'] = (partition, next, chain, by) => {
    const known = heads.get(`${partition} ${next}`);
    if (known === undefined) heads.set(`${partition} ${next}`, { chain, by });
    else if (known.chain !== chain)
      throw new DifferenceFound(
        `${by} stands on the hash chain head ${chain} at partition ${partition}, offset ${next}, but ${known.by} notes ${known.chain} there.`,
        MEND,
      );
  };
  for (const [partition, { next, chain }] of live) {
    note(partition, next, chain, 'the projection');
    note(partition, 0, chainStart(partition).toString('hex'), 'the start of the log');
  }
  return { note };
}

/** Checks the log positions that an invoice stands on: against the tenant's earlier ones, and the projection's. */
export function checkAsOf(
  { row, name }: CheckedInvoice,
  previous: CheckedInvoice | undefined,
  live: LivePositions,
  heads: NotedHeads,
): void {
  const positions = new Map(row.as_of.map((position) => [position.partition, position]));
  if (positions.size !== row.as_of.length || positions.size !== live.size)
    throw new DifferenceFound(
      `${name} stands on ${row.as_of.length} partitions of the log, but it has ${live.size}.`,
      MEND,
    );
  for (const { partition, next, end, chain } of positions.values()) {
    const there = live.get(partition);
    if (there === undefined || next > there.next)
      throw new DifferenceFound(
        `${name} stands on partition ${partition} up to offset ${next}, but only offsets below ${there?.next ?? 0} are projected.`,
        MEND,
      );
    // Made before a projector had ever run: there was no head to take.
    const nothing = next === 0 && chain === '';
    if (!(next >= end && end >= 0) || !(nothing || /^[0-9a-f]{64}$/.test(chain)))
      throw new DifferenceFound(`${name} names no whole position in partition ${partition}.`, MEND);
    const before = previous?.row.as_of.find((position) => position.partition === partition);
    if (before !== undefined && before.next > next)
      throw new DifferenceFound(
        `${name} stands on partition ${partition} up to offset ${next}, but ${previous?.name} before it knew more, up to ${before.next}.`,
      );
    if (!nothing) heads.note(partition, next, chain, name);
  }
}

/** What the chains of the log must be at the places that final and void invoices stand on. */
export async function invoiceHeads(
  db: Kysely<Tables>,
): Promise<(Pick<CoveredPosition, 'partition' | 'next' | 'chain'> & { by: string })[]> {
  const rows = await db
    .selectFrom('billing.invoices')
    .select(['number', 'as_of'])
    .where('status', '<>', 'pending')
    .orderBy('finalized_at')
    .execute();
  return rows.flatMap(({ number, as_of }) =>
    as_of
      .filter(({ next }) => next > 0)
      .map(({ partition, next, chain }) => ({ partition, next, chain, by: `invoice ${number}` })),
  );
}
