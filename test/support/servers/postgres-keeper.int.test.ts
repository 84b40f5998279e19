import { expect, test } from '@jest/globals';
import { KEEPER } from '../jest/jest-setup.ts';

test('the keeper keeps no connection, which a worker that was busy meanwhile would find closed', async () => {
  const answer = await fetch(process.env[KEEPER] ?? '');
  expect(await answer.json()).toEqual({
    url: expect.any(String),
    runtimeUrl: expect.any(String),
    template: expect.any(String),
  });
  expect(answer.headers.get('connection')).toBe('close');
});
