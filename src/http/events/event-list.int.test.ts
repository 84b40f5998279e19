import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Reading, reading } from '../../../test/support/reading.ts';
import { PARTY, story } from '../../../test/support/story.ts';
import type { Event } from '../../domain/event.ts';

let api: Reading;

beforeAll(async () => {
  api = await reading();
});

afterAll(() => api?.close());

describe('was my event counted?', () => {
  const conflicting = story(
    ['received', 'm1', '2026-11-03T13:00:00Z'],
    ['received', 'm1', '2026-11-03T13:30:00Z', { metadata: { copy: 2 } }],
    ['received', 'm2', '2026-11-03T14:00:00Z'],
    ['failed', 'r', '2026-11-03T15:00:00Z', { message: 'm2', error: { code: '1' } }],
    ['void', 'v1', '2026-11-03T16:00:00Z', { target: 'nothing' }],
    ['void', 'v2', '2026-11-03T16:00:01Z', { target: 'v1' }],
  );
  const url = `/v1/tenants/${conflicting[0]?.tenant}/events`;
  beforeAll(() => api.projector.project([...conflicting, conflicting[0] as Event]));

  test('all copies of a conflict are shown, each as it was posted', async () => {
    const found = await api.getAll(`${url}?state=conflict`, 1);
    expect(found).toMatchObject([
      {
        id: 'm1',
        state: 'conflict',
        occurredAt: '2026-11-03T13:00:00.000Z',
        receivedAt: '2026-11-20T12:00:00.000Z',
      },
      { id: 'm1', state: 'conflict', occurredAt: '2026-11-03T13:30:00.000Z', metadata: { copy: 2 } },
    ]);
    expect(found[1].position.offset).toBe(found[0].position.offset + 1);
  });

  test('receipts and voids that name nothing they could apply to', async () => {
    const states = (await api.getAll(url, 2)).map(({ id, state }) => [id, state]);
    expect(states).toEqual([
      ['m1', 'conflict'],
      ['m1', 'conflict'],
      ['m2', 'effective'],
      ['r', 'unmatched'],
      ['v1', 'unmatched'],
      ['v2', 'unmatched'],
    ]);
  });

  test('accounts and contacts are found however they are spelt, with and without the channel', async () => {
    for (const contact of ['+55 11 8765-4321', '551187654321', '5511987654321']) {
      const party = { contact, channel: 'whatsapp', account: '+55 (11) 4000-0001' };
      for (const query of [{ contact }, party] as Record<string, string>[]) {
        const search = new URLSearchParams({ ...query, id: 'm2' });
        expect((await api.get(`${url}?${search}`)).items).toMatchObject([
          { id: 'm2', contact: PARTY.contact },
        ]);
        const windows = `/v1/tenants/${conflicting[0]?.tenant}/windows?${new URLSearchParams(query)}`;
        expect((await api.get(windows)).items).toHaveLength(1);
      }
    }
    expect((await api.get(`${url}?contact=551187654321&channel=webchat`)).items).toEqual([]);
    expect((await api.get(`${url}?contact=550000`)).items).toEqual([]);
  });

  test.each([
    ['events?contact=%20', 'invalid-request'],
    ['events?contact=%2B&channel=whatsapp', 'invalid-request'],
    ['events?state=lost', 'invalid-request'],
    ['events?cursor=abc', 'invalid-cursor'],
    [`events?cursor=${Buffer.from('["a\\u0000",1]').toString('base64url')}`, 'invalid-cursor'],
    ['windows?cursor=abc', 'invalid-cursor'],
    [`windows?cursor=${Buffer.from('[1,"x","y"]').toString('base64url')}`, 'invalid-cursor'],
    ['conversation?channel=whatsapp&contact=1', 'invalid-request'],
    ['conversation?channel=whatsapp&account=1&contact=1&at=2026-11-03', 'invalid-request'],
  ])('%s is refused', async (path, type) => {
    const { status, json } = await api.api.call('GET', `/v1/tenants/acme/${path}`);
    expect([status, json.type]).toEqual([400, `/problems/${type}`]);
  });
});
