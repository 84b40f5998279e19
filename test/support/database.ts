import { randomBytes } from 'node:crypto';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { askKeeper, KEPT_POSTGRES } from './jest/jest-setup.ts';
import { onServer, withName } from './servers/server-url.ts';

export interface TestDatabase {
  /** As the service works: of a role that owns nothing. */
  url: string;
  database: Database;
  /** For what the service never does: other tables, other triggers, damage. Connects when it is first asked. */
  owner: Database;
  /** Closes both and removes it from the server, whoever is still connected. */
  drop(): Promise<void>;
}

/** What the keeper of the PostgreSQL server tells. */
export interface KeptServer {
  /** Of a user who may create databases. */
  url: string;
  /** Of the role that janela works as. */
  runtimeUrl: string;
  /** The database with every migration applied. */
  template: string;
}

/** A fresh database with every migration applied, copied from a template (about 50 ms). */
export async function testDatabase(): Promise<TestDatabase> {
  const answer = await askKeeper(KEPT_POSTGRES);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`no PostgreSQL for tests: ${body}`);
  const server = JSON.parse(body) as KeptServer;
  const name = `janela_test_${randomBytes(6).toString('hex')}`;
  await onServer(server.url, `CREATE DATABASE ${name} TEMPLATE ${server.template}`);
  const url = withName(server.runtimeUrl, name);
  const database = openDatabase({ url, applicationName: 'janela test' });
  const owner = openDatabase({ url: withName(server.url, name), applicationName: 'janela test owner' });
  return {
    url,
    database,
    owner,
    async drop() {
      await Promise.all([database.close(), owner.close()]);
      await onServer(server.url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}
