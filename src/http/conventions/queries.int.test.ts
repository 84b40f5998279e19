import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await testApi();
});

afterAll(() => api?.close());

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Operation {
  security: object[];
  requestBody?: { content: Record<string, { schema?: { $ref?: string } }> };
  parameters?: { in: string; name: string; required: boolean }[];
}

const PLACES: Record<string, string> = {
  tenant: 'acme',
  plan: 'pro',
  from: '2026-01',
  period: '2026-01',
  number: '2027-000001',
  erasure: '1',
  delivery: '1',
};

/** The example of the body that the description shows; routes that need none take an empty object. */
function exampleBody({ requestBody }: Operation): unknown {
  if (requestBody === undefined) return undefined;
  const { $ref } = requestBody.content['application/json']?.schema ?? {};
  const name = $ref?.split('/').at(-1) ?? '';
  return schemas()[name]?.examples?.[0] ?? {};
}

function schemas(): Record<string, { examples?: unknown[] }> {
  return (api.app.swagger() as { components: { schemas: Record<string, { examples?: unknown[] }> } })
    .components.schemas;
}

/** Every route behind a key, with a path that leads nowhere and the query parameters that it must have. */
function routes(): { method: Method; url: string; operation: Operation }[] {
  const { paths = {} } = api.app.swagger();
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>)
      .filter(([, { security }]) => security.length > 0)
      .map(([method, operation]) => {
        const required = operation.parameters?.filter(
          (parameter) => parameter.in === 'query' && parameter.required,
        );
        const query = required?.map(({ name }) => `${name}=x&`).join('') ?? '';
        const place = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PLACES[name] ?? '0'.repeat(64));
        return { method: method.toUpperCase() as Method, url: `${place}?${query}`, operation };
      }),
  );
}

test('every read takes a receipt, and looks at it before it looks for anything else', async () => {
  const reads = routes().filter(({ method }) => method === 'GET');
  expect(reads.length).toBeGreaterThan(20);
  for (const { url, operation } of reads) {
    const names = operation.parameters?.map(({ name }) => name);
    expect([url, names]).toEqual([url, expect.arrayContaining(['after'])]);
    for (const method of ['GET', 'HEAD'] as const)
      expect([url, (await api.call(method, `${url}after=AAAA`)).status]).toEqual([url, 400]);
    expect((await api.call('GET', `${url}after=AAAA`)).json.type).toBe('/problems/invalid-receipt');
  }
});

test('a query parameter that a route does not know is refused by name, whatever the route would find', async () => {
  const all = routes();
  expect(new Set(all.map(({ method }) => method))).toEqual(
    new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']),
  );
  for (const { method, url, operation } of all) {
    const { status, json } = await api.call(method, `${url}Periode=2026-01`, {
      body: exampleBody(operation),
    });
    expect([method, url, status, json.type, json.errors]).toEqual([
      method,
      url,
      400,
      '/problems/invalid-request',
      expect.arrayContaining([{ parameter: 'Periode', detail: expect.stringMatching(/^is unknown here/) }]),
    ]);
  }
});

test('events with an unknown query parameter are not taken', async () => {
  const { status, json } = await api.call('POST', '/v1/events?after=AAAA', { body: [] });
  expect([status, json.detail]).toEqual([400, 'after: is unknown here']);
});

test('a parameter or member that is unknown is told what is known, and what is near', async () => {
  const detailOf = async (method: Method, url: string, body?: unknown) =>
    (await api.call(method, url, { body })).json.errors[0];
  expect(await detailOf('GET', '/v1/tenants/acme/usage?perod=2024-03')).toEqual({
    parameter: 'perod',
    detail: 'is unknown here; did you mean period?; known are period, groupBy, format, csv, after',
  });
  expect((await detailOf('GET', '/v1/tenants/acme/windows?conact=1')).detail).toContain(
    'did you mean contact?',
  );
  expect((await detailOf('PUT', '/v1/tenants/acme', { time_zone: 'UTC' })).detail).toContain(
    'did you mean timeZone?',
  );
  const rules = [{ from: null, rule: 'fixed', hour: 24 }];
  expect(await detailOf('PUT', '/v1/tenants/acme', { rules })).toEqual({
    pointer: '/rules/0/hour',
    detail: 'is unknown here; did you mean hours?; known are from, rule, hours, activeWhen',
  });
  const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`unknown${i}`, 1]));
  const answer = await api.call('PUT', '/v1/tenants/acme', { body: many });
  expect(answer.json.errors).toHaveLength(10);
});

test('a + that became a space is pointed out', async () => {
  const at = 'at=2026-11-03T10:00:00+03:00';
  const party = 'channel=webchat&account=site';
  const answer = await api.call('GET', `/v1/tenants/acme/conversation?${party}&contact=ana&${at}`);
  expect(answer.json.errors).toEqual([{ parameter: 'at', detail: expect.stringContaining('%2B') }]);
  expect(answer.json.detail).toContain('%2B');
  const blank = await api.call('GET', `/v1/tenants/acme/conversation?${party}&contact=+`);
  expect(blank.json.errors).toEqual([{ parameter: 'contact', detail: expect.stringContaining('%2B') }]);
  const wrong = await api.call('GET', `/v1/tenants/acme/conversation?${party}&contact=a+b&at=yesterday`);
  expect(wrong.json.errors).toEqual([{ parameter: 'at', detail: expect.not.stringContaining('%2B') }]);
});

test.each(['%00', 'AAAA%00', '%ff', '%00%ff', 'a+b', ''])(
  'the receipt or cursor "%s" is none of ours, and said to be none',
  async (token) => {
    expect((await api.call('GET', `/v1/tenants?after=${token}`)).json).toMatchObject({
      type: '/problems/invalid-receipt',
      status: 400,
    });
    expect((await api.call('GET', `/v1/tenants?limit=1&cursor=${token}`)).json).toMatchObject({
      type: '/problems/invalid-cursor',
      status: 400,
    });
  },
);

test.each(['after=%zz', 'after=%0', 'limit=%00', 'after=AAAA&subject=%00', 'x=after=%00'])(
  'an address with ?%s is not valid',
  async (query) => {
    const answer = await api.call('GET', `/v1/audit?${query}`);
    expect([answer.status, answer.json.type]).toEqual([400, '/problems/invalid-request']);
  },
);

test('open pages take whatever a browser or a probe puts behind their address', async () => {
  for (const url of ['/healthz', '/readyz', '/metrics', '/docs/json', '/problems/not-found', '/openapi.yaml'])
    expect([url, (await api.call('GET', `${url}?v=1`, { key: null })).status]).toEqual([url, 200]);
});
