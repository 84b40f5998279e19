import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createSuspects, type Suspects } from './suspects.ts';

const PERIOD = '2026-11';
const counted = (tenant: string, receptive: number) =>
  new Map([[tenant, new Map([[PERIOD, { receptive, active: 0 }]])]]);
const verdict = (tenant: string, windows: number, next: number | null) => ({
  ...{ tenant, period: PERIOD, windows: { receptive: windows, active: 0 } },
  next: { receptive: next, active: null },
});
const due = (suspects: Suspects, { alone = true, at = 0 } = {}) =>
  suspects.due({ alone, staleMs: 1_000, at }).map(({ tenant }) => tenant);

test('whoever counts alone asks once for each tenant, and then when its count may have reached the next threshold', () => {
  const suspects = createSuspects();
  suspects.counted(counted('acme', 1));
  expect(due(suspects)).toEqual(['acme']);
  suspects.learn({ verdicts: [verdict('acme', 1, 10)], without: [] }, 0);
  suspects.counted(counted('acme', 8));
  expect(due(suspects, { at: 9_999 })).toEqual([]);
  suspects.counted(counted('acme', 1));
  expect(due(suspects)).toEqual(['acme']);
  suspects.learn({ verdicts: [verdict('acme', 10, null)], without: [] }, 0);
  suspects.counted(counted('acme', 1_000));
  expect(due(suspects)).toEqual([]);
});

test('where others count too, one that grew is judged once its verdict is old, even if it grew no more since', () => {
  const suspects = createSuspects();
  suspects.learn({ verdicts: [verdict('acme', 1, 10)], without: [] }, 0);
  suspects.counted(counted('acme', 1));
  expect(due(suspects, { alone: false, at: 999 })).toEqual([]);
  expect(due(suspects, { alone: false, at: 1_000 })).toEqual(['acme']);
  expect(due(suspects, { alone: false, at: 5_000 })).toEqual([]);
});

test('tenants without thresholds are asked for once, until something changes', () => {
  const suspects = createSuspects();
  suspects.counted(counted('acme', 1));
  expect(due(suspects)).toEqual(['acme']);
  suspects.learn({ verdicts: [], without: ['acme'] }, 0);
  suspects.counted(counted('acme', 1));
  expect(due(suspects)).toEqual([]);
  suspects.forget(['acme']);
  suspects.counted(counted('acme', 1));
  expect(due(suspects)).toEqual(['acme']);
});

test('where the judge failed they are due again', () => {
  const suspects = createSuspects();
  suspects.counted(counted('acme', 1));
  suspects.retry(suspects.due({ alone: true, staleMs: 0, at: 0 }));
  expect(due(suspects)).toEqual(['acme']);
});

test('whatever is counted while the judge looks, no threshold is missed', () => {
  const step = fc.record({ before: fc.nat(3), seen: fc.nat(3), unseen: fc.nat(3), afterwards: fc.nat(3) });
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 40 }),
      (steps, nth) => {
        const suspects = createSuspects();
        let windows = 0;
        let fired = false;
        const count = (more: number) => {
          windows += more;
          suspects.counted(counted('acme', more));
        };
        const judged = (between: () => void) => {
          if (due(suspects).length === 0) return;
          between();
        };
        for (const { before, seen, unseen, afterwards } of steps) {
          count(before);
          judged(() => {
            // What is committed before the judge's snapshot may be told before or after it, and what comes later is not in it.
            count(seen);
            const view = windows;
            count(unseen);
            fired ||= view >= nth;
            suspects.learn({ verdicts: [verdict('acme', view, fired ? null : nth)], without: [] }, 0);
          });
          count(afterwards);
        }
        judged(() => {
          fired ||= windows >= nth;
        });
        expect(fired).toBe(windows >= nth);
      },
    ),
  );
});
