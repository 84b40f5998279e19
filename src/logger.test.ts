import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { changeableLevel } from './logger.ts';

const MINUTE = 60_000;

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('a level that was changed comes back after 15 minutes, counted from the last change', () => {
  const logger = { level: 'info' };
  const level = changeableLevel(logger, 'info');
  level.change('debug', 0);
  jest.advanceTimersByTime(10 * MINUTE);
  level.change('trace', 10 * MINUTE);
  jest.advanceTimersByTime(14 * MINUTE);
  expect([logger.level, level.now().until]).toEqual(['trace', 25 * MINUTE]);
  jest.advanceTimersByTime(MINUTE);
  expect([logger.level, level.now().until]).toEqual(['info', null]);
});
