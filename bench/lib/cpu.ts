import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Database } from '../../src/store/database.ts';

const TICKS_PER_SECOND = 100;

/** CPU time (ms) that a process and a PostgreSQL server with all its sessions took so far; Linux alone says it. */
export async function cpuTimes(
  pid: number,
  { db }: Database,
): Promise<{ service: number; database: number }> {
  const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(db);
  const postmaster = statOf(rows[0]?.pid ?? 0).parent;
  let database = 0;
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const { parent, own, ended } = statOf(Number(name));
    if (Number(name) === postmaster) database += own + ended;
    else if (parent === postmaster) database += own;
  }
  return { service: statOf(pid).own, database };
}

/** `ended`: of children that ended. */
function statOf(pid: number): { parent: number; own: number; ended: number } {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const ms = (from: number) => (((fields[from] ?? 0) + (fields[from + 1] ?? 0)) * 1_000) / TICKS_PER_SECOND;
    return { parent: fields[1] ?? 0, own: ms(11), ended: ms(13) };
  } catch {
    return { parent: 0, own: 0, ended: 0 };
  }
}
