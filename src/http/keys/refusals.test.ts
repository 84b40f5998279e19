import { expect, test } from '@jest/globals';
import { until } from '../../../test/support/until.ts';
import { type RefusedAccess, recordRefusals } from './refusals.ts';

const REFUSED: RefusedAccess = {
  address: '10.0.0.1',
  key: null,
  method: 'GET',
  route: '/v1/tenants',
  status: 401,
};

function record(everyMs: number) {
  const lines: unknown[] = [];
  return {
    lines,
    access: recordRefusals({ warn: (line: unknown) => lines.push(line) }, { most: 2, everyMs }),
  };
}

test('refused credentials are recorded, so many a minute; the others are counted', async () => {
  const { lines, access } = record(20);
  for (let i = 0; i < 5; i++) access.note(REFUSED);
  await until(() => lines.length === 3);
  expect(lines).toEqual([REFUSED, REFUSED, { suppressed: 3 }]);
  access.note(REFUSED);
  expect(lines.at(-1)).toEqual(REFUSED);
  access.stop();
  expect(lines).toHaveLength(4);
});

test('what was counted is said when the service stops', () => {
  const { lines, access } = record(60_000);
  for (let i = 0; i < 3; i++) access.note(REFUSED);
  access.stop();
  expect(lines.at(-1)).toEqual({ suppressed: 1 });
});
