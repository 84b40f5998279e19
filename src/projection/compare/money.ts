import type { ComparedMoney } from '../../domain/compared-charges.ts';
import { type ReadSnapshot, snapshotOn } from '../read/snapshot.ts';
import type { Projection } from '../tables/projection.ts';

/** What finance adds to a comparison: what periods cost by the windows of either, in the order asked for. */
export type CompareMoney = (
  live: ReadSnapshot,
  rebuilt: ReadSnapshot,
  periods: readonly { tenant: string; period: string }[],
) => Promise<(ComparedMoney | null)[]>;

/** Far below what a statement's arrays may hold. */
const AT_ONCE = 500;

/** `money` null: there is no finance. */
export async function moneyFor(
  money: CompareMoney | null,
  live: Projection,
  rebuilt: Projection,
  periods: readonly { tenant: string; period: string }[],
): Promise<(ComparedMoney | null)[]> {
  if (money === null) return periods.map(() => null);
  const [ours, theirs] = [snapshotOn(live), snapshotOn(rebuilt)];
  const found: (ComparedMoney | null)[] = [];
  for (let i = 0; i < periods.length; i += AT_ONCE)
    found.push(...(await money(ours, theirs, periods.slice(i, i + AT_ONCE))));
  return found;
}
