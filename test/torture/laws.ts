/** What holds after a torture, beside what other tests hold too. */

import { openDatabase } from '../../src/store/database.ts';
import { call } from '../e2e/api.ts';
import { until } from '../support/until.ts';
import { type Descriptors, descriptorsOf, type Memory, memoryOf, type ServerPorts } from './holdings.ts';
import type { Supervised } from './supervised.ts';

/** Numbers that are missing from the series of their year, stand twice in it, or were not given one after the other. */
export async function faultsInNumbers(databaseUrl: string): Promise<string[]> {
  const database = openDatabase({ url: databaseUrl, max: 1 });
  try {
    const { rows } = await database.pool.query<{ number: string; at: number; year: string }>(
      `SELECT i.number, i.finalized_at AS at,
         to_char(to_timestamp(i.finalized_at / 1000.0) AT TIME ZONE o.default_time_zone, 'YYYY-') AS year
       FROM billing.invoices i, public.installation o WHERE i.number IS NOT NULL ORDER BY i.number`,
    );
    return rows.flatMap(({ number, at, year }, index) => {
      const before = rows.slice(0, index).filter((other) => other.number.startsWith(year)).length;
      const wanted = `${year}${String(before + 1).padStart(6, '0')}`;
      const isLater = index === 0 || at > (rows[index - 1]?.at ?? 0);
      return number === wanted && isLater ? [] : [`${number} at ${at}, where ${wanted} belongs`];
    });
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

/** What one of two happens to have in hand. */
const A_FEW: Descriptors = { postgres: 6, kafka: 4, clients: 4, other: 4 };
/** Before idle connections are closed: what all pools have at most, rebuilds that follow the log, and clients that may come again. */
const IN_USE: Descriptors = { ...A_FEW, postgres: 65, kafka: 16, clients: 100 };
/** Keys of contacts that it has met, and code compiled when it was first used: 15 MB after 16 minutes. */
const MORE_LIVE_MB = 30;
/** That, what the heap had grown to under load, and what the allocator keeps: 92 MB after 16 minutes. */
const MORE_RESIDENT_MB = 150;
/** Idle connections are closed after a minute. */
const QUIET_MS = 150_000;

interface Holdings {
  minutes: number;
  descriptors: Descriptors;
  memory: Memory;
}

/**
 * What a process holds that has been through everything, and another one, a fresh one where all is to be quiet: then it
 * waits until idle connections are closed. `beyond`: what the former holds more than is explained.
 */
export async function comparedHoldings(
  old: Supervised,
  fresh: Supervised,
  { ports, isQuiet }: { ports: ServerPorts; isQuiet: boolean },
): Promise<{ old: Holdings; fresh: Holdings; beyond: string[] }> {
  const descriptors = (service: Supervised) => descriptorsOf(service.now(), ports);
  const more = () => moreThan(descriptors(old), descriptors(fresh), isQuiet ? A_FEW : IN_USE);
  const quiet = { timeoutMs: QUIET_MS, what: 'descriptors to be closed' };
  await until(() => more().length === 0, quiet).catch(() => undefined);
  const holdings = async (service: Supervised): Promise<Holdings> => ({
    minutes: Math.round(service.age()),
    descriptors: descriptors(service),
    memory: await memoryOf(service.now()),
  });
  const held = { old: await holdings(old), fresh: await holdings(fresh) };
  const beyond = [
    ...more(),
    ...moreThan(held.old.memory, held.fresh.memory, { live: MORE_LIVE_MB, resident: MORE_RESIDENT_MB }),
  ];
  return { ...held, beyond };
}

function moreThan<Name extends string>(
  old: Record<Name, number>,
  fresh: Record<Name, number>,
  most: Record<Name, number>,
): string[] {
  return (Object.keys(old) as Name[]).flatMap((name) =>
    old[name] > fresh[name] + most[name] ? [`${name}: ${old[name]}, and ${fresh[name]} of the other`] : [],
  );
}
