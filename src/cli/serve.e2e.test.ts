import { afterEach, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { runJanela, startProcess, stopProcesses } from '../../test/support/servers/process.ts';

let kept: TestDatabase | undefined;

afterEach(async () => {
  await stopProcesses();
  await kept?.drop();
});

test('a service does not start on a database that a newer version migrated, and says so in one sentence', async () => {
  kept = await testDatabase();
  await kept.owner.pool.query("INSERT INTO public.janela_migrations (name) VALUES ('9999_future')");
  const service = runJanela(['serve'], {
    DATABASE_URL: kept.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
    PORT: '0',
  });
  expect((await service.exited).code).toBe(1);
  expect(service.stderr()).toBe(
    'The database is newer than this version of janela (it has 9999_future): start the version that migrated it, or a later one.\n',
  );
  expect(service.stdout()).not.toContain('listens on');
  const { rows } = await kept.owner.pool.query('SELECT * FROM projection.positions');
  expect(rows).toEqual([]);
});

test('a service starts on a database that a newer version migrated where that is marked as compatible', async () => {
  kept = await testDatabase();
  await kept.owner.pool.query(
    "INSERT INTO public.janela_migrations (name, compatible_from) VALUES ('9999_future', '0009_without_plan')",
  );
  const service = await startProcess({
    DATABASE_URL: kept.url,
    ADMIN_API_KEY: 'the-administrators-own-key',
  });
  expect(await service.kill('SIGTERM')).toEqual({ code: 0, signal: null });
});
