import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../support/database.ts';
import { type TestBroker, testBroker, whyNoBroker } from '../support/servers/broker.ts';
import { startProcess, stopProcesses, type TestProcess } from '../support/servers/process.ts';
import { until } from '../support/until.ts';
import { call } from './api.ts';

/** A span as OTLP has it in JSON. */
interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  links: { traceId: string; spanId: string }[];
  attributes: { key: string; value: Record<string, unknown> }[];
}

const SDK = fileURLToPath(new URL('../../examples/tracing.js', import.meta.url));
const ADMIN_API_KEY = 'the-key-of-the-administrator-of-traces';
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const skipped = await whyNoBroker();
const spans: Span[] = [];
let collector: Server;
let broker: TestBroker | undefined;
let database: TestDatabase | undefined;

beforeAll(async () => {
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { scopeSpans: { spans: Span[] }[] }[];
      };
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await stopProcesses();
  await broker?.stop();
  await database?.drop();
  broker = undefined;
  database = undefined;
  spans.length = 0;
}, 60_000);
afterAll(() => {
  collector.closeAllConnections();
  collector.close();
});

function traced(settings: Record<string, string>): Record<string, string> {
  return {
    ...settings,
    ADMIN_API_KEY,
    NODE_OPTIONS: `--import ${SDK}`,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
    OTEL_BSP_SCHEDULE_DELAY: '50',
  };
}

/** Posts an event within a caller's trace, and follows it from span to span into the projection. */
async function expectTraced(api: TestProcess): Promise<void> {
  const event = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
  const posted = await call(api, 'POST', '/v1/events', {
    body: { ...event, id: 'one', type: 'message.received', occurredAt: '2026-11-27T08:00:00Z' },
    headers: { traceparent: `00-${CALLER.traceId}-${CALLER.spanId}-01`, 'x-request-id': 'of-the-sender/1' },
  });
  expect([posted.status, posted.headers.get('x-request-id')]).toEqual([202, 'of-the-sender/1']);
  const found = (name: string, has: (span: Span) => boolean) =>
    spans.find((span) => span.name === name && has(span));
  const linkedTo = (other: Span | undefined) => (span: Span) =>
    span.links.some(({ traceId, spanId }) => traceId === other?.traceId && spanId === other.spanId);
  const chain = () => {
    const request = found('POST /v1/events', ({ parentSpanId }) => parentSpanId === CALLER.spanId);
    const append = found('log append', ({ parentSpanId }) => parentSpanId === request?.spanId);
    const batch = found('project batch', linkedTo(append));
    const transaction = found('projection transaction', linkedTo(batch));
    return { request, append, batch, transaction };
  };
  await until(() => chain().transaction !== undefined, { what: 'the span of a transaction' });
  const { request, append, batch } = chain();
  expect([request?.traceId, append?.traceId]).toEqual([CALLER.traceId, CALLER.traceId]);
  expect(batch?.traceId).not.toBe(CALLER.traceId);
  const said = new Map(request?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
  expect(said.get('janela.request_id')).toBe('of-the-sender/1');
  expect(said.get('janela.tenant')).toBe('acme');
  expect(Number(said.get('http.response.status_code'))).toBe(202);
  expect(spans.filter(({ name }) => name.includes('/readyz'))).toEqual([]);
}

/** The line of the log about a request. */
function lineOf(service: TestProcess, requestId: string): Record<string, unknown> | undefined {
  return service
    .stderr()
    .split('\n')
    .filter((line) => line.includes(`"requestId":"${requestId}"`) && line.includes('"msg":"request"'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)[0];
}

test('a request is followed from its sender through the log into the projection, and found again in the log lines', async () => {
  const service = await startProcess(traced({}));
  await expectTraced(service);
  await until(() => lineOf(service, 'of-the-sender/1') !== undefined, { what: 'the line of the request' });
  expect(lineOf(service, 'of-the-sender/1')).toMatchObject({
    ...{ key: 'admin', tenant: 'acme', method: 'POST', route: '/v1/events', status: 202 },
    ...{ accepted: 1, rejected: 0, traceId: CALLER.traceId },
  });
  expect(service.stderr()).not.toMatch(/"route":"\/(readyz|healthz|metrics)"/);

  const refused = await call(service, 'GET', '/v1/tenants/acme/usage?period=never');
  expect(refused.json.requestId).toBe(refused.headers.get('x-request-id'));
  const unnamed = await call(service, 'GET', '/v1/nothing', { headers: { 'x-request-id': 'two words' } });
  expect(unnamed.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);

  expect(service.stderr()).not.toContain('"msg":"projected"');
  expect((await call(service, 'PUT', '/v1/ops/log-level', { body: { level: 'debug' } })).status).toBe(200);
  const event = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
  const later = { ...event, id: 'two', type: 'message.received', occurredAt: '2026-11-27T09:00:00Z' };
  expect((await call(service, 'POST', '/v1/events', { body: later })).status).toBe(202);
  await until(() => /"partition":\d+,"batch":\{"first":\d+,"next":\d+\}/.test(service.stderr()), {
    what: 'the line of a batch',
  });
}, 120_000);

(skipped ? test.skip : test)(
  'a trace goes on in another process that folds what came through Kafka',
  async () => {
    database = await testDatabase();
    broker = await testBroker();
    const settings = {
      ...{ DATABASE_URL: database.url, LOG_LEVEL: 'warn' },
      ...{ KAFKA_BROKERS: broker.brokers.join(','), KAFKA_TOPIC: 'janela.test.traces' },
    };
    const api = await startProcess(traced({ ...settings, ROLES: 'api' }));
    await startProcess(traced({ ...settings, ROLES: 'projector' }));
    await expectTraced(api);
  },
  180_000,
);
