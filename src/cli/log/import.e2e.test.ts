import { rmSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byHand } from '../../../test/support/by-hand.ts';
import { active, type TestFinance, testFinance } from '../../../test/support/finance.ts';
import { runJanela, stopProcesses } from '../../../test/support/servers/process.ts';
import { temporaryFolder } from '../../../test/support/servers/temporary-folder.ts';
import { exportLog } from '../../log/transfer/export.ts';

let finance: TestFinance;
const NOVEMBER = '2026-11-10T12:00:00-03:00';
const folders = { early: temporaryFolder('early'), whole: temporaryFolder('whole') };

/** Invoiced after the first export, then restored from a dump that has neither log nor projection. */
beforeAll(async () => {
  finance = await testFinance();
  await finance.subscribe('shop');
  await finance.post('shop', active(20, NOVEMBER));
  await exportLog(finance.log, { folder: folders.early, now: Date.now });
  await finance.post('shop', active(20, NOVEMBER, 'later'));
  await finance.finalize('shop', '2026-11');
  await exportLog(finance.log, { folder: folders.whole, now: Date.now });
  const { pool } = finance.database.owner;
  const { rows } = await pool.query(
    `SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') AS tables FROM pg_tables
     WHERE schemaname IN ('log', 'projection')`,
  );
  await byHand(pool, `TRUNCATE ${rows[0].tables}`);
});

afterAll(async () => {
  await stopProcesses();
  await finance?.close();
  for (const folder of Object.values(folders)) rmSync(folder, { recursive: true, force: true });
});

async function importFrom(folder: string) {
  const settings = { DATABASE_URL: finance.database.url, LOG_PARTITIONS: '4' };
  const command = runJanela(['log', 'import', folder], settings);
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

test('an export older than what was invoiced is refused, though nothing is projected yet', async () => {
  const refused = await importFrom(folders.early);
  expect(refused.stderr).toMatch(
    /^Invoice 2027-000001 stands on partition \d up to \d+, but the export ends at \d+: it is older than the database, or of another log/,
  );
  expect(refused.code).toBe(1);
});

test('so is one of another log', async () => {
  const { pool } = finance.database.owner;
  const chains = (from: string, to: string) =>
    pool.query(`SET session_replication_role = 'replica'; UPDATE billing.invoices SET as_of =
      replace(as_of::text, '"chain": "${from}', '"chain": "${to}')::jsonb; RESET session_replication_role`);
  const { rows } = await pool.query(
    `SELECT p->>'chain' AS chain FROM billing.invoices, jsonb_array_elements(as_of) p WHERE (p->>'next')::int > 0`,
  );
  const { chain } = rows[0];
  await chains(chain, 'f'.repeat(64));
  expect((await importFrom(folders.whole)).stderr).toMatch(
    /^Invoice 2027-000001 stands on another log than the export's: up to offset \d+ of partition \d their hash chains differ/,
  );
  await chains('f'.repeat(64), chain);
  expect(await importFrom(folders.whole)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^Imported 40 records/),
  });
});
