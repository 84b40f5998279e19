import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { changeableLevel } from '../../logger.ts';

const AT = Date.parse('2026-11-27T12:00:00Z');
const logger = { level: 'info' };
const logLevel = changeableLevel(logger, 'info');
let api: TestApi;

beforeAll(async () => {
  api = await testApi({ logLevel, clock: () => AT });
});
afterAll(async () => {
  logLevel.stop();
  await api?.close();
});

test('the level is changed for 15 minutes, and asked for at any time', async () => {
  expect((await api.call('GET', '/v1/ops/log-level')).json).toEqual({
    ...{ level: 'info', usual: 'info', until: null },
  });
  const changed = await api.call('PUT', '/v1/ops/log-level', { body: { level: 'debug' } });
  expect(changed.json).toEqual({ level: 'debug', usual: 'info', until: '2026-11-27T12:15:00.000Z' });
  expect(logger.level).toBe('debug');
  expect((await api.call('GET', '/v1/ops/log-level')).json).toEqual(changed.json);
  const back = await api.call('PUT', '/v1/ops/log-level', { body: { level: 'info' } });
  expect(back.json).toEqual({ level: 'info', usual: 'info', until: null });
  expect(logger.level).toBe('info');
});

test('what is no level is refused, and nothing changes', async () => {
  const { status, json } = await api.call('PUT', '/v1/ops/log-level', { body: { level: 'loud' } });
  expect([status, json.type]).toEqual([400, '/problems/invalid-request']);
  expect(logger.level).toBe('info');
});
