import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { testDatabase } from '../../../test/support/database.ts';
import {
  appendEvents,
  projectLog,
  simulatedEvents,
  TEST_ZONE,
  testLog,
} from '../../../test/support/projected.ts';
import { unsealingIn } from '../../../test/support/sealing.ts';
import { PROJECTION_TABLES } from '../../projection/rebuild/create-projection.ts';
import { type Database, openDatabase } from '../../store/database.ts';
import { verifyProjection } from './verify-projection.ts';

let fixture: Awaited<ReturnType<typeof testDatabase>>;
let unhurried: Database;
const events = simulatedEvents({});
const options = { defaultTimeZone: TEST_ZONE };

beforeAll(async () => {
  fixture = await testDatabase();
  unhurried = openDatabase({ url: fixture.url, statementTimeoutMs: 0 });
  const log = await testLog(fixture.database);
  await appendEvents(log, [...events, { ...(events[0] ?? fail()), occurredAt: 1_700_000_000_000 }]);
  await projectLog(fixture.database, log);
  await log.close();
});

afterAll(async () => {
  await unhurried?.close();
  await fixture?.drop();
});

function fail(): never {
  throw new Error('the simulation made no events');
}

test('a projection that nobody touched holds together', async () => {
  const seen: number[] = [];
  const verified = await verifyProjection(unhurried, {
    unsealing: unsealingIn(unhurried.db),
    ...options,
    progress: (done) => seen.push(done),
  });
  expect(verified).toMatchObject({ ok: true, schema: 'projection' });
  expect(verified.ok && verified.counts.events).toBe(new Set(events.map((e) => `${e.tenant}${e.id}`)).size);
  expect(verified.ok && verified.counts.windows).toBeGreaterThan(100);
});

/** One row of a table by what it is. */
const one = (table: string, where = 'true') =>
  `ctid = (SELECT ctid FROM projection.${table} WHERE ${where} ORDER BY ctid LIMIT 1)`;
const opener = `(conversation, key) = (SELECT conversation, opener FROM projection.windows WHERE kind = 1 ORDER BY conversation LIMIT 1)`;

test.each([
  ['an event that opened a window is gone', `DELETE FROM projection.events WHERE ${opener}`, /has no opener/],
  [
    'an opener has another instant',
    `UPDATE projection.events SET at = at + 1 WHERE ${opener}`,
    /does not start with its opener/,
  ],
  [
    'an opener has another category',
    `UPDATE projection.events SET detail = replace(detail, '"category":"', '"category":"x') WHERE ${opener}`,
    /says category \w+, its events say x/,
  ],
  [
    'an event has another id',
    `UPDATE projection.events SET id = 'other' WHERE ${opener}`,
    /under the hash of another id/,
  ],
  [
    'an event moved to the offset of another',
    `UPDATE projection.events SET "offset" = (SELECT max("offset") FROM projection.events o WHERE o.partition = events.partition) WHERE ${opener}`,
    /where another row stands|points to/,
  ],
  [
    'a voided event is no longer marked',
    `UPDATE projection.events SET voided = false WHERE ${one('events', 'voided')}`,
    /is marked as not voided, which another event says/,
  ],
  [
    'an event is marked as voided',
    `UPDATE projection.events SET voided = true WHERE ${one('events', 'class = 0 AND NOT voided')}`,
    /is marked as voided, which no event says/,
  ],
  [
    'an activity is gone',
    `DELETE FROM projection.events WHERE ${one('events', 'class = 7')}`,
    /^Partition \d counts \d+ events, but \d+ are stored/,
  ],
  [
    'an activity is none',
    `UPDATE projection.events SET class = 8 WHERE ${one('events', 'class = 7')}`,
    /is of class 8: neither message nor receipt, void or activity/,
  ],
  [
    'a window is gone',
    `DELETE FROM projection.windows WHERE ${one('windows')}`,
    /lacks a window: the \w+ window of/,
  ],
  [
    'a window ends later',
    `UPDATE projection.windows SET closes_at = closes_at + 1 WHERE ${one('windows')}`,
    /says closes_at|overlap/,
  ],
  [
    'windows overlap',
    `UPDATE projection.windows w SET closes_at = (SELECT max(opened_at) + 1 FROM projection.windows o WHERE o.conversation = w.conversation)
     WHERE ${one('windows w', 'EXISTS (SELECT FROM projection.windows o WHERE o.conversation = w.conversation AND o.opened_at > w.opened_at)')}`,
    /overlap/,
  ],
  [
    'a window is of the other kind',
    `UPDATE projection.windows SET kind = 1 - kind WHERE ${one('windows')}`,
    /says kind/,
  ],
  [
    'a conversation is gone',
    `DELETE FROM projection.conversations WHERE ${one('conversations')}`,
    /no row in conversations/,
  ],
  [
    'a conversation belongs to another tenant',
    `UPDATE projection.conversations SET tenant = 'other' WHERE ${one('conversations')}`,
    /has another hash/,
  ],
  [
    'a tally of windows is one too high',
    `UPDATE projection.window_tallies SET windows = windows + 1 WHERE ${one('window_tallies')}`,
    /tally of windows for tenant .* says \d+, but there are \d+/,
  ],
  [
    'a tally of windows is gone',
    `DELETE FROM projection.window_tallies WHERE ${one('window_tallies')}`,
    /tally of windows for tenant .* says 0/,
  ],
  [
    'a tally of windows is of another day',
    `UPDATE projection.window_tallies SET day = '1999-01-01' WHERE ${one('window_tallies')}`,
    /tally of windows/,
  ],
  [
    'a tally of messages is one too low',
    `UPDATE projection.message_tallies SET free_form = free_form - 1 WHERE ${one('message_tallies', 'free_form > 1')}`,
    /tally of free texts/,
  ],
  [
    'a tally of messages is for another tenant',
    `UPDATE projection.message_tallies SET tenant = 'other' WHERE ${one('message_tallies')}`,
    /tally of/,
  ],
  [
    'a position is one ahead',
    `UPDATE projection.positions SET next = next + 1 WHERE partition = 2`,
    /^Partition 2 is projected up to offset/,
  ],
  [
    'a position forgets a duplicate',
    `UPDATE projection.positions SET duplicates = duplicates - 1, events = events + 1 WHERE partition = 1`,
    /^Partition 1 counts \d+ events/,
  ],
  [
    'the head of a hash chain is cut',
    `UPDATE projection.positions SET chain = substr(chain, 2) WHERE partition = 1`,
    /^Partition 1 notes a hash that is none of 32 bytes/,
  ],
  [
    'there is a gap in a log without any',
    `INSERT INTO projection.gaps VALUES (0, 3, 4)`,
    /and 1 offsets without a record make/,
  ],
  ['a position is gone', `DELETE FROM projection.positions WHERE partition = 3`, /partition/],
  ['a record in quarantine is gone', `DELETE FROM projection.quarantine`, /in quarantine, but 0 are there/],
  [
    'a record in quarantine moved',
    `UPDATE projection.quarantine SET "offset" = 0`,
    /where another row stands/,
  ],
  ['a conflict is with nothing', `UPDATE projection.quarantine SET key = gen_random_uuid()`, /not stored/],
])('%s: found and named', async (_, damage, sentence) => {
  const { pool } = fixture.owner;
  await pool.query('CREATE SCHEMA damaged');
  for (const table of PROJECTION_TABLES) {
    await pool.query(`CREATE TABLE damaged.${table} (LIKE projection.${table} INCLUDING ALL)`);
    await pool.query(`INSERT INTO damaged.${table} SELECT * FROM projection.${table}`);
  }
  try {
    const { rowCount } = await pool.query(damage.replaceAll('projection.', 'damaged.'));
    expect(rowCount).toBe(1);
    const verified = await verifyProjection(fixture.owner, {
      unsealing: unsealingIn(fixture.owner.db),
      ...options,
      schema: 'damaged',
    });
    expect(verified).toMatchObject({ ok: false, difference: expect.stringMatching(sentence) });
    expect(!verified.ok && verified.mend).toMatch(/janela rebuild/);
  } finally {
    await pool.query('DROP SCHEMA damaged CASCADE');
  }
});
