import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

let service: TestProcess;
let admin: string;
const JSON_TYPE = { 'content-type': 'application/json' };
const WEBHOOK = '/v1/connections/:connection/webhook';

beforeAll(async () => {
  service = await startProcess({ LOG_LEVEL: 'warn' });
  admin = `authorization: Bearer ${service.adminKey}\r\n`;
}, 90_000);

afterAll(stopProcesses, 60_000);

/** Lines of the service's log, read. */
function lines(): Record<string, unknown>[] {
  return `${service.stdout()}\n${service.stderr()}`
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}

/** Sends the beginning of a request, and breaks off. */
function breakOff(method: string, path: string, headers: string, part: string | Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => {
      socket.write(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
      socket.write(part, () => socket.destroy());
    });
    socket.on('error', reject).on('close', () => resolve());
  });
}

test('an upload that breaks off is no failure of the database, nor of the service', async () => {
  const json = `${admin}content-type: application/json\r\n`;
  const form = 'content-type: application/x-www-form-urlencoded\r\n';
  const part = `[{"id":"${'x'.repeat(2_000)}`;
  const packed = gzipSync(part).subarray(0, 20);
  const announced = 'content-length: 9000\r\n';
  const connection = {
    kind: 'whatsapp-cloud',
    appSecret: 'a',
    verifyToken: 'b',
    sends: 'posted',
    tenants: {},
  };
  const body = { ...connection, tenant: 'acme' };
  expect((await call(service, 'PUT', '/v1/connections/meta', { body })).status).toBe(201);
  for (let i = 0; i < 5; i++) {
    await breakOff('POST', '/v1/events', json + announced, part);
    await breakOff('POST', '/v1/events', `${json}transfer-encoding: chunked\r\n`, `fa0\r\n${part}`);
    await breakOff('POST', '/v1/events', `${json}content-encoding: gzip\r\n${announced}`, packed);
    await breakOff('PUT', '/v1/tenants/acme', json + announced, '{"name":"');
    await breakOff('POST', '/v1/connections/meta/webhook', json + announced, '{"object":"');
    await breakOff('POST', '/sign-in', form + announced, 'next=%2F&key=');
  }
  // Refused after all of them were, for it is read by the same thread.
  expect((await call(service, 'POST', '/v1/events', { body: 'no json' })).status).toBe(400);
  expect(await failures()).toEqual([]);
  expect(lines().filter(({ reqId, problem }) => (reqId ?? problem) !== undefined)).toEqual([]);
});

/** Which answers of 5xx were given, by route. */
async function failures(): Promise<string[]> {
  const text = await (await fetch(`${service.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('janela_http_errors_total{') && !line.endsWith(' 0'));
}

test('who tries keys is recorded, by whatever door, and so many a minute', async () => {
  const wrong = { key: 'no-key-at-all' };
  expect((await call(service, 'GET', '/v1/tenants', wrong)).status).toBe(401);
  const key = 'another-that-is-none';
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const signIn = { method: 'POST', headers: form, body: `key=${key}`, redirect: 'manual' } as const;
  expect((await fetch(`${service.url}/sign-in`, signIn)).status).toBe(401);
  const webhook = `${service.url}/v1/connections/meta/webhook`;
  expect((await fetch(webhook, { method: 'POST', body: '{}', headers: JSON_TYPE })).status).toBe(401);
  const handshake = 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong';
  expect((await fetch(`${webhook}?${handshake}`)).status).toBe(403);
  const recorded = () => lines().filter(({ msg }) => msg === 'credentials were refused');
  await until(() => recorded().length === 4, { what: 'four refusals to be recorded' });
  const address = '127.0.0.1';
  expect(recorded()).toEqual([
    expect.objectContaining({ address, key: null, method: 'GET', route: '/v1/tenants', status: 401 }),
    expect.objectContaining({ address, key: null, method: 'POST', route: '/sign-in', status: 401 }),
    expect.objectContaining({ address, method: 'POST', route: WEBHOOK, status: 401 }),
    expect.objectContaining({ address, method: 'GET', route: WEBHOOK, status: 403 }),
  ]);
  for (let i = 0; i < 50; i++) await call(service, 'GET', '/v1/tenants', wrong);
  await service.kill('SIGTERM');
  expect(recorded()).toHaveLength(20);
  expect(lines()).toContainEqual(expect.objectContaining({ suppressed: 34 }));
  expect(service.stdout() + service.stderr()).not.toContain(key);
}, 60_000);
