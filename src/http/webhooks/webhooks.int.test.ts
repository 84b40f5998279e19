/** Webhooks: made, told, changed, rotated, tried out, and sent again. */

import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { until } from '../../../test/support/until.ts';
import {
  answerWith,
  type Received,
  type WebhookReceiver,
  webhookReceiver,
} from '../../../test/support/webhook-receiver.ts';
import { CLAIM_MS } from '../../notifications/attempts.ts';
import { startDelivering } from '../../notifications/deliver.ts';
import { forgetOld } from '../../notifications/deliveries.ts';
import { notify } from '../../store/notifications.ts';

let api: TestApi;
let receiver: WebhookReceiver;
let delivering: ReturnType<typeof startDelivering>;
let now = Date.now();

beforeAll(async () => {
  api = await testApi({ clock: () => now });
  const { db, metrics } = api.deps;
  const { master: sealer } = api.deps.sealing;
  const silent = { warn: () => undefined, debug: () => undefined };
  delivering = startDelivering({
    db,
    sealer,
    metrics,
    allowInsecure: true,
    clock: () => now,
    logger: silent,
  });
});
afterAll(async () => {
  await delivering.stop();
  await receiver.close();
  await api.close();
});
beforeEach(async () => {
  await receiver?.close();
  receiver = await webhookReceiver();
});

async function make(terms: object = {}, key?: string) {
  const body = { url: receiver.url, ...terms };
  const made = await api.call('POST', '/v1/webhooks', { body, ...(key === undefined ? {} : { key }) });
  expect(made.status).toBe(201);
  return made.json as { id: string; secret: string };
}

test('a request that comes again under its name makes no second webhook', async () => {
  const body = { url: receiver.url, description: 'once' };
  const post = () => api.call('POST', '/v1/webhooks', { body, headers: { 'idempotency-key': 'request-1' } });
  const answers = await Promise.all([post(), post()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  const { items } = (await api.call('GET', '/v1/webhooks?limit=1000')).json;
  expect(items.filter(({ description }: { description: string }) => description === 'once')).toHaveLength(1);
});

async function deliveries(id: string, query = '') {
  return (await api.call('GET', `/v1/webhooks/${id}/deliveries${query}`)).json.items;
}

async function keyFor(...tenants: string[]): Promise<string> {
  const body = { name: tenants.join(), scopes: ['webhooks'], tenants };
  return (await api.call('POST', '/v1/ops/keys', { body })).json.secret;
}

const finalized = (number: string, tenant: string) => ({
  ...{ type: 'invoice.finalized' as const, of: [number], tenant, at: now },
  data: {
    ...{ number, tenant, reference: null, period: '2026-10', total: '1.00', currency: 'BRL', digest: null },
  },
});

test('a test is delivered, signed as the public library verifies it, and listed', async () => {
  const { id, secret } = await make({ types: ['invoice.voided'], description: 'ERP' });
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const asked = await api.call('POST', `/v1/webhooks/${id}/test`);
  expect(asked).toMatchObject({ status: 202, json: { type: 'webhook.test', state: 'waiting', attempts: 0 } });
  await until(async () => (await deliveries(id))[0].state === 'delivered', { what: 'the delivery' });
  const [told] = receiver.verified(secret);
  expect(told).toEqual({
    id: asked.json.notification,
    body: { type: 'webhook.test', timestamp: asked.json.createdAt, data: { webhook: id } },
  });
  expect(receiver.received[0]?.headers).toMatchObject({ 'content-type': 'application/json' });
  expect((await deliveries(id))[0]).toMatchObject({ attempts: 1, status: 204, answer: '', nextAt: null });
  expect(() => receiver.verified('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=')).toThrow();
});

test('the secret is shown once, and lies in the database and in the audit in no form that shows it', async () => {
  const { id, secret } = await make();
  const shown = await api.call('GET', `/v1/webhooks/${id}`);
  const list = await api.call('GET', '/v1/webhooks');
  const audit = await api.call('GET', `/v1/audit?subjectType=webhook&subject=${id}`);
  expect(audit.json.items).toMatchObject([{ action: 'create', before: null, after: { id } }]);
  const { rows } = await api.database.database.pool.query(
    'SELECT w::text AS row, secret FROM billing.webhooks w WHERE id = $1',
    [id],
  );
  const bare = secret.replace('whsec_', '');
  expect(rows[0].secret.includes(Buffer.from(bare, 'base64'))).toBe(false);
  for (const text of [shown.text, list.text, audit.text, rows[0].row]) expect(text).not.toContain(bare);
});

test('a webhook is told what it asked for, of its tenants, and each cause once', async () => {
  const all = await make();
  const some = await make({ types: ['invoice.finalized'], tenants: ['acme'] });
  const other = await make({ types: ['invoice.voided'] });
  const { db } = api.deps;
  await notify(db, [finalized('1', 'acme'), finalized('2', 'globex'), finalized('1', 'acme')]);
  await notify(db, [finalized('1', 'acme')]);
  await notify(db, [
    { type: 'connection.unmapped', of: ['x'], tenant: null, at: now, data: { connection: 'x', kept: 1 } },
  ]);
  const types = async (id: string) => (await deliveries(id)).map((d: { type: string }) => d.type);
  expect(await types(all.id)).toEqual(['connection.unmapped', 'invoice.finalized', 'invoice.finalized']);
  expect(await types(some.id)).toEqual(['invoice.finalized']);
  expect(await types(other.id)).toEqual([]);
});

test('what is not committed is told to nobody', async () => {
  const { id } = await make();
  const cause = api.deps.db.transaction().execute(async (transaction) => {
    await notify(transaction, [finalized('9', 'acme')]);
    throw new Error('the cause fails');
  });
  await expect(cause).rejects.toThrow('the cause fails');
  expect(await deliveries(id)).toEqual([]);
});

test('after a rotation both secrets sign for 24 h, then the new one alone', async () => {
  const { id, secret: old } = await make();
  const rotated = await api.call('POST', `/v1/webhooks/${id}/rotate`);
  expect(rotated.json.secret).not.toBe(old);
  await api.call('POST', `/v1/webhooks/${id}/test`);
  await until(() => receiver.received.length === 1, { what: 'the first' });
  for (const secret of [old, rotated.json.secret]) expect(receiver.verified(secret)).toHaveLength(1);
  now += 24 * 3_600_000;
  try {
    await api.call('POST', `/v1/webhooks/${id}/test`);
    await until(() => receiver.received.length === 2, { what: 'the second' });
    const signatures = receiver.received.map(({ headers }) => String(headers['webhook-signature']));
    expect(signatures.map((list) => list.split(' ').length)).toEqual([2, 1]);
    const { headers, body } = receiver.received[1] as Received;
    // The library wants a timestamp of today.
    const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
    const signed = (secret: string) => new Webhook(secret).sign(String(headers['webhook-id']), at, body);
    expect(signatures[1]).toBe(signed(rotated.json.secret));
  } finally {
    now -= 24 * 3_600_000;
  }
});

test('what fails is tried again, later each time, and the first KiB of the answer is kept', async () => {
  const { id } = await make();
  receiver.answer(answerWith(500, `\0${'x'.repeat(5_000)}`));
  await api.call('POST', `/v1/webhooks/${id}/test`);
  const began = now;
  const attempted = (times: number) =>
    until(
      async () => {
        const [one] = await deliveries(id);
        return one.attempts === times && Date.parse(one.nextAt) !== now + CLAIM_MS;
      },
      { what: `attempt ${times}` },
    );
  const wait = async () => Date.parse((await deliveries(id))[0].nextAt) - now;
  await attempted(1);
  expect((await deliveries(id))[0]).toMatchObject({
    state: 'waiting',
    answer: `\u{fffd}${'x'.repeat(1_023)}`,
  });
  expect(Math.abs((await wait()) - 5_000)).toBeLessThanOrEqual(500);
  now += 6_000;
  await attempted(2);
  expect(Math.abs((await wait()) - 300_000)).toBeLessThanOrEqual(30_000);
  expect((await api.call('GET', `/v1/webhooks/${id}`)).json.failingSince).toBe(new Date(began).toISOString());
  receiver.answer(answerWith(200));
  now += 331_000;
  await until(async () => (await deliveries(id))[0].state === 'delivered', { what: 'the delivery' });
  expect((await api.call('GET', `/v1/webhooks/${id}`)).json.failingSince).toBeNull();
  const ids = new Set(receiver.received.map(({ headers }) => headers['webhook-id']));
  expect([receiver.received.length, ids.size]).toEqual([3, 1]);
  now = began;
});

test('who answers 410 is disabled, and told nothing until somebody enables it', async () => {
  const { id } = await make();
  receiver.answer(answerWith(410));
  await api.call('POST', `/v1/webhooks/${id}/test`);
  const state = async () => (await api.call('GET', `/v1/webhooks/${id}`)).json;
  await until(async () => !(await state()).enabled, { what: 'it to be disabled' });
  expect(await state()).toMatchObject({ disabledBecause: 'gone' });
  expect((await deliveries(id))[0]).toMatchObject({ state: 'failed', status: 410 });
  const audit = await api.call('GET', `/v1/audit?subjectType=webhook&subject=${id}&actor=service`);
  expect(audit.json.items).toMatchObject([{ action: 'disable', after: { disabledBecause: 'gone' } }]);
  await notify(api.deps.db, [finalized('31', 'acme')]);
  for (const path of ['test', `deliveries/${(await deliveries(id))[0].id}/retry`])
    expect((await api.call('POST', `/v1/webhooks/${id}/${path}`)).json.type).toBe(
      '/problems/webhook-disabled',
    );
  const since = new Date(now - 60_000).toISOString();
  const replay = () => api.call('POST', `/v1/webhooks/${id}/replay`, { body: { since } });
  expect((await replay()).status).toBe(409);
  receiver.answer(answerWith(200));
  const enabled = await api.call('PATCH', `/v1/webhooks/${id}`, { body: { enabled: true } });
  expect(enabled.json).toMatchObject({ enabled: true, disabledBecause: null, failingSince: null });
  expect((await deliveries(id)).length).toBe(1);
  expect((await replay()).json.deliveries).toBeGreaterThanOrEqual(1);
  await until(async () => (await deliveries(id, '?state=waiting')).length === 0, { what: 'the replay' });
  expect(receiver.received.some(({ body }) => body.includes('"31"'))).toBe(true);
});

test('nothing but failures for 5 days disables it, and so does a delivery tried in vain to the end', async () => {
  const began = now;
  for (const [because, attempts] of [
    ['no-success', 2],
    ['retries-exhausted', 10],
  ] as const) {
    const { id } = await make();
    const state = async () => (await api.call('GET', `/v1/webhooks/${id}`)).json;
    receiver.answer(answerWith(503));
    await api.call('POST', `/v1/webhooks/${id}/test`);
    for (let attempt = 1; attempt <= attempts; attempt++) {
      await until(
        async () => (await deliveries(id))[0].status === 503 && receiver.received.length === attempt,
        {
          what: `attempt ${attempt}`,
        },
      );
      if (attempt < attempts) {
        expect((await state()).enabled).toBe(true);
        const due = () => deliveries(id).then(([one]) => Date.parse(one.nextAt));
        await until(async () => (await due()) !== now + CLAIM_MS, { what: 'the attempt to be noted' });
        now = because === 'no-success' ? now + 5 * 24 * 3_600_000 : await due();
      }
    }
    await until(async () => !(await state()).enabled, { what: 'it to be disabled' });
    expect((await state()).disabledBecause).toBe(because);
    expect((await deliveries(id))[0].attempts).toBe(attempts);
    receiver.received.splice(0);
  }
  now = began;
});

test('one that was delivered is sent again when asked, with the id that it had', async () => {
  const { id, secret } = await make();
  await api.call('POST', `/v1/webhooks/${id}/test`);
  await until(async () => (await deliveries(id))[0].state === 'delivered', { what: 'the delivery' });
  const [delivered] = await deliveries(id);
  const again = await api.call('POST', `/v1/webhooks/${id}/deliveries/${delivered.id}/retry`);
  expect(again).toMatchObject({ status: 202, json: { state: 'waiting' } });
  await until(() => receiver.received.length === 2, { what: 'the repeat' });
  expect(new Set(receiver.verified(secret).map((told) => told.id)).size).toBe(1);
  expect((await api.call('POST', `/v1/webhooks/${id}/deliveries/999999/retry`)).status).toBe(404);
});

test('a key of some tenants makes and sees webhooks of these alone', async () => {
  const acme = await keyFor('initech');
  const both = await make({ tenants: ['initech', 'globex'] });
  const all = await make();
  const own = await make({ tenants: ['initech'] }, acme);
  const call = (method: 'GET' | 'POST' | 'PATCH', url: string, body?: object) =>
    api.call(method, url, { key: acme, ...(body === undefined ? {} : { body }) });
  for (const body of [{ url: receiver.url }, { url: receiver.url, tenants: ['globex'] }])
    expect((await call('POST', '/v1/webhooks', body)).json.type).toBe('/problems/forbidden-tenant');
  expect((await call('PATCH', `/v1/webhooks/${own.id}`, { tenants: null })).status).toBe(403);
  for (const { id } of [both, all])
    for (const path of ['', '/deliveries'])
      expect((await call('GET', `/v1/webhooks/${id}${path}`)).status).toBe(404);
  const seen = (await call('GET', '/v1/webhooks')).json.items;
  expect(seen.map(({ id }: { id: string }) => id)).toEqual([own.id]);
});

test('members left out of a change stay; a deleted webhook is gone with its deliveries', async () => {
  const { id } = await make({ tenants: ['acme'], description: 'before' });
  const changed = await api.call('PATCH', `/v1/webhooks/${id}`, { body: { description: 'after' } });
  expect(changed.json).toMatchObject({ url: receiver.url, tenants: ['acme'], description: 'after' });
  await api.call('POST', `/v1/webhooks/${id}/test`);
  expect((await api.call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
  for (const path of ['', '/deliveries'])
    expect((await api.call('GET', `/v1/webhooks/${id}${path}`)).status).toBe(404);
});

test('after 30 days a notification and its deliveries are forgotten, and a secret once it signs no more', async () => {
  const { id } = await make();
  await api.call('POST', `/v1/webhooks/${id}/rotate`);
  const { notification } = (await api.call('POST', `/v1/webhooks/${id}/test`)).json;
  const { db } = api.deps;
  const day = 24 * 3_600_000;
  const kept = async () => {
    const rows = await db
      .selectFrom('billing.notifications')
      .select('id')
      .where('id', '=', notification)
      .execute();
    const [webhook] = await db
      .selectFrom('billing.webhooks')
      .select('former_secret')
      .where('id', '=', id)
      .execute();
    return [(await deliveries(id)).length, rows.length > 0, webhook?.former_secret !== null];
  };
  await forgetOld(db, now + 29 * day);
  expect(await kept()).toEqual([1, true, false]);
  await forgetOld(db, now + 31 * day);
  expect(await kept()).toEqual([0, false, false]);
});
