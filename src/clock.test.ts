import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const WALL_CLOCK = /\bDate\.now\b|\bnew Date\(\)|\bTemporal\.Now\b/;

test('the time of day is asked for in one place, so that no duration is measured with it', () => {
  const folder = import.meta.dirname;
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  const asking = sources.filter((file) => WALL_CLOCK.test(readFileSync(join(folder, file), 'utf8')));
  expect(asking).toEqual(['clock.ts']);
});
