/** What holds after a torture, beside what other tests hold too. */

import { openDatabase } from '../../src/store/database.ts';
import { call } from '../e2e/api.ts';
import { until } from '../support/until.ts';
import type { Supervised } from './supervised.ts';

/** Numbers that are missing from the series of their year, or stand twice in it. */
export async function gapsInNumbers(databaseUrl: string): Promise<string[]> {
  const database = openDatabase({ url: databaseUrl, max: 1 });
  try {
    const { rows } = await database.pool.query<{ number: string }>(
      'SELECT number FROM billing.invoices WHERE number IS NOT NULL ORDER BY number',
    );
    const numbers = rows.map(({ number }) => number);
    const wanted = numbers.map((number, index) => {
      const year = number.slice(0, 5);
      const before = numbers.slice(0, index).filter((other) => other.startsWith(year)).length;
      return `${year}${String(before + 1).padStart(6, '0')}`;
    });
    return numbers.filter((number, index) => number !== wanted[index]);
  } finally {
    await database.close();
  }
}

/** With nothing broken any more: a rebuild of the whole log equals the live projection, and becomes it. */
export async function rebuildInCalm(service: Supervised, timeoutMs: number): Promise<string> {
  const newest = async () => {
    const { json } = await call(service.now(), 'GET', '/v1/ops/rebuilds?limit=1');
    return json.items[0];
  };
  const before = await newest();
  if (!['running', 'caught-up'].includes(before?.state))
    await call(service.now(), 'POST', '/v1/ops/rebuilds', { body: {} });
  await until(async () => (await newest()).state !== 'running', {
    timeoutMs,
    what: 'the rebuild to catch up',
  });
  const { id, state, error, differences } = await newest();
  if (state !== 'caught-up' || differences.count > 0)
    return `${state}: ${error ?? JSON.stringify(differences)}`;
  const { status, text } = await call(service.now(), 'POST', `/v1/ops/rebuilds/${id}/promote`, { body: {} });
  return status === 200 ? 'promoted' : `${status}: ${text}`;
}
