import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createResources, type Resources } from './resources.ts';

const logger = pino({ level: 'silent' });

function recorded(resources: Resources, names: readonly string[]): string[] {
  const released: string[] = [];
  for (const name of names) resources.add(name, async () => released.push(name));
  return released;
}

test('the youngest is released first', async () => {
  const resources = createResources(logger);
  const released = recorded(resources, ['database', 'log', 'api']);
  expect(await resources.release(1_000)).toEqual({ hung: [], failed: [] });
  expect(released).toEqual(['api', 'log', 'database']);
});

test('a failure does not keep the rest from being released', async () => {
  const resources = createResources(logger);
  const released = recorded(resources, ['database']);
  resources.add('log', async () => {
    throw new Error('broken');
  });
  expect(await resources.release(1_000)).toEqual({ hung: [], failed: ['log'] });
  expect(released).toEqual(['database']);
});

test('everything is released once, however often it is asked for', async () => {
  const resources = createResources(logger);
  const released = recorded(resources, ['database', 'log']);
  const both = await Promise.all([resources.release(1_000), resources.release(1_000)]);
  expect(both[0]).toEqual(both[1]);
  expect(released).toEqual(['log', 'database']);
});

test('past the deadline it says what hung and what waited behind it', async () => {
  const resources = createResources(logger);
  recorded(resources, ['database']);
  resources.add('projector', () => new Promise(() => undefined));
  recorded(resources, ['api']);
  expect(await resources.release(20)).toEqual({ hung: ['projector', 'database'], failed: [] });
});

test('nothing can be opened any more once closing began', async () => {
  const resources = createResources(logger);
  await resources.release(1_000);
  expect(() => resources.add('late', async () => undefined)).toThrow('late was opened while');
});
