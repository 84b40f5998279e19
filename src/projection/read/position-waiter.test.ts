import { expect, test } from '@jest/globals';
import { createPositionWaiter } from './position-waiter.ts';

/** Positions that tests move, and how often they were looked at. */
function positions() {
  const nexts = new Map([
    [0, 0],
    [1, 0],
  ]);
  const state = { looks: 0, error: null as Error | null };
  const look = async () => {
    state.looks++;
    if (state.error !== null) throw state.error;
    return nexts;
  };
  return { nexts, state, look };
}

const never = () => new AbortController().signal;

test('waits until every partition of the receipt is counted', async () => {
  const { nexts, look } = positions();
  const waiter = createPositionWaiter(look);
  let settled = false;
  const wait = waiter
    .until(
      new Map([
        [0, 3],
        [1, 1],
      ]),
      never(),
    )
    .finally(() => {
      settled = true;
    });
  nexts.set(0, 3);
  await waiter.until(new Map([[0, 3]]), never());
  expect(settled).toBe(false);
  nexts.set(1, 1);
  expect(await wait).toBe(true);
});

test('a receipt without events is counted already', async () => {
  expect(await createPositionWaiter(positions().look).until(new Map(), never())).toBe(true);
});

test('nobody looks once the last one has gone', async () => {
  const { state, look } = positions();
  const waiter = createPositionWaiter(look);
  const gone = new AbortController();
  const wait = waiter.until(new Map([[0, 1]]), gone.signal);
  gone.abort();
  expect(await wait).toBe(false);
  expect(await waiter.until(new Map([[0, 1]]), gone.signal)).toBe(false);
  const { looks } = state;
  await waiter.until(new Map(), never());
  expect(state.looks - looks).toBeLessThanOrEqual(1);
});

test('a look that fails fails those who wait, and later ones look again', async () => {
  const { state, look } = positions();
  const waiter = createPositionWaiter(look);
  state.error = new Error('no database');
  await expect(waiter.until(new Map([[0, 1]]), never())).rejects.toThrow('no database');
  state.error = null;
  expect(await waiter.until(new Map([[0, 0]]), never())).toBe(true);
});
