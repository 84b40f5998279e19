import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';

/** Pools that only a running service has. */
const NAMES = ['janela api', 'janela health', 'janela log', 'janela projector'];

const SERVICES = `
  select distinct application_name as name from pg_stat_activity
  where datname = current_database() and application_name = any ($1) order by 1`;

/** The server takes a moment to notice that a process has ended. */
const GONE_MS = 3_000;

/** Names of connections that running services have to this database. */
export async function servicesAtWork(pool: Pool): Promise<string[]> {
  const deadline = performance.now() + GONE_MS;
  for (;;) {
    const { rows } = await pool.query<{ name: string }>(SERVICES, [NAMES]);
    if (rows.length === 0 || performance.now() > deadline) return rows.map(({ name }) => name);
    await delay(100);
  }
}
