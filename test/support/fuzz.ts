/** Requests made from the API description: sensible, nearly sensible and broken ones for every operation. */

import fc from 'fast-check';

// biome-ignore lint/suspicious/noExplicitAny: a document is looked into by name
type Part = any;

interface FuzzRequest {
  operation: string;
  method: string;
  url: string;
  /** Which of the keys asks. */
  key: number;
  body: string | undefined;
  accept: string | undefined;
}

/** More, and others: npm run fuzz -- --cases 20000 --seed 7 */
export const FUZZ = {
  cases: Number(process.env.FUZZ_CASES ?? 600),
  seed: Number(process.env.FUZZ_SEED ?? 20_261_127),
};

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

/** Values that mean something, by the name of the parameter. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  tenant: ['acme', 'globex', 'nobody'],
  period: ['2026-11', '2026-12', '0001-01', '9999-11'],
  from: ['2026-11', '2026-01', '2026-11-03T10:00:00Z'],
  plan: ['pro', 'none'],
  number: ['2026-000001', '2026-000123'],
  id: ['1', 'key_0', 'goodwill', '0'.repeat(64)],
  limit: ['1', '1000'],
  channel: ['whatsapp', 'webchat'],
  account: ['551140000001'],
  contact: ['5511987654321'],
};

const junk = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    'null',
    '../..',
    '9'.repeat(40),
    "'; --",
    '\u0000',
    '\ud800',
    'x'.repeat(600),
  ),
  fc.integer().map(String),
);

function escaped(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

function parameterValue({ name, schema, example }: Part): fc.Arbitrary<string> {
  const known = [
    ...(KNOWN[name] ?? []),
    ...(schema?.enum ?? []),
    ...(example === undefined ? [] : [example]),
  ];
  const sensible = known.map(String);
  return sensible.length === 0
    ? junk
    : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...sensible) }, { weight: 1, arbitrary: junk });
}

/** The example, the example with a member replaced or added, or any JSON, or none. */
function bodyOf(examples: readonly unknown[]): fc.Arbitrary<string | undefined> {
  const example = examples.length === 0 ? fc.constant({}) : fc.constantFrom(...examples);
  const spoilt = fc
    .tuple(example, fc.string({ maxLength: 8 }), fc.jsonValue(), fc.nat())
    .map(([whole, added, value, pick]) => {
      if (typeof whole !== 'object' || whole === null || Array.isArray(whole))
        return JSON.stringify([whole, value]);
      const names = [...Object.keys(whole), added];
      return JSON.stringify({ ...whole, [names[pick % names.length] ?? added]: value });
    });
  return fc.oneof(
    example.map((whole) => JSON.stringify(whole)),
    spoilt,
    fc.json({ maxDepth: 3 }),
    fc.constantFrom(undefined, '{', '[]', 'null', '"\ud800"'),
  );
}

function operationRequests(
  document: Part,
  path: string,
  method: string,
  keys: number,
): fc.Arbitrary<FuzzRequest> {
  const operation = document.paths[path][method];
  const parameters: Part[] = operation.parameters ?? [];
  const inPath = parameters.filter((parameter) => parameter.in === 'path');
  const inQuery = parameters.filter((parameter) => parameter.in === 'query');
  const media = operation.requestBody?.content?.['application/json'];
  const reference = /[^/]+$/.exec(media?.schema?.$ref ?? '')?.[0] ?? '';
  const schema = document.components.schemas[reference] ?? media?.schema ?? {};
  const examples = [
    ...(schema.examples ?? []),
    ...Object.values<Part>(media?.examples ?? {}).map(({ value }) => value),
  ];
  return fc
    .record({
      places: fc.tuple(...inPath.map((parameter) => parameterValue(parameter))),
      query: fc.tuple(
        ...inQuery.map((parameter) => fc.option(parameterValue(parameter), { freq: 2, nil: undefined })),
      ),
      key: fc.nat({ max: keys - 1 }),
      body: media === undefined ? fc.constant(undefined) : bodyOf(examples),
      accept: fc.constantFrom(undefined, 'text/csv', 'application/json'),
    })
    .map(({ places, query, key, body, accept }) => {
      const filled = inPath.reduce(
        (url, { name }, i) => url.replace(`{${name}}`, escaped(places[i] ?? '')),
        path,
      );
      const asked = query.flatMap((value, i) =>
        value === undefined ? [] : [`${inQuery[i].name}=${escaped(value)}`],
      );
      const url = asked.length === 0 ? filled : `${filled}?${asked.join('&')}`;
      return { operation: operation.operationId, method: method.toUpperCase(), url, key, body, accept };
    });
}

/** So many requests, the same for the same seed, every operation in turn. */
export function fuzzRequests(
  document: Part,
  { cases, seed, keys }: { cases: number; seed: number; keys: number },
): FuzzRequest[] {
  const all = Object.keys(document.paths).flatMap((path) =>
    METHODS.filter((method) => document.paths[path][method] !== undefined).map((method) => ({
      path,
      method,
    })),
  );
  const each = Math.ceil(cases / all.length);
  return all.flatMap(({ path, method }, i) =>
    fc.sample(operationRequests(document, path, method, keys), { numRuns: each, seed: seed + i }),
  );
}
