/** What versions before the seals left in clear about contact links: sealed, then gone. */

import { sql } from 'kysely';
import { erasedName, sealNames } from '../../sealing/names.ts';
import { LOCKS } from '../../store/locks.ts';
import {
  type ContactLink,
  hashesOf,
  insertLink,
  keyFor,
  LINK_AUDIT,
  type LinkHashes,
  type LinkStore,
  namesOf,
} from './links.ts';

/** As `billing.clear_audit` has them: links as the audit showed them. */
interface ShownLink {
  alias: string;
  contact: string;
}

/** Seals all of it in one transaction; processes that start at the same time wait for each other. */
export async function sealClearLinks(store: LinkStore): Promise<{ links: number; entries: number }> {
  return await store.db.transaction().execute(async (db) => {
    await sql`SELECT pg_advisory_xact_lock(${sql.lit(LOCKS.sealClear)})`.execute(db);
    const inside = { ...store, db };
    const done = { links: await sealLinks(inside), entries: await sealAudit(inside) };
    // Not DELETE, which leaves what it deletes in the files.
    if (done.links > 0) await sql`TRUNCATE billing.clear_contact_links`.execute(db);
    if (done.entries > 0) await sql`TRUNCATE billing.clear_audit`.execute(db);
    return done;
  });
}

async function sealLinks(store: LinkStore): Promise<number> {
  const rows = await store.db.selectFrom('billing.clear_contact_links').selectAll().execute();
  for (const { tenant, channel, alias, contact, actor, created_at: createdAt, change } of rows) {
    // Of a link that has ended nothing is kept.
    if (contact === null) continue;
    const link: ContactLink = { tenant, channel, alias, contact, actor, createdAt };
    await insertLink(store.db, link, hashesOf(store, link), await keyFor(store, link), change);
  }
  return rows.length;
}

async function sealAudit(store: LinkStore): Promise<number> {
  const rows = await store.db.selectFrom('billing.clear_audit').selectAll().orderBy('id').execute();
  for (const { subject, tenant, before, after, ...row } of rows) {
    const { alias, contact } = (after ?? before) as ShownLink;
    const channel = subject.slice(0, subject.indexOf('/'));
    const link = { tenant: tenant ?? '', channel, alias, contact, actor: row.actor, createdAt: row.at };
    const hashes = hashesOf(store, link);
    const hide = (shown: unknown) => (shown === null ? null : hidden(shown as ShownLink, hashes));
    const { block, whose } = sealNames(await keyFor(store, link), LINK_AUDIT, namesOf(link, hashes));
    await sql`
      INSERT INTO billing.audit (id, at, actor, subject_type, subject, tenant, action, before, after, names, names_of)
      OVERRIDING SYSTEM VALUE VALUES (${row.id}, ${row.at}, ${row.actor}, ${row.subject_type},
        ${`${channel}/${erasedName(hashes.alias)}`}, ${tenant}, ${row.action},
        ${json(hide(before))}::jsonb, ${json(hide(after))}::jsonb, ${block}, ${whose}::uuid)`.execute(
      store.db,
    );
  }
  return rows.length;
}

function hidden(shown: ShownLink, hashes: LinkHashes): ShownLink {
  return { ...shown, alias: erasedName(hashes.alias), contact: erasedName(hashes.contact) };
}

function json(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
