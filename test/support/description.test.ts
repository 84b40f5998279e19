import { beforeAll, expect, test } from '@jest/globals';
import { type Description, type Exchange, readDescription } from './description.ts';

/** A service that keeps notes. */
const DOCUMENT = {
  openapi: '3.1.0',
  paths: {
    '/notes/{id}': {
      put: {
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } },
        },
        responses: {
          200: {
            description: 'OK',
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Note' } } },
          },
          204: { description: 'Gone' },
          503: {
            description: 'Later',
            headers: { 'Retry-After': {} },
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        },
      },
    },
  },
  components: {
    schemas: {
      Note: {
        type: 'object',
        properties: {
          text: { type: 'string' },
          at: { type: 'string', format: 'date-time', example: 'soon' },
        },
        required: ['text'],
        additionalProperties: false,
        examples: [{ text: 'a' }],
      },
      Problem: { type: 'object', properties: { type: { type: 'string' } }, required: ['type'] },
    },
  },
};

const GOOD: Exchange = {
  method: 'PUT',
  path: '/notes/1',
  requestType: 'application/json; charset=utf-8',
  requestBody: { text: 'a' },
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8' },
  body: '{"text":"a","at":"2026-11-03T13:00:00.000Z"}',
};
const PROBLEM = { 'content-type': 'application/problem+json' };

let description: Description;

beforeAll(() => {
  description = readDescription(DOCUMENT);
});

test('what is as it is described has no fault, also under the pattern of its route', () => {
  expect(description.faults(GOOD)).toEqual([]);
  expect(description.faults({ ...GOOD, path: '/notes/:id' })).toEqual([]);
  expect(description.faults({ ...GOOD, status: 204, headers: {}, body: '' })).toEqual([]);
  const later = { ...GOOD, status: 503, headers: { ...PROBLEM, 'retry-after': '1' }, body: '{"type":"x"}' };
  expect(description.faults({ ...later, requestBody: { odd: 1 } })).toEqual([]);
});

test.each<[string, Partial<Exchange>, RegExp]>([
  ['a status', { status: 418 }, /status 418 is not described/],
  [
    'a content type',
    { headers: { 'content-type': 'text/plain' } },
    /content type text\/plain is not described/,
  ],
  ['a member', { body: '{"text":"a","odd":1}' }, /answer.*additional properties/],
  ['a format', { body: '{"text":"a","at":"today"}' }, /answer\/at must match format/],
  [
    'a body where there is none',
    { status: 204, headers: {}, body: 'x' },
    /a body is sent and none described/,
  ],
  ['a header', { headers: { ...GOOD.headers, 'retry-after': '1' } }, /retry-after is not described/],
  ['a request that was accepted', { requestBody: { note: 'a' } }, /accepted request.*text/],
  [
    'a request type that was accepted',
    { requestType: 'text/csv' },
    /request type text\/csv is not described/,
  ],
  ['a request without its body', { requestBody: undefined }, /a body is required and none was sent/],
  ['what is at no address and no problem', { path: '/odd' }, /answered 200 with application\/json/],
  ['a problem without a type', { path: '/odd', headers: PROBLEM, body: '{}' }, /must have required property/],
])('%s that is not described is a fault', (_, change, fault) => {
  expect(description.faults({ ...GOOD, ...change })).toEqual([expect.stringMatching(fault)]);
});

test('of several events only those that were accepted have to be legal', () => {
  const schema = { type: 'array', items: { $ref: '#/components/schemas/Note' } };
  const document = structuredClone(DOCUMENT) as { paths: Record<string, unknown> };
  const result = { 207: { description: 'Some', content: { 'application/json': { schema: {} } } } };
  document.paths['/many'] = {
    post: { requestBody: { required: true, content: { 'application/json': { schema } } }, responses: result },
  };
  const results = [{ index: 1, status: 'rejected' }];
  const many = { ...GOOD, method: 'POST', path: '/many', status: 207, body: JSON.stringify({ results }) };
  const read = readDescription(document);
  expect(read.faults({ ...many, requestBody: [{ text: 'a' }, { odd: 1 }] })).toEqual([]);
  expect(read.faults({ ...many, requestBody: [{ odd: 1 }, { text: 'a' }] })).toHaveLength(1);
});

test('an example that its schema does not allow is found where it stands', () => {
  expect(description.exampleFaults()).toEqual([
    expect.stringMatching(/^components\/schemas\/Note\/properties\/at: .*format/),
  ]);
});
