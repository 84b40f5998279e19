import { expect, test } from '@jest/globals';
import { askKeeper, KEPT_POSTGRES } from '../jest/jest-setup.ts';

test('the keeper keeps no connection, which a worker that was busy meanwhile would find closed', async () => {
  const answer = await askKeeper(KEPT_POSTGRES);
  expect(await answer.json()).toEqual({
    url: expect.any(String),
    runtimeUrl: expect.any(String),
    template: expect.any(String),
  });
  expect(answer.headers.get('connection')).toBe('close');
});
