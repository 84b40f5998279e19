import type { PlanTerms } from '../../src/domain/plan.ts';
import { isIn, rate, type WindowCount } from '../../src/domain/rate.ts';
import type { WindowKind } from '../../src/domain/window.ts';

/** A window as far as billing is concerned. Ids are ASCII: their order is that of their bytes. */
export interface BillableWindow {
  id: string;
  openedAt: number;
  kind: WindowKind;
  category: string | null;
}

/**
 * A window that an invoice charges (+1) or gives back (-1) under a code. Beyond that only where the invoice in between
 * was voided: what came and went three times may have to be given back twice.
 */
export interface WindowChange {
  id: string;
  code: string;
  weight: number;
}

export function countWindows(windows: Iterable<BillableWindow>): WindowCount[] {
  const counts = new Map<string, WindowCount>();
  for (const { kind, category } of windows) {
    const key = `${kind} ${category ?? ''}`;
    const count = counts.get(key);
    if (count === undefined) counts.set(key, { kind, category, windows: 1 });
    else count.windows += 1;
  }
  return [...counts.values()];
}

/**
 * The code of the line that charges each window, by window id. The meaning of a line's range, written out; SQL does
 * the same for large periods.
 */
export function billedCodes(
  terms: PlanTerms | null,
  windows: readonly BillableWindow[],
): Map<string, string> {
  const codes = new Map<string, string>();
  if (terms === null) return codes;
  const ordered = windows.toSorted((a, b) => a.openedAt - b.openedAt || (a.id < b.id ? -1 : 1));
  for (const { code, range } of rate(terms, countWindows(windows))) {
    if (range === null) continue;
    const pool = ordered.filter(({ kind, category }) => isIn(range.pool, kind, category));
    for (const { id } of pool.slice(range.from, range.to)) codes.set(id, code);
  }
  return codes;
}

/**
 * The windows behind the lines of an invoice for one period: those it has now, minus those that standing invoices
 * (`charged`: all their changes) charge for it. Under each code the weights sum to the quantity of the line.
 */
export function billedChanges(
  charged: Iterable<WindowChange>,
  now: ReadonlyMap<string, string>,
): WindowChange[] {
  const changes = new Map<string, WindowChange>();
  const add = (id: string, code: string, weight: number) => {
    const key = `${id} ${code}`;
    changes.set(key, { id, code, weight: (changes.get(key)?.weight ?? 0) + weight });
  };
  for (const { id, code, weight } of charged) add(id, code, -weight);
  for (const [id, code] of now) add(id, code, 1);
  return [...changes.values()].filter(({ weight }) => weight !== 0);
}
