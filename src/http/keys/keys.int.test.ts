import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await testApi();
});

afterAll(() => api.close());

/** Makes a key and returns its answer. */
async function makeKey(scopes: string[], tenants: string[] | null = null, key?: string) {
  const body = { name: 'test', scopes, tenants };
  const answer = await api.call('POST', '/v1/ops/keys', { body, ...(key === undefined ? {} : { key }) });
  expect(answer.status).toBe(201);
  return answer.json as { id: string; secret: string };
}

describe('no key, no answer', () => {
  test.each([
    ['no header', {}],
    ['an unknown key', { authorization: 'Bearer unknown' }],
    ['another scheme', { authorization: 'Basic dGVzdDp0ZXN0' }],
    ['no secret', { authorization: 'Bearer ' }],
  ])('%s', async (_, headers) => {
    for (const url of ['/v1/tenants', '/v1/tenants/acme', '/v1/ops/keys']) {
      const answer = await api.call('GET', url, { key: null, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(answer.json).toMatchObject({ type: '/problems/unauthorized', status: 401 });
    }
    const body = '{';
    expect((await api.call('POST', '/v1/events', { key: null, headers, body })).status).toBe(401);
  });
});

test('a key may do what its scopes say, for its tenants', async () => {
  const { secret } = await makeKey(['billing:read'], ['acme']);
  await api.call('PUT', '/v1/tenants/acme', { body: {} });
  await api.call('PUT', '/v1/tenants/other', { body: {} });
  expect((await api.call('GET', '/v1/tenants/acme', { key: secret })).status).toBe(200);
  const scope = await api.call('PUT', '/v1/tenants/acme', { key: secret, body: {} });
  expect(scope.json).toMatchObject({ type: '/problems/forbidden-scope', status: 403 });
  expect(scope.json.detail).toContain('billing:write');
  const tenant = await api.call('GET', '/v1/tenants/other', { key: secret });
  expect(tenant.json).toMatchObject({ type: '/problems/forbidden-tenant', status: 403 });
  const list = await api.call('GET', '/v1/tenants', { key: secret });
  expect(list.json.items.map((item: { tenant: string }) => item.tenant)).toEqual(['acme']);
});

test('a request that comes again under its name makes no second key, whoever else uses the name', async () => {
  const body = { name: 'once', scopes: ['ops'], tenants: null };
  const headers = { 'idempotency-key': 'request-1' };
  const post = async (key?: string) =>
    await api.call('POST', '/v1/ops/keys', { body, headers, ...(key === undefined ? {} : { key }) });
  const answers = await Promise.all([post(), post(), post()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  const { id, secret } = answers.find(({ status }) => status === 201)?.json ?? {};
  const again = await post();
  expect(again.json).toMatchObject({ type: '/problems/conflict' });
  expect(again.json.detail).toContain(id);
  expect(again.text).not.toContain(secret);
  expect((await post(secret)).status).toBe(201);
  const { items } = (await api.call('GET', '/v1/ops/keys?limit=1000')).json;
  expect(items.filter(({ name }: { name: string }) => name === 'once')).toHaveLength(2);
});

test('a secret is shown once and stored as its hash only', async () => {
  const { id, secret } = await makeKey(['usage:read']);
  const shown = await api.call('GET', `/v1/ops/keys/${id}`);
  expect(shown.json).toMatchObject({
    id,
    name: 'test',
    scopes: ['usage:read'],
    tenants: null,
    revokedAt: null,
  });
  const { rows } = await api.database.database.pool.query(
    'SELECT k::text AS key, a::text AS audit FROM billing.api_keys k JOIN billing.audit a ON a.subject = k.id',
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(secret);
});

test('a revoked key stops within 5 seconds, and stays in the list', async () => {
  const { id, secret } = await makeKey(['billing:read']);
  expect((await api.call('GET', '/v1/tenants', { key: secret })).status).toBe(200);
  expect((await api.call('DELETE', `/v1/ops/keys/${id}`)).status).toBe(204);
  const revokedAt = performance.now();
  for (;;) {
    const askedAt = performance.now();
    const { status } = await api.call('GET', '/v1/tenants', { key: secret });
    if (status === 401) break;
    expect(status).toBe(200);
    expect(askedAt - revokedAt).toBeLessThan(5_000);
  }
  expect((await api.call('GET', `/v1/ops/keys/${id}`)).json.revokedAt).toMatch(/Z$/);
  expect((await api.call('DELETE', `/v1/ops/keys/${id}`)).status).toBe(204);
});

test('making and revoking a key is on record', async () => {
  const { id } = await makeKey(['usage:read'], ['acme']);
  await api.call('DELETE', `/v1/ops/keys/${id}`);
  const { rows } = await api.database.database.pool.query(
    'SELECT actor, subject_type, tenant, action, before, after FROM billing.audit WHERE subject = $1 ORDER BY id',
    [id],
  );
  expect(rows).toMatchObject([
    { actor: 'admin', subject_type: 'key', tenant: 'acme', action: 'create', before: null, after: { id } },
    { action: 'revoke', before: { revokedAt: null }, after: { revokedAt: expect.stringMatching(/Z$/) } },
  ]);
});

test('a key gives away no more than it has, and sees no keys beyond its tenants', async () => {
  const { id: other } = await makeKey(['ops'], ['other']);
  const { secret } = await makeKey(['ops', 'usage:read'], ['acme', 'globex']);
  const make = (body: unknown) => api.call('POST', '/v1/ops/keys', { key: secret, body });
  expect((await make({ name: 'a', scopes: ['billing:write'], tenants: ['acme'] })).json.type).toBe(
    '/problems/forbidden-scope',
  );
  expect((await make({ name: 'a', scopes: ['ops'], tenants: ['other'] })).json.type).toBe(
    '/problems/forbidden-tenant',
  );
  expect((await make({ name: 'a', scopes: ['ops'], tenants: null })).json.type).toBe(
    '/problems/forbidden-tenant',
  );
  expect((await make({ name: 'a', scopes: ['ops'], tenants: ['acme'] })).status).toBe(201);
  expect((await api.call('GET', `/v1/ops/keys/${other}`, { key: secret })).status).toBe(404);
  expect((await api.call('DELETE', `/v1/ops/keys/${other}`, { key: secret })).status).toBe(404);
  const { items } = (await api.call('GET', '/v1/ops/keys', { key: secret })).json;
  for (const item of items) expect(['acme', 'globex']).toEqual(expect.arrayContaining(item.tenants));
});

test.each([
  ['no name', { scopes: ['ops'] }, '/name'],
  ['an empty name', { name: '', scopes: ['ops'] }, '/name'],
  ['a name with a line end', { name: 'a\nb', scopes: ['ops'] }, '/name'],
  ['no scopes', { name: 'a' }, '/scopes'],
  ['an empty list of scopes', { name: 'a', scopes: [] }, '/scopes'],
  ['an unknown scope', { name: 'a', scopes: ['root'] }, '/scopes/0'],
  ['no tenant at all', { name: 'a', scopes: ['ops'], tenants: [] }, '/tenants'],
  ['a bad tenant', { name: 'a', scopes: ['ops'], tenants: ['a b'] }, '/tenants/0'],
  ['an unknown member', { name: 'a', scopes: ['ops'], tenant: 'acme' }, '/tenant'],
])('a key with %s is refused', async (_, body, pointer) => {
  const answer = await api.call('POST', '/v1/ops/keys', { body });
  expect(answer.status).toBe(400);
  expect(answer.json).toMatchObject({ type: '/problems/invalid-request', errors: [{ pointer }] });
});

test('lists go on where the page before ended', async () => {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { json } = await api.call('GET', `/v1/ops/keys?limit=2${query}`);
    expect(json.items.length).toBeLessThanOrEqual(2);
    found.push(...json.items.map((item: { id: string }) => item.id));
    cursor = json.nextCursor;
  } while (cursor !== null);
  const all = await api.call('GET', '/v1/ops/keys');
  expect(found).toEqual(all.json.items.map((item: { id: string }) => item.id));
  expect(new Set(found).size).toBe(found.length);
});

test('a list of keys with many tenants each comes in short pages, and is whole', async () => {
  const tenants = Array.from({ length: 40_000 }, (_, i) => `t${i}`);
  for (let i = 0; i < 12; i++) {
    const body = { name: `large-${i}`, scopes: ['usage:read'], tenants };
    expect((await api.call('POST', '/v1/ops/keys', { body })).status).toBe(201);
  }
  const names: string[] = [];
  let cursor = '';
  let pages = 0;
  do {
    const { json, text } = await api.call('GET', `/v1/ops/keys?limit=1000${cursor}`);
    expect(text.length).toBeLessThan(3_000_000);
    names.push(...json.items.map(({ name }: { name: string }) => name));
    cursor = json.nextCursor === null ? '' : `&cursor=${json.nextCursor}`;
    pages++;
  } while (cursor !== '');
  expect(pages).toBeGreaterThan(1);
  const large = names.filter((name) => name.startsWith('large-'));
  expect([large.length, new Set(large).size]).toEqual([12, 12]);
});
