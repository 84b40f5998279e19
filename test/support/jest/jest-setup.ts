import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Where the workers find the keeper of the servers. */
const KEEPER = 'JANELA_TEST_KEEPER';
/** What it is asked for. */
export const [KEPT_POSTGRES, KEPT_BROKER] = ['/postgres', '/broker'] as const;

/** What the keeper of this run's servers answers; it starts them when they are first asked for. */
export async function askKeeper(path: string): Promise<Response> {
  const keeper = process.env[KEEPER];
  if (keeper === undefined) throw new Error('no servers for tests: run them with `npm test`');
  return await fetch(new URL(path, keeper));
}

/** Jest's globalSetup: one PostgreSQL server and one Kafka broker for all workers of the run. Returns what ends them. */
export async function keepServers(): Promise<() => Promise<void>> {
  const keeper = spawn(process.execPath, [new URL('../servers/keeper.ts', import.meta.url).pathname], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(keeper.stdout, 'data')) as [Buffer];
  process.env[KEEPER] = `http://127.0.0.1:${port.toString().trim()}/`;
  return async () => {
    const ended = once(keeper, 'exit');
    keeper.stdin.end();
    await ended;
  };
}
