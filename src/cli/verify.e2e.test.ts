import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { byHand } from '../../test/support/by-hand.ts';
import { active, receptive, type TestFinance, testFinance } from '../../test/support/finance.ts';
import { runJanela, stopProcesses } from '../../test/support/servers/process.ts';

let finance: TestFinance;
const NOVEMBER = '2026-11-10T12:00:00-03:00';

beforeAll(async () => {
  finance = await testFinance();
  await finance.subscribe('shop');
  await finance.post('shop', [...receptive(3, NOVEMBER), ...active(2, NOVEMBER)]);
  await finance.finalize('shop', '2026-11');
  await finance.post('shop', receptive(1, NOVEMBER, 'later'));
});

afterAll(async () => {
  await stopProcesses();
  await finance?.close();
});

async function verify(...options: string[]) {
  const settings = { DATABASE_URL: finance.database.url, LOG_PARTITIONS: '4' };
  const command = runJanela(['verify', ...options], settings);
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

const damage = (statement: string) => byHand(finance.database.owner.pool, statement);

test('verify says that projection, invoices and log are in order, and exits 0', async () => {
  const [database, log] = await Promise.all([verify(), verify('--log')]);
  expect(database.stderr).toBe('');
  expect(database).toMatchObject({ code: 0 });
  expect(database.stdout).toMatch(
    /^Verified in [\d.]+ s: 6 events, 6 conversations and 6 windows of schema projection hold together;\ninvoices: 1, charging 5 windows, as they were copied for them\.\n$/,
  );
  expect(log).toMatchObject({ code: 0 });
  expect(log.stdout).toMatch(
    /6 records of the log are as they were projected, and as the invoices noted them/,
  );
});

test('the first difference is a sentence, then how to mend it, and exit code 1', async () => {
  await damage("UPDATE billing.invoices SET total = '0.00'");
  const changed = await verify();
  expect(changed).toMatchObject({ code: 1, stdout: '' });
  expect(changed.stderr).toMatch(
    /^Invoice 2027-000001 \(shop, 2026-11\) says a total of BRL 0\.00, but its lines make BRL 0\.90\.\n.*restore the schema billing from a backup/,
  );
});

test('a chain head that was changed in an invoice is found against the log', async () => {
  await damage(
    `UPDATE billing.invoices SET as_of = (SELECT jsonb_agg(p || '{"chain":"${'a'.repeat(64)}"}') FROM jsonb_array_elements(as_of) p)`,
  );
  const strayed = await verify('--log');
  expect(strayed).toMatchObject({ code: 1, stdout: '' });
  expect(strayed.stderr).toMatch(
    /^The log differs from what invoice 2027-000001 stands on: in partition \d before offset \d+ /,
  );
});

test('a database that is not up to date is refused with a sentence', async () => {
  const { pool } = finance.database.owner;
  await pool.query("DELETE FROM public.janela_migrations WHERE name = '0008_gaps'");
  expect(await verify()).toMatchObject({
    code: 1,
    stderr: 'The database is not up to date: run janela migrate first.\n',
  });
});
