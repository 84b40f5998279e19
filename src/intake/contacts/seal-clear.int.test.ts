import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { type TestApi, testApi } from '../../../test/support/api.ts';
import { sealClearLinks } from './seal-clear.ts';

let api: TestApi;
beforeEach(async () => {
  api = await testApi();
});
afterEach(() => api.close());

/** What migration 0081 puts aside of a database of before. */
async function left(): Promise<void> {
  const { pool } = api.database.owner;
  await pool.query(`
    INSERT INTO billing.clear_contact_links (tenant, channel, alias, contact, actor, created_at, change) VALUES
      ('acme', 'whatsapp', 'BR.1349', '5511987654321', 'k1', 1000, 3), ('acme', 'whatsapp', 'BR.1350', NULL, 'k1', 1000, 2)`);
  await pool.query('UPDATE billing.contact_link_changes SET last = 3');
  await pool.query(`
    INSERT INTO billing.clear_audit (id, at, actor, subject_type, subject, tenant, action, before, after) VALUES
      (7, 1000, 'k1', 'contact-link', 'whatsapp/BR.1349', 'acme', 'create', NULL,
        '{"channel":"whatsapp","alias":"BR.1349","contact":"5511987654321","linkedBy":"k1","createdAt":"2026-11-03T13:00:00.000Z"}')`);
}

/** Every table of finance as text. */
async function everything(): Promise<string> {
  const { pool } = api.database.database;
  const tables = ['contact_links', 'audit', 'clear_contact_links', 'clear_audit'];
  const texts = await Promise.all(
    tables.map((table) => pool.query<{ text: string }>(`SELECT t::text AS text FROM billing.${table} t`)),
  );
  return texts.flatMap(({ rows }) => rows.map(({ text }) => text)).join('\n');
}

test('links of before are sealed at the start, also in the audit, and go on as they were', async () => {
  await left();
  expect(await everything()).toContain('5511987654321');
  const store = { db: api.deps.db, sealing: api.deps.sealing };
  const done = await Promise.all([sealClearLinks(store), sealClearLinks(store)]);
  expect(done.toSorted((a, b) => b.links - a.links)).toEqual([
    { links: 2, entries: 1 },
    { links: 0, entries: 0 },
  ]);
  expect(await everything()).not.toMatch(/5511987654321|BR\.13/);

  await api.contactLinks.refresh();
  expect(api.contactLinks.contactOf('acme', 'whatsapp', 'BR.1349')).toBe('5511987654321');
  expect(api.contactLinks.contactOf('acme', 'whatsapp', 'BR.1350')).toBeUndefined();
  const { json } = await api.call('GET', '/v1/tenants/acme/contact-links/whatsapp/BR.1349');
  expect(json).toMatchObject({ alias: 'BR.1349', contact: '5511987654321', linkedBy: 'k1' });
  const audit = await api.call('GET', '/v1/audit?subject=whatsapp%2FBR.1349');
  expect(audit.json.items).toMatchObject([
    {
      ...{ id: 7, subject: 'whatsapp/BR.1349', before: null },
      after: { alias: 'BR.1349', contact: '5511987654321' },
    },
  ]);
});
