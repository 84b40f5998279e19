import { type ClientRequest, request } from 'node:http';
import { expect, test } from '@jest/globals';
import { ADMIN_KEY, testApi } from '../../../test/support/api.ts';
import { until } from '../../../test/support/until.ts';

const BODY_BYTES = 1_000_000;

/** Announces a body of 1 MB and sends none of it yet. */
function announce(url: string): ClientRequest {
  const sent = request(`${url}/v1/events`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${ADMIN_KEY}`,
      'content-type': 'application/json',
      'content-length': BODY_BYTES,
    },
  });
  sent.flushHeaders();
  return sent;
}

/** The status of the answer; null where the connection ends without one. */
function statusOf(sent: ClientRequest): Promise<number | null> {
  return new Promise((resolve) => {
    sent.on('response', (response) => resolve(response.resume().statusCode ?? null));
    sent.on('error', () => resolve(null));
  });
}

test('bodies beyond what memory allows are refused before they are read, and soon forgotten', async () => {
  const api = await testApi();
  try {
    const url = await api.app.listen({ host: '127.0.0.1', port: 0 });
    const announced = Array.from({ length: 40 }, () => announce(url));
    const statuses = announced.map(statusOf);
    const [first] = statuses;
    expect(await Promise.any(statuses)).toBe(503);
    expect((await api.call('POST', '/v1/events', { body: '1'.repeat(BODY_BYTES) })).json).toMatchObject({
      type: '/problems/intake-full',
    });
    for (const sent of announced) sent.destroy();
    await Promise.all(statuses);
    expect(await first).toBeNull();
    await until(
      async () => {
        const { status } = await api.call('POST', '/v1/events', { body: '1'.repeat(BODY_BYTES) });
        return status === 422;
      },
      { what: 'ingest to take bodies again' },
    );
  } finally {
    await api.close();
  }
});
