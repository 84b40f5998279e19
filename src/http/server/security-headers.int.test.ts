import { hash } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

let api: TestApi;
let port: number;

beforeAll(async () => {
  api = await testApi();
  port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port);
});

afterAll(() => api.close());

test.each([
  ['/healthz', 200],
  ['/metrics', 200],
  ['/openapi.json', 200],
  ['/v1/tenants', 200],
  ['/v1/usage?format=csv', 200],
  ['/v1/tenants/nobody', 404],
  ['/nowhere', 404],
  ['/v1/tenants?limit=x', 400],
  ['/problems/%zz', 400],
])('%s tells browsers to run, frame and sniff nothing', async (url, status) => {
  const answer = await api.call('GET', url);
  expect(answer.status).toBe(status);
  expect(answer.headers).toMatchObject(SECURITY_HEADERS);
  expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
});

test('so does what is no HTTP, and what is refused before it is read', async () => {
  const answers = [
    'bad\r\n\r\n',
    'GET /v1/tenants HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n',
  ];
  for (const sent of answers) {
    const socket = connect(port, '127.0.0.1');
    socket.write(sent);
    const answer = await text(socket);
    for (const [name, value] of Object.entries(SECURITY_HEADERS))
      expect(answer.toLowerCase()).toContain(`${name}: ${value}`.toLowerCase());
  }
});

test('a page allows the one style that it has', async () => {
  const { headers, text: page } = await api.call('GET', '/problems/not-found');
  const style = /<style>(.*)<\/style>/.exec(page)?.[1] ?? '';
  expect(headers['content-security-policy']).toContain(`'sha256-${hash('sha256', style, 'base64')}'`);
  expect(page).not.toContain('<script');
});

test('the pages of the description run their own scripts and nobody else', async () => {
  for (const url of ['/docs/', '/docs/static/swagger-ui-bundle.js']) {
    const answer = await api.call('GET', url, { key: null });
    expect(answer.status).toBe(200);
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("default-src 'none'");
  }
  expect((await api.call('GET', '/docs/')).text).not.toMatch(/<script[^>]*>[^<\s]/);
});
