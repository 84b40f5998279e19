import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byHand } from '../../test/support/by-hand.ts';
import { testDatabase } from '../../test/support/database.ts';
import { appendEvents, projectLog, simulatedEvents, testLog } from '../../test/support/projected.ts';
import type { EventLog } from '../log/log.ts';
import { chainNext, chainStart } from '../log/record/hash-chain.ts';
import { type NotedHead, verifyLog } from './log-chain.ts';

let fixture: Awaited<ReturnType<typeof testDatabase>>;
let log: EventLog;
const events = simulatedEvents({ seed: 9, events: 1_200 });

beforeAll(async () => {
  fixture = await testDatabase();
  log = await testLog(fixture.database);
  await appendEvents(log, events);
  await projectLog(fixture.database, log);
});

afterAll(async () => {
  await log?.close();
  await fixture?.drop();
});

test('a log that nobody touched replays to the heads that were noted, whatever came since', async () => {
  await appendEvents(log, events.slice(0, 10));
  const verified = await verifyLog(fixture.database, log);
  expect(verified).toMatchObject({ ok: true, records: events.length });
});

test('what an invoice noted is compared where it stood, not only at the end', async () => {
  const noted = { partition: 1, next: 7, chain: await headBefore(1, 7), by: 'invoice 2026-000001' };
  const start = { partition: 2, next: 0, chain: await headBefore(2, 0), by: 'invoice 2026-000001' };
  const verify = (heads: NotedHead[]) => verifyLog(fixture.database, log, { heads });
  expect(await verify([noted, start])).toMatchObject({ ok: true });
  const other = { ...noted, next: 8, by: 'invoice 2026-000002' };
  expect(await verify([noted, other])).toMatchObject({
    ok: false,
    difference: `The log differs from what invoice 2026-000002 stands on: in partition 1 before offset 8 its hash chain is at ${await headBefore(1, 8)}, not at ${noted.chain}.`,
    mend: expect.stringContaining('restore the one that differs'),
  });
  expect(await verify([{ ...noted, next: 1_000_000 }])).toMatchObject({
    ok: false,
    difference:
      'Invoice 2026-000001 stands on partition 1 of the log up to offset 1000000, which is not projected.',
  });
});

async function headBefore(partition: number, offset: number): Promise<string> {
  const { rows } = await fixture.database.pool.query(
    'SELECT "offset", key, value FROM log.records WHERE partition = $1 AND "offset" < $2 ORDER BY "offset"',
    [partition, offset],
  );
  return rows.reduce(chainNext, chainStart(partition)).toString('hex');
}

test.each([
  [
    'a changed record',
    `UPDATE log.records SET value = value || ' '::bytea WHERE partition = 1 AND "offset" = 3`,
    /^Partition 1 of the log has changed since it was projected/,
  ],
  [
    'a swapped key',
    `UPDATE log.records SET key = 'x' WHERE partition = 2 AND "offset" = 0`,
    /^Partition 2 of the log has changed/,
  ],
  [
    'a lost beginning',
    `DELETE FROM log.records WHERE partition = 0 AND "offset" < 5`,
    /^Partition 0 of the log begins at offset 5/,
  ],
  ['a lost record', `DELETE FROM log.records WHERE partition = 3 AND "offset" = 7`, /partition 3/i],
])('%s is found and named', async (_, damage, sentence) => {
  const { pool } = fixture.owner;
  await pool.query('CREATE TABLE public.kept AS TABLE log.records');
  try {
    expect(await byHand(pool, damage)).toBeGreaterThan(0);
    const verified = await verifyLog(fixture.database, log);
    expect(verified).toMatchObject({ ok: false, difference: expect.stringMatching(sentence) });
  } finally {
    await byHand(pool, 'TRUNCATE log.records');
    await pool.query('INSERT INTO log.records SELECT * FROM public.kept');
    await pool.query('DROP TABLE public.kept');
  }
});
