import { beforeAll, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import { z } from 'zod';
import { committedDescription } from '../../test/support/description.ts';
import { NO_LIMITS } from '../config.ts';
import { createMetrics } from '../metrics.ts';
import { renderOpenapi } from './openapi.ts';
import { documentation } from './server/docs.ts';
import { createServer } from './server/server.ts';

let text: string;
let document: Document;
let operations: Operation[];

beforeAll(async () => {
  text = await renderOpenapi();
  document = parse(text);
  operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
});

test('the API description is valid OpenAPI, the same every time', async () => {
  expect(await renderOpenapi()).toBe(text);
  const result = await new Validator().validate(parse(text));
  expect(result).toMatchObject({ valid: true });
});

test('every operation behind a key says so, and names its refusals', () => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const { security, responses } of Object.values(methods)) {
      // A webhook of another service proves itself by a signature.
      const isBehindKey = path.startsWith('/v1/') && !path.endsWith('/webhook');
      expect(security).toEqual(isBehindKey ? [{ key: [] }] : []);
      if (isBehindKey) expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403']));
    }
  }
});

test('every operation has a name of its own, a summary and a known tag', () => {
  const tags = new Set(document.tags.map(({ name }) => name));
  const names = operations.map(({ operationId }) => operationId);
  expect(new Set(names).size).toBe(names.length);
  for (const { operationId, summary, tags: own } of operations) {
    expect(operationId).toMatch(/^[a-z]+([A-Z][a-z]*)*$/);
    expect([operationId, summary, own.every((tag) => tags.has(tag))]).toEqual([
      operationId,
      expect.any(String),
      true,
    ]);
  }
});

test('every operation names what the server itself may answer, and when to try again', () => {
  for (const { operationId, requestBody, responses } of operations) {
    const statuses = requestBody === undefined ? ['400', '500', '503'] : ['400', '413', '415', '500', '503'];
    expect([operationId, Object.keys(responses)]).toEqual([operationId, expect.arrayContaining(statuses)]);
    expect(Object.keys(responses['503']?.headers ?? {})).toEqual(['Retry-After']);
  }
});

test('every parameter and every member says what it is, every body has an example', () => {
  const silent: string[] = [];
  visitMembers({ paths: document.paths, ...document.components.schemas }, '', silent);
  for (const { operationId, parameters = [], requestBody } of operations) {
    for (const { name, description } of parameters)
      if (description === undefined) silent.push(`${operationId}: ${name}`);
    for (const { example, examples, schema } of Object.values(requestBody?.content ?? {})) {
      const reference = schema.$ref ?? schema.anyOf?.find(({ $ref }) => $ref !== undefined)?.$ref;
      const named = document.components.schemas[reference?.split('/').at(-1) ?? ''];
      if (
        example === undefined &&
        (examples ?? schema.examples ?? named?.examples ?? named?.anyOf) === undefined
      )
        silent.push(`${operationId}: no example`);
    }
  }
  expect(silent).toEqual([]);
});

test('a reader of YAML 1.1 finds no dates, and no schema is named after its direction', () => {
  expect(parse(text, { version: '1.1' })).toEqual(document);
  expect(Object.keys(document.components.schemas).filter((name) => name.endsWith('Input'))).toEqual([]);
});

test('every example is what its schema allows', () => {
  expect(committedDescription().exampleFaults()).toEqual([]);
});

test('two schemas of one name make no description', async () => {
  const app = createServer({ logger: false, metrics: createMetrics(), limits: NO_LIMITS });
  await documentation(app);
  const thing = (member: string) => z.object({ [member]: z.string() }).meta({ id: 'Thing' });
  for (const path of ['/a', '/b'])
    app.get(path, { schema: { operationId: path, response: { 200: thing(path) } } }, async () => ({}));
  await app.ready();
  expect(() => app.swagger()).toThrow('two schemas of the API description have the id Thing');
  await app.close();
});

test('a schema that is one thing in requests and another in answers makes no description', async () => {
  const app = createServer({ logger: false, metrics: createMetrics(), limits: NO_LIMITS });
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
  const app = createServer({ logger: false, metrics: createMetrics(), limits: NO_LIMITS });
  await documentation(app);
  expect(() => app.get('/nameless', { schema: { summary: 'x' } }, async () => ({}))).toThrow(
    'GET /nameless has no operationId',
  );
  await app.close();
});

interface Schema {
  $ref?: string;
  description?: string;
  anyOf?: Schema[];
  examples?: unknown[];
  properties?: Record<string, Schema>;
}

interface Operation {
  operationId: string;
  summary?: string;
  tags: string[];
  security?: unknown;
  parameters?: { name: string; description?: string }[];
  requestBody?: { content: Record<string, { example?: unknown; examples?: unknown; schema: Schema }> };
  responses: Record<string, { headers?: object }>;
}

interface Document {
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** Adds the members without a description to `silent`. */
function visitMembers(part: unknown, place: string, silent: string[]): void {
  if (typeof part !== 'object' || part === null) return;
  for (const [name, value] of Object.entries(part)) {
    if (name === 'properties')
      for (const [member, { $ref, description }] of Object.entries(value as Record<string, Schema>))
        if ($ref === undefined && description === undefined) silent.push(`${place}: ${member}`);
    if (name !== 'example' && name !== 'examples') visitMembers(value, `${place}/${name}`, silent);
  }
}
