import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { startPgBouncer, type TestPgBouncer, whyNoPgBouncer } from '../../test/support/servers/pgbouncer.ts';
import { requireAccess } from './access.ts';
import { openDatabase } from './database.ts';

const pooled = whyNoPgBouncer() === null ? describe : describe.skip;
const SHARED = /^PostgreSQL is behind a pooler .* pool_mode = transaction\b.*set pool_mode = session/;

let kept: TestDatabase;
let pooler: TestPgBouncer | undefined;
beforeEach(async () => {
  kept = await testDatabase();
});
afterEach(async () => {
  await pooler?.stop();
  pooler = undefined;
  await kept.drop();
});

/** What the start says of this database. */
async function verdict(url: string): Promise<string> {
  const database = openDatabase({ url, max: 2 });
  const said = await requireAccess(database).then(
    () => 'fine',
    (error: Error) => error.message,
  );
  await database.close();
  return said;
}

/** Runs while others use the same pooler. */
async function amidTraffic<T>(url: string, work: () => Promise<T>): Promise<T> {
  const others = openDatabase({ url, max: 8 });
  let open = true;
  const clients = Array.from({ length: 8 }, async () => {
    while (open) await others.pool.query('SELECT pg_sleep(random() / 500)');
  });
  try {
    return await work();
  } finally {
    open = false;
    await Promise.all(clients);
    await others.close();
  }
}

test('PostgreSQL itself gives every client a session', async () => {
  expect(await verdict(kept.url)).toBe('fine');
});

test('TLS that PostgreSQL does not speak is named, with what to do', async () => {
  expect(await verdict(`${kept.url}?sslmode=verify-full`)).toBe(
    'PostgreSQL takes no TLS, and sslmode in DATABASE_URL asks for it: turn it on there (ssl = on), or set sslmode=disable.',
  );
});

pooled('behind PgBouncer', () => {
  test('with its default settings every client has a session, and what is set on it', async () => {
    pooler = await startPgBouncer(kept.url, {});
    expect(await verdict(pooler.url)).toBe('fine');
    const database = openDatabase({ url: pooler.url, statementTimeoutMs: 50 });
    await expect(database.pool.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
    await database.close();
  });

  test.each<Record<string, string>>([{}, { server_round_robin: '1', min_pool_size: '5' }])(
    'pool_mode = transaction is refused %j',
    async (settings) => {
      pooler = await startPgBouncer(kept.url, { pool_mode: 'transaction', ...settings });
      expect(await verdict(pooler.url)).toMatch(SHARED);
    },
  );

  test('others at work do not hide pool_mode = transaction, nor look like it', async () => {
    pooler = await startPgBouncer(kept.url, { pool_mode: 'transaction' });
    const { url } = pooler;
    expect(await amidTraffic(url, () => verdict(url))).toMatch(SHARED);
    await pooler.stop();
    pooler = await startPgBouncer(kept.url, { pool_mode: 'session' });
    const session = pooler.url;
    expect(await amidTraffic(session, () => verdict(session))).toBe('fine');
  });

  test('pool_mode = statement is refused', async () => {
    pooler = await startPgBouncer(kept.url, { pool_mode: 'statement' });
    expect(await verdict(pooler.url)).toMatch(/pool_mode = statement\b.*set pool_mode = session/);
  });

  test('a startup parameter that it refuses is named, with what to do', async () => {
    pooler = await startPgBouncer(kept.url, {});
    expect(await verdict(`${pooler.url}?options=-cjit%3Doff`)).toMatch(
      /refuses the startup parameter \w+: take it out of DATABASE_URL .*ignore_startup_parameters = /,
    );
  });
});
