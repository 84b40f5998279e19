import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { active, receptive, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { readCsv } from '../../../test/support/read-csv.ts';

let finance: TestFinance;

beforeAll(async () => {
  finance = await testFinance();
});

afterAll(() => finance?.close());

async function csv(url: string, key?: string) {
  const headers = { accept: 'text/csv' };
  const answer = await finance.call('GET', url, key === undefined ? { headers } : { headers, key });
  expect([answer.status, answer.headers['content-type']]).toEqual([
    200,
    'text/csv; charset=utf-8; header=present',
  ]);
  return { rows: readCsv(answer.text), text: answer.text };
}

async function all(url: string) {
  const items = [];
  for (let cursor = ''; ; ) {
    const { json } = await finance.get(`${url}?limit=1000${cursor}`);
    items.push(...json.items);
    if (json.nextCursor === null) return items;
    cursor = `&cursor=${json.nextCursor}`;
  }
}

test('events and the windows behind a line come as one table, however many there are', async () => {
  await finance.subscribe('many');
  await finance.post('many', receptive(2_100, '2027-02-10T12:00:00Z'));

  const events = '/v1/tenants/many/events';
  const listed = await all(events);
  expect(listed).toHaveLength(2_100);
  expect((await csv(events)).rows.map(({ id, offset }) => [id, offset])).toEqual(
    listed.map(({ id, position }) => [id, String(position.offset)]),
  );

  const line = '/v1/tenants/many/invoices/2027-02/lines/receptive.overage:1/windows';
  const short = (await all(line)).map(({ id }) => id);
  expect(short).toHaveLength(1_100);
  expect((await csv(line)).rows.map(({ id }) => id)).toEqual(short);
  expect((await finance.finalize('many', '2027-02')).status).toBe(200);
  expect((await csv(line)).rows.map(({ id }) => id)).toEqual(short);
}, 60_000);

test('an event keeps all it said in the table, and is no formula there', async () => {
  const [template] = active(1, '2027-02-10T12:00:00Z');
  await finance.post('told', [
    { ...template, id: '=1+1', campaign: 'sale', metadata: { 'a"': [1] } } as never,
    {
      id: 'f',
      at: '2027-02-10T12:01:00Z',
      contact: 'a-0',
      type: 'message.failed',
      message: '=1+1',
      error: { code: 131026, title: 'Undeliverable' },
    },
  ]);
  const { rows, text } = await csv(
    '/v1/tenants/told/events?channel=whatsapp&account=551140000001&contact=a-0',
  );
  expect(text.split('\r\n', 1)[0]).toBe(
    'id,type,occurredAt,receivedAt,state,channel,account,contact,partition,offset,postedBy,template,category,language,origin,campaign,message,errorCode,errorTitle,target,reason,actor,metadata',
  );
  expect(rows).toMatchObject([
    {
      id: "'=1+1",
      type: 'message.sent',
      state: 'failed',
      postedBy: 'admin',
      template: 'order_update',
      category: 'utility',
      language: '',
      origin: 'api',
      campaign: 'sale',
      errorCode: '',
      metadata: '{"a\\"":[1]}',
    },
    { id: 'f', message: "'=1+1", errorCode: '131026', errorTitle: 'Undeliverable', metadata: '' },
  ]);
});

test('behind an adjustment the table has the change and its cause', async () => {
  await finance.subscribe('late');
  await finance.post('late', active(1, '2027-01-10T12:00:00Z'));
  await finance.finalize('late', '2027-01');
  await finance.post('late', [
    { id: 'f', type: 'message.failed', message: 'a0', at: '2027-02-09T10:00:00Z', contact: 'a-0' },
  ]);
  const url = '/v1/tenants/late/invoices/2027-02/lines/adjustment.active:2027-01/windows';
  const [{ id, cause }] = await all(url);
  const { rows, text } = await csv(url);
  expect(text.split('\r\n', 1)[0]).toBe(
    'id,kind,openedAt,closesAt,channel,account,contact,openedBy,partition,offset,origin,category,campaign,rule,change,causeEvent,causePartition,causeOffset',
  );
  const { partition, offset } = cause.position;
  expect(rows).toEqual([
    expect.objectContaining({
      id,
      change: 'removed',
      causeEvent: 'f',
      causePartition: String(partition),
      causeOffset: String(offset),
    }),
  ]);
  const headers = { accept: 'text/csv' };
  const nowhere = await finance.call('GET', url.replace('active:2027', 'active:2020'), { headers });
  expect([nowhere.status, nowhere.json.type]).toEqual([404, '/problems/not-found']);
});

test('the audit comes as a table, filtered and limited as the list is', async () => {
  await finance.call('PUT', '/v1/tenants/audited', { body: { name: '"A", Ltda.' } });
  await finance.call('PUT', '/v1/tenants/audited', { body: { name: 'A' } });
  const { rows, text } = await csv('/v1/audit?tenant=audited');
  expect(text.split('\r\n', 1)[0]).toBe(
    'id,at,actor,subjectType,subject,tenant,action,before,after,actorName',
  );
  const { items } = (await finance.get('/v1/audit?tenant=audited')).json;
  expect(rows.map((row) => ({ ...row, after: JSON.parse(row.after ?? '') }))).toEqual(
    items.map((entry: { id: number; before: unknown }) => ({
      ...entry,
      id: String(entry.id),
      before: entry.before === null ? '' : JSON.stringify(entry.before),
      actorName: '',
    })),
  );
  expect(items).toHaveLength(2);
  const body = { name: 'one', scopes: ['billing:read'], tenants: ['late'] };
  const { secret } = (await finance.call('POST', '/v1/ops/keys', { body })).json;
  const limited = (await csv('/v1/audit', secret)).rows;
  expect(new Set(limited.map(({ tenant }) => tenant))).toEqual(new Set(['late']));
});

test('a link is enough for a table: format=csv beats Accept, and format=json too', async () => {
  await finance.call('PUT', '/v1/tenants/linked', { body: { name: 'Linked' } });
  const type = async (query: string, accept: string) => {
    const url = `/v1/tenants/linked/usage?${query}`;
    const { status, headers } = await finance.call('GET', url, { headers: { accept } });
    return [status, String(headers['content-type']).split(';')[0]];
  };
  const browser = 'text/html,application/xhtml+xml,*/*;q=0.8';
  expect(await type('format=csv', browser)).toEqual([200, 'text/csv']);
  expect(await type('csv=excel', browser)).toEqual([200, 'text/csv']);
  expect(await type('csv=rfc4180&format=json', 'text/csv')).toEqual([200, 'application/json']);
  expect(await type('', 'text/csv')).toEqual([200, 'text/csv']);
  expect((await type('format=xlsx', browser))[0]).toBe(400);
  expect((await type('csv=tsv', browser))[0]).toBe(400);
});

test('every list that is a table takes format and csv', () => {
  const { paths = {} } = finance.app.swagger();
  const tables = Object.values(paths as Record<string, { get?: TableOperation }>)
    .flatMap(({ get }) => get ?? [])
    .filter(({ responses }) => responses['200']?.content?.['text/csv'] !== undefined);
  expect(tables.length).toBeGreaterThanOrEqual(8);
  for (const { operationId, parameters = [] } of tables) {
    const names = parameters.map(({ name }) => name);
    expect([operationId, names]).toEqual([operationId, expect.arrayContaining(['format', 'csv'])]);
  }
});

interface TableOperation {
  operationId: string;
  parameters?: { name: string }[];
  responses: Record<string, { content?: Record<string, unknown> }>;
}

test('csv=excel opens right where it is opened: the language of the browser, else of the tenant', async () => {
  await finance.subscribe('excel', '2027-01', { monthlyFee: '199.00' });
  await finance.post('excel', receptive(1, '2027-01-10T12:00:00Z', 'x;=1+1,=2'));
  const get = async (url: string, language?: string) => {
    const headers: Record<string, string> = language === undefined ? {} : { 'accept-language': language };
    const { status, text } = await finance.call('GET', url, { headers });
    expect([status, text.startsWith('\ufeff')]).toEqual([200, true]);
    return text.slice(1);
  };
  const lines = '/v1/line-items?period=2027-01&csv=excel';
  const amounts = (text: string, delimiter: ',' | ';') =>
    readCsv(text, delimiter)
      .filter(({ tenant }) => tenant === 'excel')
      .map(({ code, amount }) => [code, amount]);
  const fee = [
    ['monthly-fee', '199,00'],
    ['receptive.included', '0,00'],
  ];
  const inEnglish = fee.map(([code, amount]) => [code, amount?.replace(',', '.')]);
  // A list of all tenants is in Portuguese unless the browser wants another language.
  expect(amounts(await get(lines), ';')).toEqual(fee);
  expect(amounts(await get(lines, 'pt-BR,en;q=0.5'), ';')).toEqual(fee);
  expect(amounts(await get(lines, 'en-US'), ',')).toEqual(inEnglish);
  const windows = '/v1/tenants/excel/windows?csv=excel';
  expect(readCsv(await get(windows), ';')).toHaveLength(1);
  await finance.call('PUT', '/v1/tenants/excel', { body: { language: 'en' } });
  expect(readCsv(await get(windows), ',')).toHaveLength(1);
  expect(readCsv(await get(windows, 'pt'), ';')).toHaveLength(1);
});

test('no reader, with either separator, meets a formula, and what is JSON reads back as it was', async () => {
  const metadata = { '=k': '=1+1', list: ['a;=1', 'b;"=2', -5, '+x'], '@': { '-': 'c,@d' } };
  const [event] = active(1, '2027-02-10T12:00:00Z', 'a;=9');
  const named = { ...event, id: 'a;=1+1,"=2', message: '@x', metadata };
  await finance.post('formulas', [named] as never);
  const url = '/v1/tenants/formulas/events?format=csv';
  for (const [query, delimiter] of [
    ['', ','],
    ['&csv=excel', ';'],
  ] as const) {
    const { text } = await finance.call('GET', url + query, { headers: { 'accept-language': 'pt-BR' } });
    const [row] = readCsv(text.replace('\ufeff', ''), delimiter);
    expect(row).toMatchObject({ id: `a;'=1+1,"'=2`, message: "'@x" });
    expect(JSON.parse(row?.metadata ?? '')).toEqual(metadata);
    // However a careless reader cuts the lines, no piece starts like a formula.
    const pieces = text.split(/[;,\t\r\n]/).map((piece) => piece.replace(/^"+/, ''));
    expect(pieces.filter((piece) => /^[=+@]/.test(piece) || /^-\D/.test(piece))).toEqual([]);
  }
});

test('the audit says who: by key, with its name, and between two instants', async () => {
  const body = { name: 'the ERP', scopes: ['billing:write', 'billing:read'] };
  const { id, secret } = (await finance.call('POST', '/v1/ops/keys', { body })).json;
  finance.at('2027-02-20T10:00:00Z');
  await finance.call('PUT', '/v1/tenants/named', { body: { name: 'A' }, key: secret });
  finance.at('2027-02-20T11:00:00Z');
  await finance.call('PUT', '/v1/tenants/named', { body: { name: 'B' } });
  const entries = async (query: string) =>
    (await finance.get(`/v1/audit?tenant=named&${query}`)).json.items.map(
      ({ at, actor, actorName }: Record<string, unknown>) => [at, actor, actorName],
    );
  const [byAdmin, byKey] = [
    ['2027-02-20T11:00:00.000Z', 'admin', null],
    ['2027-02-20T10:00:00.000Z', id, 'the ERP'],
  ];
  expect(await entries('')).toEqual([byAdmin, byKey]);
  expect(await entries(`actor=${id}`)).toEqual([byKey]);
  expect(await entries('from=2027-02-20T11:00:00Z')).toEqual([byAdmin]);
  expect(await entries('to=2027-02-20T11:00:00Z')).toEqual([byKey]);
});
