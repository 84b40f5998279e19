import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { type TestApi, testApi } from '../../test/support/api.ts';
import { REJECTIONS } from '../intake/read-event.ts';
import { openDatabase } from '../store/database.ts';
import { PROBLEM_TYPES } from './problems/problem-types.ts';

let api: TestApi;

beforeAll(async () => {
  api = await testApi();
});

afterAll(() => api.close());

/** Sends bytes as they are and reads all that comes back. */
async function raw(text: string): Promise<string> {
  const address = api.app.server.address() ?? (await api.app.listen({ host: '127.0.0.1', port: 0 }));
  const port = typeof address === 'string' ? Number(new URL(address).port) : address.port;
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

describe('every error is a problem document', () => {
  test.each([
    ['GET', '/nowhere', 404, 'not-found'],
    ['GET', '/v1/nowhere', 404, 'not-found'],
    ['GET', '/problems/nothing', 404, 'not-found'],
    ['GET', '/docs/static/nothing', 404, 'not-found'],
    ['PUT', '/docs/static/nothing', 405, 'method-not-allowed'],
    ['DELETE', '/v1/tenants/acme', 405, 'method-not-allowed'],
    ['PATCH', '/v1/events', 405, 'method-not-allowed'],
    ['GET', '/v1/tenants/%zz', 400, 'invalid-request'],
    ['GET', '/v1/tenants/%C3%28', 400, 'invalid-request'],
    ['GET', '/v1/tenants?cursor=%zz', 400, 'invalid-request'],
    ['GET', '/v1/tenants/a%00b', 400, 'invalid-request'],
    ['GET', '/v1/tenants/a%20b', 400, 'invalid-request'],
    ['GET', '/v1/tenants?limit=0', 400, 'invalid-request'],
    ['GET', '/v1/tenants?limit=1001', 400, 'invalid-request'],
    ['GET', '/v1/tenants?limit=10&limit=20', 400, 'invalid-request'],
    ['GET', '/v1/tenants?Limit=10', 400, 'invalid-request'],
    ['GET', '/v1/tenants?cursor=garbage', 400, 'invalid-cursor'],
    ['GET', `/v1/tenants/${'a'.repeat(600)}`, 414, 'uri-too-long'],
  ] as const)('%s %s', async (method, url, status, type) => {
    const answer = await api.call(method, url);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({
      type: `/problems/${type}`,
      title: PROBLEM_TYPES[type].title,
      status,
    });
  });

  test('a body that is not JSON, not UTF-8, compressed, of another type, or too large', async () => {
    const put = (body: unknown, headers = {}) => api.call('PUT', '/v1/tenants/acme', { body, headers });
    expect((await put('{')).json.type).toBe('/problems/not-json');
    expect((await put('')).json).toMatchObject({ type: '/problems/not-json', status: 400 });
    expect((await put(Buffer.from([0x22, 0xff, 0x22]))).json.type).toBe('/problems/not-json');
    const marked = await put(Buffer.from('\ufeff{}'));
    expect(marked.json).toMatchObject({
      type: '/problems/not-json',
      detail: expect.stringContaining('U+FEFF'),
    });
    expect(marked.text).not.toContain('\ufeff');
    expect((await put(Buffer.from('\ufeff{}', 'utf16le'))).json.detail).toContain('UTF-16');
    expect((await put('{}', { 'content-encoding': 'br' })).json).toMatchObject({ status: 415 });
    expect((await put('a=b', { 'content-type': 'text/plain' })).json).toMatchObject({
      type: '/problems/unsupported-media-type',
      status: 415,
    });
    const form = await put('a=b', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.json.detail).toContain('Content-Type: application/json');
    expect(form.headers.accept).toBe('application/json');
    expect((await put('a', { 'content-type': 'nonsense' })).json).toMatchObject({
      status: 415,
      detail: expect.stringContaining('application/json'),
    });
    expect((await put(`"${'a'.repeat(1_048_576)}"`)).json).toMatchObject({
      type: '/problems/body-too-large',
      status: 413,
    });
    expect((await put('{"__proto__":{"test":true}}')).json).toMatchObject({
      type: '/problems/invalid-request',
      status: 400,
    });
  });

  test('a request without a host, with an expectation, with huge headers, or not HTTP at all', async () => {
    expect(await raw('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*problem\+json.*\/problems\/invalid-request/s,
    );
    expect(await raw('GET /healthz HTTP/1.1\r\nHost: a\r\nExpect: magic\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 417 .*\/problems\/expectation-failed/s,
    );
    expect(await raw(`GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 .*\/problems\/headers-too-large/s,
    );
    expect(await raw('hello\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 .*problem\+json.*\/problems\/invalid-request/s,
    );
  });
});

test('405 and OPTIONS name the methods that are allowed', async () => {
  const answer = await api.call('DELETE', '/v1/tenants/acme');
  expect(answer.headers.allow).toBe('GET, HEAD, OPTIONS, PUT');
  const options = await api.call('OPTIONS', '/v1/events', { key: null });
  expect(options.status).toBe(204);
  expect(options.headers.allow).toBe('OPTIONS, POST');
  expect((await api.call('OPTIONS', '/nowhere')).status).toBe(404);
});

test('a whole address as request target is answered as its path is', async () => {
  const ask = (method: string, path: string) =>
    raw(`${method} http://127.0.0.1${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
  expect(await ask('GET', '/healthz')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await ask('PUT', '/v1/usage?period=2026-11')).toMatch(
    /^HTTP\/1\.1 405 .*allow: GET, HEAD, OPTIONS/s,
  );
  expect(await ask('PUT', '/v1/nowhere')).toMatch(/^HTTP\/1\.1 404 /);
});

test('HEAD answers as GET does, without a body', async () => {
  const answer = await api.call('HEAD', '/healthz', { key: null });
  expect(answer.status).toBe(200);
  expect(answer.text).toBe('');
});

test('every problem has a page, and the index names them all', async () => {
  const index = await api.call('GET', '/problems', { key: null });
  for (const [name, { title }] of Object.entries(PROBLEM_TYPES)) {
    expect(index.text).toContain(name);
    const html = await api.call('GET', `/problems/${name}`, { key: null });
    expect(html.status).toBe(200);
    expect(html.headers['content-type']).toMatch(/^text\/html/);
    expect(html.text).toContain(title);
    const text = await api.call('GET', `/problems/${name}`, { key: null, headers: { accept: 'text/plain' } });
    expect(text.headers['content-type']).toMatch(/^text\/plain/);
    expect(text.text).toContain(title);
    const headers = { 'accept-language': 'pt-BR,pt;q=0.9,en;q=0.8' };
    const portuguese = await api.call('GET', `/problems/${name}`, { key: null, headers });
    expect(portuguese.text).toContain('<html lang="pt-BR">');
    expect(portuguese.text).toContain(`/problems/${name}, status HTTP `);
    expect(portuguese.text).not.toContain(title);
    expect(portuguese.headers['content-language']).toBe('pt-BR');
  }
});

test('health, metrics and documentation need no key', async () => {
  expect((await api.call('GET', '/healthz', { key: null })).json).toEqual({ status: 'alive' });
  expect((await api.call('GET', '/readyz', { key: null })).json).toEqual({
    status: 'ready',
    checks: ['database'],
  });
  const metrics = await api.call('GET', '/metrics', { key: null });
  expect(metrics.headers['content-type']).toMatch(/^text\/plain/);
  expect(metrics.text).toMatch(
    /janela_http_request_seconds_count\{method="GET",route="\/healthz",status="200"\} \d/,
  );
  const openapi = await api.call('GET', '/openapi.yaml', { key: null });
  expect(openapi.text).toBe(readFileSync(new URL('../../openapi.yaml', import.meta.url), 'utf8'));
  expect((await api.call('GET', '/openapi.json', { key: null })).json).toEqual(parse(openapi.text));
  expect((await api.call('GET', '/docs', { key: null })).status).toBe(200);
  expect((await api.call('GET', '/docs/json', { key: null })).json.openapi).toBe('3.1.0');
});

test('what is counted by label is at 0 before it happens, for every route and every reason', async () => {
  const { text } = await api.call('GET', '/metrics', { key: null });
  for (const problem of REJECTIONS)
    expect(text).toContain(`janela_events_rejected_total{problem="${problem}"} 0\n`);
  for (const status of [500, 503])
    for (const route of ['/v1/events', '/v1/tenants/:tenant/usage', '/v1/audit'])
      expect(text).toContain(`janela_http_errors_total{route="${route}",status="${status}"} 0\n`);
});

test('a service that is not ready says which part and why', async () => {
  const failing = await testApi({
    readiness: async () => [
      { name: 'database', ok: true },
      { name: 'log', ok: false, detail: 'the broker does not answer' },
    ],
  });
  try {
    const answer = await failing.call('GET', '/readyz', { key: null });
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({
      type: '/problems/not-ready',
      detail: 'log: the broker does not answer',
    });
  } finally {
    await failing.close();
  }
});

test('without a database the answer is 503 and says when to try again', async () => {
  const gone = openDatabase({ url: api.database.url });
  await gone.pool.end();
  const lost = await testApi({ db: gone.db });
  try {
    const answer = await lost.call('GET', '/v1/tenants');
    expect(answer.status).toBe(503);
    expect(answer.json.type).toBe('/problems/database-unavailable');
    expect(answer.headers['retry-after']).toBe('2');
  } finally {
    await lost.close();
  }
});
