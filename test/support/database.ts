import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { KEEPER } from './jest/jest-setup.ts';
import { onServer, withName } from './servers/server-url.ts';

export interface TestDatabase {
  url: string;
  database: Database;
  /** Closes `database` and removes it from the server, whoever is still connected. */
  drop(): Promise<void>;
}

/** A fresh database with every migration applied, copied from a template (about 50 ms). */
export async function testDatabase(): Promise<TestDatabase> {
  const keeper = process.env[KEEPER];
  if (keeper === undefined) throw new Error('no PostgreSQL for tests: run them with `npm test`');
  const answer = await fetch(keeper);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`no PostgreSQL for tests: ${body}`);
  const server = JSON.parse(body) as { url: string; template: string };
  const name = `janela_test_${randomBytes(6).toString('hex')}`;
  await onServer(server.url, `CREATE DATABASE ${name} TEMPLATE ${server.template}`);
  const url = withName(server.url, name);
  const database = openDatabase({ url, applicationName: 'janela test' });
  return {
    url,
    database,
    async drop() {
      await database.close();
      await onServer(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
