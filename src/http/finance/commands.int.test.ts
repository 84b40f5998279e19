import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { flat, planTerms } from '../../../test/support/plans.ts';
import { verifyInvoices } from '../../verify/invoices/verify-invoices.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
  await finance.post('anybody', active(20, NOVEMBER, 'x'));
});

afterAll(() => finance?.close());

const NOVEMBER = '2026-11-10T12:00:00-03:00';
const DECEMBER = '2026-12-10T12:00:00-03:00';
let tenants = 0;
const newTenant = () => `commanded-${++tenants}`;
const put = (url: string, body: unknown) => finance.call('PUT', url, { body });
const conflict = { type: '/problems/conflict', status: 409 };
const periodFinal = { type: '/problems/period-final', status: 409 };

const CREDIT = { period: '2026-11', description: 'Desconto', amount: '-20.00', reason: 'contrato 12' };

test('a manual line that is sent twice is charged once, and another one does not take its id', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  const first = await finance.manualLine(tenant, 'contract-12', CREDIT);
  const again = await finance.manualLine(tenant, 'contract-12', { ...CREDIT, amount: '-20' });
  expect([first.status, again.status]).toEqual([201, 200]);
  expect(again.json).toEqual(first.json);
  for (const other of [{ amount: '-21' }, { period: '2026-12' }, { description: 'x' }, { reason: 'x' }])
    expect((await finance.manualLine(tenant, 'contract-12', { ...CREDIT, ...other })).json).toMatchObject(
      conflict,
    );
  expect((await finance.invoice(tenant, '2026-11')).json.total).toBe('-20.00');
  const audit = (await finance.get(`/v1/audit?tenant=${tenant}&subjectType=manual-line`)).json.items;
  expect(audit).toHaveLength(1);
});

test('manual lines are read, listed and taken back, until their period is final', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  const url = `/v1/tenants/${tenant}/manual-lines`;
  for (const id of ['c', 'a', 'b']) await finance.manualLine(tenant, id, CREDIT);
  await finance.manualLine(tenant, 'later', { ...CREDIT, period: '2026-12' });
  expect((await finance.get(`${url}/a`)).json).toEqual({ id: 'a', ...CREDIT });
  const listed = async (query: string) => {
    const { items, nextCursor } = (await finance.get(`${url}?${query}`)).json;
    return { ids: items.map(({ id }: { id: string }) => id), nextCursor };
  };
  const { ids, nextCursor } = await listed('period=2026-11&limit=2');
  expect(ids).toEqual(['a', 'b']);
  expect(await listed(`period=2026-11&limit=2&cursor=${nextCursor}`)).toEqual({
    ids: ['c'],
    nextCursor: null,
  });
  expect((await listed('')).ids).toEqual(['a', 'b', 'c', 'later']);
  expect((await finance.call('DELETE', `${url}/b`)).status).toBe(204);
  for (const [method, gone] of [
    ['DELETE', 'b'],
    ['GET', 'b'],
    ['GET', 'nothing'],
  ] as const)
    expect((await finance.call(method, `${url}/${gone}`)).status).toBe(404);
  const final = (await finance.finalize(tenant, '2026-11')).json;
  expect(final.lines.map(({ id }: { id: string }) => id)).toEqual(['manual:c', 'manual:a']);
  expect((await finance.call('DELETE', `${url}/a`)).json).toMatchObject(periodFinal);
  expect((await finance.manualLine(tenant, 'b', CREDIT)).json).toMatchObject(periodFinal);
  expect((await finance.manualLine(tenant, 'a', CREDIT)).status).toBe(200);
});

test('a voided invoice keeps the manual lines that were taken back and entered anew since', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.manualLine(tenant, 'setup', CREDIT);
  const { number } = (await finance.finalize(tenant, '2026-11')).json;
  await finance.voidInvoice(tenant, '2026-11');
  await finance.call('DELETE', `/v1/tenants/${tenant}/manual-lines/setup`);
  await finance.manualLine(tenant, 'setup', { ...CREDIT, amount: '-7' });
  expect((await finance.finalize(tenant, '2026-11')).json.total).toBe('-7.00');
  expect((await finance.get(`/v1/invoices/${number}`)).json).toMatchObject({
    status: 'void',
    total: '-20.00',
  });
  const verified = await verifyInvoices(finance.database.database);
  if (!verified.ok) throw new Error(verified.difference);
});

test('a late retry of a void answers the invoice that it named, and leaves the one that took its place', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  const first = (await finance.finalize(tenant, '2026-11')).json;
  const voidFirst = (reason: string) =>
    finance.call('POST', `/v1/invoices/${first.number}/void`, { body: { reason } });
  const voided = await voidFirst('wrong reference');
  const second = (await finance.finalize(tenant, '2026-11')).json;
  const retried = await voidFirst('wrong reference, sent again');
  expect([retried.status, retried.json]).toEqual([200, voided.json]);
  expect((await finance.invoice(tenant, '2026-11')).json).toEqual(second);
  expect((await finance.get(`/v1/invoices/${first.number}`)).json).toMatchObject({
    status: 'void',
    voidReason: 'wrong reference',
    lines: first.lines,
  });
  const unknown = await finance.call('POST', '/v1/invoices/2027-999999/void', { body: { reason: 'x' } });
  expect(unknown.json).toMatchObject({ type: '/problems/not-found', status: 404 });
  for (const slot of ['void', 'manual-lines'])
    expect(
      (
        await finance.call('POST', `/v1/tenants/${tenant}/invoices/2026-11/${slot}`, {
          body: { reason: 'x' },
        })
      ).status,
    ).toBe(404);
});

test('a key for other tenants voids nothing', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  const { number } = (await finance.finalize(tenant, '2026-11')).json;
  const { json } = await finance.call('POST', '/v1/ops/keys', {
    body: {
      name: 'other',
      scopes: ['billing:read', 'billing:write', 'billing:admin'],
      tenants: ['somebody-else'],
    },
  });
  const answer = await finance.call('POST', `/v1/invoices/${number}/void`, {
    body: { reason: 'x' },
    key: json.secret,
  });
  expect(answer.json).toMatchObject({ type: '/problems/not-found', status: 404 });
});

test('the terms that an invoice stands on stay, and nothing comes between them and its period', async () => {
  const tenant = newTenant();
  const version = (from: string) => `/v1/plans/plan-of-${tenant}/versions/${from}`;
  await finance.subscribe(tenant, '2026-01');
  await finance.post(tenant, active(1, NOVEMBER));
  const { terms, number } = (await finance.finalize(tenant, '2026-11')).json;
  expect(terms).toEqual(planTerms());
  const dearer = planTerms({ active: { default: flat('7.00') } });
  const refusal = {
    ...periodFinal,
    detail: `The terms of plan-of-${tenant} in 2026-11 stand on invoice ${number} of ${tenant}. PUT a version from 2026-12 on, or void the invoices from 2026-06 on first.`,
  };
  expect((await put(version('2026-06'), dearer)).json).toMatchObject(refusal);
  expect((await put(version('2026-11'), dearer)).json).toMatchObject(periodFinal);
  expect((await put(version('2026-01'), dearer)).json).toMatchObject(periodFinal);
  expect((await finance.call('DELETE', version('2026-01'))).json).toMatchObject(periodFinal);
  expect((await put(version('2026-01'), planTerms())).status).toBe(200);
  expect((await put(version('2025-06'), dearer)).status).toBe(201);
  expect((await put(version('2026-12'), dearer)).status).toBe(201);
  expect((await finance.invoice(tenant, '2026-12')).json.terms).toEqual(dearer);
  await finance.voidInvoice(tenant, '2026-11');
  expect((await put(version('2026-01'), dearer)).status).toBe(200);
  expect((await finance.invoice(tenant, '2026-11')).json).toMatchObject({ total: '7.00', terms: dearer });
  expect((await finance.get(`/v1/invoices/${number}`)).json).toMatchObject({ total: '0.45', terms });
});

test('a version of a plan goes where nothing stands on it', async () => {
  const tenant = newTenant();
  const version = (from: string) => `/v1/plans/plan-of-${tenant}/versions/${from}`;
  await finance.subscribe(tenant, '2026-03');
  await finance.post(tenant, active(1, DECEMBER));
  const remove = (from: string) => finance.call('DELETE', version(from));
  expect((await remove('2026-03')).json).toMatchObject({ type: '/problems/no-plan-version', status: 409 });
  await put(version('2026-06'), planTerms({ active: { default: flat('7.00') } }));
  expect((await finance.invoice(tenant, '2026-12')).json.total).toBe('7.00');
  expect((await remove('2026-03')).json.type).toBe('/problems/no-plan-version');
  expect((await remove('2026-06')).status).toBe(200);
  expect((await remove('2026-06')).json).toMatchObject({ type: '/problems/not-found', status: 404 });
  expect((await finance.invoice(tenant, '2026-12')).json.total).toBe('0.45');
  const [gone] = (await finance.get('/v1/audit?subjectType=plan')).json.items;
  expect(gone).toMatchObject({ action: 'delete', subject: `plan-of-${tenant}/2026-06`, after: null });
});

test('a tenant that was invoiced is no test tenant', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.finalize(tenant, '2026-11');
  expect((await put(`/v1/tenants/${tenant}`, { test: true })).json).toMatchObject(periodFinal);
  await finance.voidInvoice(tenant, '2026-11');
  expect((await put(`/v1/tenants/${tenant}`, { test: true })).json.test).toBe(true);
});

test('a zone that keeps changing keeps an invoice from being made, with an answer that says so', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await put(`/v1/tenants/${tenant}`, { timeZone: 'UTC' });
  const { pool } = finance.database.owner;
  await pool.query(`
    CREATE FUNCTION billing.move() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE billing.tenants SET zones = CASE WHEN zones->0->>'zone' = 'UTC' THEN '[{"from":null,"zone":"Asia/Tokyo"}]'
        ELSE '[{"from":null,"zone":"UTC"}]' END::jsonb WHERE tenant = NEW.tenant;
      RETURN NEW;
    END $$;
    CREATE TRIGGER move AFTER INSERT ON billing.invoices FOR EACH ROW EXECUTE FUNCTION billing.move()`);
  const answer = await finance.finalize(tenant, '2026-11');
  await pool.query('DROP FUNCTION billing.move CASCADE');
  expect(answer.json).toMatchObject(conflict);
  expect((await finance.finalize(tenant, '2026-11')).json.status).toBe('final');
});

test('a clock that is behind the last change of an invoice numbers none, and voids none', async () => {
  const [ahead, late] = [newTenant(), newTenant()];
  for (const tenant of [ahead, late]) await finance.subscribe(tenant);
  await finance.finalize(ahead, '2026-10');
  finance.at('2028-01-01T12:00:00Z');
  const { number } = (await finance.finalize(ahead, '2026-11')).json;
  expect(number).toBe('2028-000001');
  finance.at('2028-01-01T11:54:59Z');
  const behind = { type: '/problems/clock-behind', status: 409 };
  const refused = (await finance.finalize(late, '2026-11')).json;
  expect(refused).toMatchObject(behind);
  expect(refused.detail).toContain('2028-01-01T12:00:00.000Z');
  expect((await finance.voidInvoice(ahead, '2026-11')).json).toMatchObject(behind);
  finance.at('2028-01-01T11:56:00Z');
  expect((await finance.finalize(late, '2026-11')).json.number).toBe('2028-000002');
  expect((await finance.voidInvoice(ahead, '2026-11')).status).toBe(200);
});

test('what is made final is what was reviewed, or nothing', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(2, NOVEMBER));
  const finalize = (body: object) =>
    finance.call('POST', `/v1/tenants/${tenant}/invoices/2026-11/finalize`, { body });
  const changed = { type: '/problems/changed', status: 409 };
  expect((await finalize({ expectedTotal: '0.45' })).json).toMatchObject({
    ...changed,
    detail: 'The total is BRL 0.90, not 0.45.',
  });
  expect((await finalize({ expectedTotal: 'much' })).json.errors[0].pointer).toBe('/expectedTotal');
  expect((await finalize({ expectedDigest: 'AB' })).status).toBe(400);
  expect((await finalize({ expectedTotals: '0.90' })).status).toBe(400);
  const other = await finalize({ expectedTotal: '0.90', expectedDigest: '0'.repeat(64) });
  expect(other.json).toMatchObject(changed);
  const left = await finance.database.database.pool.query(
    `SELECT FROM billing.invoices WHERE tenant = '${tenant}'`,
  );
  expect(left.rows).toEqual([]);
  const [digest] = /[0-9a-f]{64}/.exec(other.json.detail) ?? [];
  const final = await finalize({ expectedTotal: '0.9', expectedDigest: digest });
  expect(final.json).toMatchObject({ status: 'final', total: '0.90', digest });
  expect((await finalize({ expectedTotal: '0.90' })).json).toEqual(final.json);
  expect((await finalize({ expectedTotal: '1.35' })).json).toMatchObject(changed);
});

test('a plan version that is put while an invoice is being made is on it, or comes after it', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(1, NOVEMBER));
  const { pool } = finance.database.owner;
  const dearer = planTerms({ active: { default: flat('7.00') } });
  await pool.query(`
    CREATE FUNCTION billing.raise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      UPDATE billing.plan_versions SET terms = '${JSON.stringify(dearer)}' WHERE plan = NEW.plan;
      RETURN NEW;
    END $$;
    CREATE TRIGGER raise AFTER INSERT ON billing.invoices FOR EACH ROW EXECUTE FUNCTION billing.raise()`);
  const final = await finance.finalize(tenant, '2026-11');
  await pool.query('DROP FUNCTION billing.raise CASCADE');
  expect(final.json).toMatchObject({ status: 'final', total: '7.00', terms: dearer });
});

const BILL_TO = { name: 'Acme Ltda.', taxId: '11.222.333/0001-81', address: null, email: 'ap@acme.example' };

test('an invoice keeps whom it was for and when it is due, whatever the tenant says later', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  const first = await put(`/v1/tenants/${tenant}`, {
    billTo: { ...BILL_TO, address: undefined },
    paymentDays: 15,
  });
  expect(first.json).toMatchObject({ billTo: BILL_TO, paymentDays: 15 });
  expect((await finance.invoice(tenant, '2026-11')).json).toMatchObject({
    billTo: BILL_TO,
    issueDate: null,
    dueDate: null,
    metadata: {},
    changedAt: null,
  });
  const final = (await finance.finalize(tenant, '2026-11')).json;
  expect(final).toMatchObject({ billTo: BILL_TO, changedAt: final.finalizedAt });
  const issued = Temporal.Instant.from(final.finalizedAt)
    .toZonedDateTimeISO('America/Sao_Paulo')
    .toPlainDate();
  expect([final.issueDate, final.dueDate]).toEqual([issued.toString(), issued.add({ days: 15 }).toString()]);
  await put(`/v1/tenants/${tenant}`, { billTo: null, paymentDays: null });
  expect((await finance.invoice(tenant, '2026-11')).json).toEqual(final);
  expect((await finance.finalize(tenant, '2026-12')).json).toMatchObject({ billTo: null, dueDate: null });
  for (const wrong of [{ name: '' }, { name: 'x', email: 'nobody' }, { name: 'x', cnpj: '1' }])
    expect((await put(`/v1/tenants/${tenant}`, { billTo: wrong })).status).toBe(400);
});

test('what other systems note on an invoice stays with it, and whoever polls sees it', async () => {
  const tenant = newTenant();
  await finance.subscribe(tenant);
  await finance.post(tenant, active(1, NOVEMBER));
  const final = (await finance.finalize(tenant, '2026-11')).json;
  await finance.finalize(tenant, '2026-12');
  const note = (metadata: unknown) =>
    finance.call('PATCH', `/v1/invoices/${final.number}`, { body: { metadata } });
  const noted = (await note({ nfse: '4711', paid: false })).json;
  expect(noted).toEqual({
    ...final,
    metadata: { nfse: '4711', paid: false },
    changedAt: expect.any(String),
  });
  expect(noted.changedAt > final.changedAt).toBe(true);
  expect((await note({ nfse: '4711' })).json).toEqual(noted);
  expect((await note({ paid: true, nfse: null })).json.metadata).toEqual({ paid: true });
  const since = `changedAfter=${noted.changedAt}&tenant=${tenant}`;
  const { items } = (await finance.get(`/v1/invoices?${since}`)).json;
  expect(items.map(({ number }: { number: string }) => number)).toEqual([final.number]);
  for (const wrong of [{ a: 'x'.repeat(4_090) }, 'text', ['a'], { a: '\0' }])
    expect((await note(wrong)).status).toBe(400);
  const voided = (await finance.voidInvoice(tenant, '2026-11')).json;
  expect(voided).toMatchObject({ status: 'void', metadata: { paid: true }, changedAt: voided.voidedAt });
  expect((await note({ cancelled: 'NFS-e 4711' })).json.metadata).toEqual({
    paid: true,
    cancelled: 'NFS-e 4711',
  });
  const unknown = await finance.call('PATCH', '/v1/invoices/2027-999999', { body: { metadata: {} } });
  expect(unknown.status).toBe(404);
  const verified = await verifyInvoices(finance.database.database);
  if (!verified.ok) throw new Error(verified.difference);
});
