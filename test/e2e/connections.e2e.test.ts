import { readdirSync, readlinkSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import {
  runJanela,
  startProcess,
  stopProcesses,
  testDataDir,
  untilReady,
} from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';
import { peakMemory } from './flood.ts';

/** On a busy machine everything takes longer. */
const SLACK_MS = 5_000;
const KEY = 'the-administrators-own-key';

let database: TestDatabase;
const sockets: Socket[] = [];

beforeAll(async () => {
  database = await testDatabase();
}, 60_000);
afterAll(() => database?.drop(), 60_000);
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await stopProcesses();
}, 60_000);

function settings(more: Record<string, string> = {}) {
  return { DATABASE_URL: database.url, ADMIN_API_KEY: KEY, LOG_LEVEL: 'error', ...more };
}

/** Connections that send this, end nothing themselves and keep what they get. */
function open(url: string, count: number, bytes: string): { socket: Socket; got: () => string }[] {
  return Array.from({ length: count }, () => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    // A reset is an end like any other here.
    socket.on('error', () => undefined);
    if (bytes !== '') socket.write(bytes);
    sockets.push(socket);
    return { socket, got: () => text };
  });
}

/** Sockets among the descriptors of a process. */
function socketsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
    } catch {
      return false;
    }
  }).length;
}

function head(length: number): string {
  return `POST /v1/events HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${KEY}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;
}

function event(id: string) {
  const party = { tenant: 'acme', channel: 'webchat', account: 'site', contact: id };
  return { id, type: 'message.received', ...party, occurredAt: '2024-03-04T11:00:00Z' };
}

test('connections that say nothing, or only half of what they want, are given up within 20 s', async () => {
  const service = await startProcess(settings());
  const before = socketsOf(service.pid);
  const silent = [
    ...open(service.url, 100, ''),
    ...open(service.url, 100, 'GET /healthz HTTP/1.1\r\nHost: a\r\n'),
  ];
  await until(async () => socketsOf(service.pid) >= before + 190, { what: 'all to be connected' });
  await until(async () => socketsOf(service.pid) <= before + 20, {
    timeoutMs: 20_000 + SLACK_MS,
    what: 'their descriptors to be given back',
  });
  expect(silent.filter(({ got }) => !got().startsWith('HTTP/1.1 408 '))).toEqual([]);
}, 60_000);

test('33 bodies that were announced and never come keep nobody from posting, and are given up', async () => {
  const service = await startProcess(settings());
  const before = socketsOf(service.pid);
  const announced = open(service.url, 33, `${head(1_048_576)}[`);
  await until(async () => socketsOf(service.pid) >= before + 33, { what: 'all to be connected' });
  for (let i = 0; i < 20; i++)
    expect((await call(service, 'POST', '/v1/events', { body: event(`m${i}`) })).status).toBe(202);
  await until(async () => announced.every(({ got }) => got().startsWith('HTTP/1.1 408 ')), {
    timeoutMs: 35_000 + SLACK_MS,
    what: 'the bodies to be given up',
  });
  // By now there are more connections to the database.
  await until(async () => socketsOf(service.pid) <= before + 20, {
    what: 'their descriptors to be given back',
  });
}, 90_000);

test('with 300 descriptors 600 silent connections keep nobody from asking', async () => {
  const all = settings({ DATA_DIR: testDataDir(), PORT: '0' });
  const service = await untilReady(runJanela(['serve'], all, ['prlimit', '--nofile=300']), all);
  open(service.url, 600, '');
  for (let i = 0; i < 20; i++) {
    expect((await call(service, 'GET', '/healthz', { timeoutMs: 5_000 })).status).toBe(200);
    expect((await call(service, 'POST', '/v1/events', { body: event(`d${i}`) })).status).toBe(202);
  }
}, 60_000);

test('connections that are in use are not given up for those that are not', async () => {
  const service = await startProcess(settings({ MAX_CONNECTIONS: '20' }));
  const [used] = open(service.url, 1, '');
  if (used === undefined) throw new Error('no connection');
  const ask = async (times: number) => {
    used.socket.write('GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n');
    await until(async () => used.got().split('alive').length > times, { what: 'an answer' });
  };
  await ask(1);
  const silent = open(service.url, 100, '');
  await until(async () => silent.filter(({ socket }) => socket.readableEnded).length >= 80, {
    timeoutMs: 5_000,
    what: 'the silent ones that are too many to be closed',
  });
  await ask(2);
}, 60_000);

test('requests that are sent by the hundred before any answer end their connection alone', async () => {
  const service = await startProcess(settings());
  const [flood] = open(service.url, 1, 'GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500));
  const few = open(service.url, 1, 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10));
  await until(() => few.every(({ got }) => got().split('"status":"alive"').length === 11), {
    what: 'all ten answers',
  });
  await until(() => flood?.socket.closed === true || flood?.socket.readableEnded === true, {
    timeoutMs: 5_000,
    what: 'the connection to be ended',
  });
}, 60_000);

test('readers that read nothing are cut off, whatever they asked for', async () => {
  const service = await startProcess(settings());
  const before = socketsOf(service.pid);
  const request = `GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n`;
  const readers = open(service.url, 20, request.repeat(40));
  for (const { socket } of readers) socket.pause();
  await until(async () => socketsOf(service.pid) >= before + 20, { what: 'all to be connected' });
  await until(async () => socketsOf(service.pid) <= before + 10, {
    timeoutMs: 35_000 + SLACK_MS,
    what: 'them to be cut off',
  });
  expect(peakMemory(service.pid)).toBeLessThan(450);
}, 90_000);
