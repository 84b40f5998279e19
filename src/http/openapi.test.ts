import { expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import { z } from 'zod';
import { committedDescription } from '../../test/support/description.ts';
import { createMetrics } from '../metrics.ts';
import { renderOpenapi } from './openapi.ts';
import { documentation } from './server/docs.ts';
import { createServer } from './server/server.ts';

test('the API description is valid OpenAPI, the same every time', async () => {
  const text = await renderOpenapi();
  expect(await renderOpenapi()).toBe(text);
  const result = await new Validator().validate(parse(text));
  expect(result).toMatchObject({ valid: true });
});

test('every operation behind a key says so, and names its refusals', async () => {
  const { paths } = parse(await renderOpenapi());
  for (const [path, operations] of Object.entries<Record<string, Operation>>(paths)) {
    for (const { security, responses } of Object.values(operations)) {
      expect(security).toEqual(path.startsWith('/v1/') ? [{ key: [] }] : []);
      if (path.startsWith('/v1/'))
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403']));
    }
  }
});

test('every example is what its schema allows', () => {
  expect(committedDescription().exampleFaults()).toEqual([]);
});

test('two schemas of one name make no description', async () => {
  const app = createServer({ logger: false, metrics: createMetrics() });
  await documentation(app);
  const thing = (member: string) => z.object({ [member]: z.string() }).meta({ id: 'Thing' });
  for (const path of ['/a', '/b'])
    app.get(path, { schema: { operationId: path, response: { 200: thing(path) } } }, async () => ({}));
  await app.ready();
  expect(() => app.swagger()).toThrow('two schemas of the API description have the id Thing');
  await app.close();
});

test('a schema that is one thing in requests and another in answers makes no description', async () => {
  const app = createServer({ logger: false, metrics: createMetrics() });
  await documentation(app);
  const body = z.object({ hours: z.int().default(24) }).meta({ id: 'Clock' });
  app.post('/clock', { schema: { operationId: 'putClock', body, response: { 200: body } } }, async () => ({
    hours: 1,
  }));
  await app.ready();
  expect(() => app.swagger()).toThrow('the schema Clock is one thing in requests and another in answers');
  await app.close();
});

test('a route without an operationId is refused', async () => {
  const app = createServer({ logger: false, metrics: createMetrics() });
  await documentation(app);
  expect(() => app.get('/nameless', { schema: { summary: 'x' } }, async () => ({}))).toThrow(
    'GET /nameless has no operationId',
  );
  await app.close();
});

interface Operation {
  security?: unknown;
  responses: Record<string, unknown>;
}
