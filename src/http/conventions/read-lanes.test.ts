import { expect, test } from '@jest/globals';
import { createLane } from './read-lanes.ts';

async function laneWith(limits: Parameters<typeof createLane>[0]) {
  const lane = createLane(limits);
  const started: string[] = [];
  const enter = (key: string, name: string) => lane.enter(key, () => started.push(name));
  /** Starts are microtasks. */
  const settled = async () => {
    await Promise.resolve();
    return started;
  };
  return { enter, settled };
}

test('a key runs as many as it may; the others wait for its own to leave', async () => {
  const { enter, settled } = await laneWith({ running: 3, runningOfKey: 2, inHandOfKey: 9 });
  const [first] = ['a1', 'a2', 'a3'].map((name) => enter('a', name));
  expect(await settled()).toEqual(['a1', 'a2']);
  enter('b', 'b1');
  expect(await settled()).toEqual(['a1', 'a2', 'b1']);
  first?.leave();
  first?.leave();
  expect(await settled()).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('keys take turns, however many one has waiting', async () => {
  const { enter, settled } = await laneWith({ running: 1, runningOfKey: 1, inHandOfKey: 9 });
  const places = ['a1', 'a2', 'a3'].map((name) => enter('a', name));
  places.push(enter('b', 'b1'), enter('c', 'c1'));
  for (const name of ['a1', 'b1', 'c1', 'a2', 'a3']) {
    expect((await settled()).at(-1)).toBe(name);
    const index = ['a1', 'a2', 'a3', 'b1', 'c1'].indexOf(name);
    places[index]?.leave();
  }
});

test('beyond what a key may have in hand it is refused, and let in again once one of its own is gone', async () => {
  const { enter, settled } = await laneWith({ running: 1, runningOfKey: 1, inHandOfKey: 2 });
  enter('a', 'a1');
  const waiting = enter('a', 'a2');
  expect(enter('a', 'a3')).toBeNull();
  expect(enter('b', 'b1')).not.toBeNull();
  expect(waiting?.giveUp()).toBe(true);
  expect(waiting?.giveUp()).toBe(false);
  expect(enter('a', 'a4')).not.toBeNull();
  expect(await settled()).toEqual(['a1']);
});
