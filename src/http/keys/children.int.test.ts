import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { until } from '../../../test/support/until.ts';
import { createKeyUse } from '../../keys/key-use.ts';
import { toKey } from '../../keys/keys.ts';
import { openDatabase } from '../../store/database.ts';

let api: TestApi;
let now = Date.parse('2027-01-01T00:00:00Z');

beforeAll(async () => {
  api = await testApi({ clock: () => now });
});

afterAll(() => api.close());

interface Made {
  id: string;
  secret: string;
  expiresAt: string | null;
}

async function makeKey(key?: string, more: object = {}): Promise<Made> {
  const body = { name: 'test', scopes: ['ops'], ...more };
  const answer = await api.call('POST', '/v1/ops/keys', { body, ...(key === undefined ? {} : { key }) });
  expect(answer.status).toBe(201);
  return answer.json;
}

const shown = async (id: string) => (await api.call('GET', `/v1/ops/keys/${id}`)).json;

test('a revoked key makes no children, not even while it is still known', async () => {
  const parent = await makeKey();
  await makeKey(parent.secret);
  expect((await api.call('DELETE', `/v1/ops/keys/${parent.id}`)).status).toBe(200);
  // In memory it is good for up to 5 s more: it may still be asked with, and changes no key.
  for (const [method, url, body] of [
    ['POST', '/v1/ops/keys', { name: 'late', scopes: ['ops'] }],
    ['DELETE', `/v1/ops/keys/${parent.id}`, undefined],
  ] as const) {
    const answer = await api.call(method, url, { key: parent.secret, body });
    expect(answer.json).toMatchObject({ type: '/problems/unauthorized', status: 401 });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  }
  const { items } = (await api.call('GET', `/v1/ops/keys?createdBy=${parent.id}`)).json;
  expect(items).toHaveLength(1);
});

test('of children made while their parent is revoked none is left that the answer does not name', async () => {
  const parent = await makeKey();
  const body = { name: 'child', scopes: ['ops'] };
  const minted = Array.from({ length: 8 }, () =>
    api.call('POST', '/v1/ops/keys', { key: parent.secret, body }),
  );
  const revoked = await api.call('DELETE', `/v1/ops/keys/${parent.id}?children=true`);
  const made = (await Promise.all(minted)).filter(({ status }) => status === 201);
  const named = revoked.json?.children.map(({ id }: { id: string }) => id) ?? [];
  expect(new Set(named)).toEqual(new Set(made.map(({ json }) => json.id)));
  for (const id of named) expect((await shown(id)).revokedAt).not.toBeNull();
});

test('revoking shows the keys that were made with it, and revokes them where that is asked for', async () => {
  const parent = await makeKey();
  const child = await makeKey(parent.secret);
  const grandchild = await makeKey(child.secret);
  expect((await shown(grandchild.id)).createdBy).toBe(child.id);
  expect((await shown(parent.id)).createdBy).toBe('admin');

  const first = await api.call('DELETE', `/v1/ops/keys/${parent.id}`);
  expect(first.json).toMatchObject({ count: 2 });
  const ids = first.json.children.map(({ id }: { id: string }) => id);
  expect(ids).toEqual([child.id, grandchild.id].sort());
  expect((await shown(child.id)).revokedAt).toBeNull();

  const second = await api.call('DELETE', `/v1/ops/keys/${parent.id}?children=true`);
  expect(second.json.count).toBe(2);
  for (const { revokedAt } of second.json.children) expect(revokedAt).toMatch(/Z$/);
  const { items } = (await api.call('GET', `/v1/audit?subjectType=key&subject=${grandchild.id}`)).json;
  expect(items[0]).toMatchObject({ action: 'revoke', before: { revokedAt: null }, actor: 'admin' });
  expect((await api.call('DELETE', `/v1/ops/keys/${parent.id}?children=true`)).status).toBe(204);
});

test('a key ends when it was to end, and so do the keys that it makes', async () => {
  const end = '2027-01-02T00:00:00.000Z';
  const key = await makeKey(undefined, { expiresAt: end });
  expect(key.expiresAt).toBe(end);
  expect((await makeKey(key.secret)).expiresAt).toBe(end);
  const make = (expiresAt: string | null, asking?: string) =>
    api.call('POST', '/v1/ops/keys', {
      body: { name: 'a', scopes: ['ops'], expiresAt },
      ...(asking === undefined ? {} : { key: asking }),
    });
  for (const beyond of [null, '2027-01-02T00:00:00.001Z'])
    expect((await make(beyond, key.secret)).json).toMatchObject({
      type: '/problems/invalid-request',
      errors: [{ pointer: '/expiresAt' }],
    });
  expect((await make('2026-12-31T23:59:59Z')).json.errors).toMatchObject([{ pointer: '/expiresAt' }]);
  now = Date.parse(end) - 1;
  expect((await api.call('GET', '/v1/ops/keys', { key: key.secret })).status).toBe(200);
  now = Date.parse(end);
  expect((await api.call('GET', '/v1/ops/keys', { key: key.secret })).status).toBe(401);
});

test('a key shows when it was last used, to the minute', async () => {
  const key = await makeKey();
  expect((await shown(key.id)).lastUsedAt).toBeNull();
  await api.call('GET', '/v1/ops/keys', { key: key.secret });
  const used = now;
  now += 30_000;
  await api.call('GET', '/v1/ops/keys', { key: key.secret });
  await until(async () => (await shown(key.id)).lastUsedAt === new Date(used).toISOString());
  now += 30_000;
  await api.call('GET', '/v1/ops/keys', { key: key.secret });
  await until(async () => (await shown(key.id)).lastUsedAt === new Date(now).toISOString());
});

test('what could not be written about the use of a key is told and tried again', async () => {
  const { id } = await makeKey();
  const key = toKey({ ...(await shown(id)), expiresAt: null, revokedAt: null });
  const told: unknown[] = [];
  const away = openDatabase({ url: 'postgres://127.0.0.1:1/away' });
  const use = createKeyUse({ db: away.db, onError: (error) => told.push(error), gatherMs: 0 });
  use.note(key, now);
  await until(() => told.length === 1);
  use.note(key, now + 1);
  await until(() => told.length === 2);
  await use.stop();
  await away.close();
});

test('a key for 70,000 tenants works', async () => {
  const tenants = Array.from({ length: 70_000 }, (_, i) => `tenant-${i}`);
  const { rows } = await api.database.database.pool.query(
    `INSERT INTO billing.api_keys (id, name, secret_hash, scopes, tenants, created_at)
     VALUES ('key_many', 'many', sha256('many'), '{usage:read,billing:read,ops}', $1, 0) RETURNING id`,
    [tenants],
  );
  expect(rows).toHaveLength(1);
  for (const url of [
    '/v1/usage?period=2026-11',
    '/v1/usage?period=2026-11&registered=true',
    '/v1/tenants',
    '/v1/plans',
    '/v1/invoices',
    '/v1/invoices?format=csv',
    '/v1/line-items',
    '/v1/audit',
    '/v1/ops/keys',
    '/v1/ops/quarantine',
    '/v1/tenants/tenant-69999/invoices',
  ]) {
    const answer = await api.call('GET', url, { key: 'many' });
    expect([url, answer.status]).toEqual([url, 200]);
  }
});
