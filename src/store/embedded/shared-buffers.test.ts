import { expect, test } from '@jest/globals';
import { sharedBuffers } from './shared-buffers.ts';

test.each([
  [0.5, '128MB'],
  [2, '256MB'],
  [4, '512MB'],
  [7.6, '972MB'],
  [24, '1024MB'],
])('of %d GB the server shares an eighth, within bounds', (gigabytes, setting) => {
  expect(sharedBuffers(gigabytes * 1024 ** 3)).toBe(setting);
});

test('this machine, or its container, gives a setting within the bounds', () => {
  const megabytes = Number(/^(\d+)MB$/.exec(sharedBuffers())?.[1]);
  expect(megabytes).toBeGreaterThanOrEqual(128);
  expect(megabytes).toBeLessThanOrEqual(1024);
});
