import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Where the workers find the keeper of the PostgreSQL server. */
export const KEEPER = 'JANELA_TEST_POSTGRES_KEEPER';

/** Jest's globalSetup: one PostgreSQL server for all workers of the run. Returns what ends it. */
export async function keepPostgres(): Promise<() => Promise<void>> {
  const keeper = spawn(
    process.execPath,
    [new URL('../servers/postgres-keeper.ts', import.meta.url).pathname],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const [port] = (await once(keeper.stdout, 'data')) as [Buffer];
  process.env[KEEPER] = `http://127.0.0.1:${port.toString().trim()}/`;
  return async () => {
    const ended = once(keeper, 'exit');
    keeper.stdin.end();
    await ended;
  };
}
