import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../testing/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await testApi();
});

afterAll(() => api?.close());

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface Operation {
  security?: object[];
  requestBody?: object;
  parameters?: { in: string; name: string; required: boolean }[];
}

const PLACES: Record<string, string> = { tenant: 'acme', plan: 'pro', from: '2026-01', period: '2026-01' };

/** Every route behind a key, with a path that leads nowhere and the query parameters that it must have. */
function routes(): { method: Method; url: string; operation: Operation }[] {
  const { paths = {} } = api.app.swagger();
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>)
      .filter(([, { security }]) => security !== undefined)
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
