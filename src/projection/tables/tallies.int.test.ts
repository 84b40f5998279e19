import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type TestProjection, testProjection } from '../../../test/support/projection.ts';
import { historyOf } from '../../../test/support/traffic.ts';
import { hasEvents } from './tallies.ts';

let projection: TestProjection;

beforeAll(async () => {
  projection = await testProjection();
});

afterAll(() => projection?.close());

test('a tenant has events once one is projected', async () => {
  const { db } = projection.database;
  expect(await hasEvents(db, 'nobody')).toBe(false);
  const [event] = fc.sample(historyOf('somebody'), 1)[0] ?? [];
  await projection.projectAll(event === undefined ? [] : [event], []);
  expect(await hasEvents(db, 'somebody')).toBe(true);
});
