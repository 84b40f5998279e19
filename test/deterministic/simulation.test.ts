import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BrokerBugs } from './broker.ts';
import { runHistory } from './history.ts';
import type { StoreBugs } from './store.ts';
import { installTimers } from './world.ts';

/** `npm run deterministic` runs as many as anybody likes. */
const HISTORIES = 2_000;
/** A planted bug is found in fewer. */
const MOST = 1_000;

let restoreTimers: () => void;

beforeAll(() => {
  restoreTimers = installTimers();
});
afterAll(() => restoreTimers());

test(`whatever crashes, freezes, comes late, twice or out of turn: all in the log is counted once, and all acknowledged is in the log (${HISTORIES} histories)`, async () => {
  for (let seed = 1; seed <= HISTORIES; seed++)
    expect([seed, ...(await runHistory({ seed })).faults]).toEqual([seed]);
}, 300_000);

test('the same seed gives the same history, to the last step', async () => {
  for (const seed of [11, 12, 13]) {
    const [one, other] = [await runHistory({ seed, traced: true }), await runHistory({ seed, traced: true })];
    expect(one.trace.length).toBeGreaterThan(50);
    expect(other).toEqual(one);
  }
});

/** The faults of the first history in which there are some. */
async function faultsWith(bugs: BrokerBugs & StoreBugs): Promise<string> {
  for (let seed = 1; seed <= MOST; seed++) {
    const { faults } = await runHistory({ seed, bugs });
    if (faults.length > 0) return faults.join('\n');
  }
  return `nothing in ${MOST} histories`;
}

test.each<[string, BrokerBugs & StoreBugs, RegExp]>([
  [
    'a record that was acknowledged and lost in a crash',
    { losesAcknowledged: true },
    /acknowledged record is not at|was cut short|is not the one|was given offset/,
  ],
  ['positions that stand without their results', { positionsFirst: true }, /^(events|windows|tallies):/m],
  ['two writers of one partition', { sharesPositions: true }, /^positions:/m],
  ['a record that is passed over as if it were a gap', { skipsGap: true }, /^gaps:/m],
  ['a repeated event that is counted again', { forgetsKeys: true }, /^tallies:/m],
])(
  '%s is found',
  async (_, bugs, said) => {
    expect(await faultsWith(bugs)).toMatch(said);
  },
  120_000,
);
