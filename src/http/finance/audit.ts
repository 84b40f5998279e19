/** Who changed what, and when. Contract section 3, Finance. */

import { z } from 'zod';
import { normaliseName, normaliseParty } from '../../domain/conversation.ts';
import { isoInstant } from '../../domain/instant.ts';
import { auditSubjects, LINK_AUDIT } from '../../intake/contacts/links.ts';
import { tenantsOf } from '../../keys/rights.ts';
import { openSnapshot } from '../../projection/read/snapshot.ts';
import { instantIn, token } from '../../schemas.ts';
import { openNames, withNames } from '../../sealing/names.ts';
import { type AuditEntry, type AuditFilter, listAudit } from '../../store/audit.ts';
import { type CsvColumn, jsonCell, jsonOrCsv, sendCsv, tableQuery, wantsCsv } from '../conventions/csv.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { instantOut } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';

const SUBJECTS = [
  'tenant',
  'plan',
  'subscription',
  'manual-line',
  'invoice',
  'invoice-run',
  'key',
  'rebuild',
  'contact-link',
  'thresholds',
  'webhook',
  'connection',
  'erasure',
  'portal-link',
] as const;

const entrySchema = z
  .object({
    id: z.int(),
    at: instantOut,
    actor: z.string().meta({ description: 'Id of the API key' }),
    actorName: z
      .string()
      .nullable()
      .meta({ description: "Name of the key; null: the administrator's or the command line" }),
    subjectType: z.enum(SUBJECTS),
    subject: z.string(),
    tenant: z.string().nullable(),
    action: z.string(),
    before: z.unknown().meta({ description: 'null: it did not exist' }),
    after: z.unknown().meta({ description: 'null: it is gone' }),
  })
  .meta({ id: 'AuditEntry' });

type Entry = z.infer<typeof entrySchema>;

const COLUMNS: readonly CsvColumn<Entry>[] = [
  { name: 'id', value: ({ id }) => id },
  { name: 'at', value: ({ at }) => at },
  { name: 'actor', value: ({ actor }) => actor },
  { name: 'subjectType', value: ({ subjectType }) => subjectType },
  { name: 'subject', value: ({ subject }) => subject, text: true },
  { name: 'tenant', value: ({ tenant }) => tenant },
  { name: 'action', value: ({ action }) => action },
  { name: 'before', value: ({ before }) => jsonOrNull(before) },
  { name: 'after', value: ({ after }) => jsonOrNull(after) },
  { name: 'actorName', value: ({ actorName }) => actorName, text: true },
];
/** Entries per query of a CSV stream. */
const BATCH = 1_000;

const cursorKey = z.tuple([z.int()]);

type AuditDeps = Pick<AppDeps, 'db' | 'slowDb' | 'sealing'>;

/** Who changed what, newest first. */
export function auditRoutes(app: App, deps: AuditDeps): void {
  const { db, slowDb } = deps;
  app.get(
    '/v1/audit',
    {
      config: { scope: 'billing:read' },
      schema: {
        tags: ['Finance'],
        operationId: 'listAudit',
        summary: 'Who changed which tenant, plan, subscription, invoice or key, newest first',
        querystring: z.strictObject({
          subjectType: z.enum(SUBJECTS).optional(),
          subject: z.string().optional(),
          tenant: token.optional(),
          actor: z.string().optional().meta({ description: 'Id of the API key that made the change' }),
          from: instantIn.optional().meta({ description: 'Only from this instant on' }),
          to: instantIn.optional().meta({ description: 'Only before this instant' }),
          ...pageQuery,
          ...tableQuery,
        }),
        response: {
          200: jsonOrCsv(pageOf(entrySchema), 'Newest first; in CSV `before` and `after` are JSON', COLUMNS),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async (request, reply) => {
      const { limit, cursor, format: _format, csv: _csv, subject, ...rest } = request.query;
      const filter = { ...rest, subjects: await subjectsOf(deps, subject) };
      const only = tenantsOf(request.key);
      const [before] = cursor === undefined ? [null] : decodeCursor(cursor, cursorKey);
      reply.header('vary', 'accept');
      if (wantsCsv(request))
        return await sendCsv({ db }, request, reply, {
          name: 'audit',
          tenant: filter.tenant ?? null,
          columns: COLUMNS,
          batches: allEntries({ ...deps, db: slowDb }, filter, only),
        });
      return await largePage(
        limit,
        (last: Entry | null, most) =>
          entries(deps, filter, only, { before: last?.id ?? before, limit: most }),
        (entry) => entry,
        ({ id }) => [id],
      );
    },
  );
}

/** What the audit calls a subject that somebody named: links stand there without the alias. */
async function subjectsOf(deps: AuditDeps, subject: string | undefined): Promise<string[] | undefined> {
  if (subject === undefined) return undefined;
  const channel = subject.slice(0, Math.max(0, subject.indexOf('/')));
  const alias = normaliseParty(normaliseName(channel), subject.slice(channel.length + 1));
  return [subject, ...(await auditSubjects(deps, normaliseName(channel), alias))];
}

/** A page of entries, with the names of whoever is not erased. */
async function entries(
  { db, sealing }: Pick<AuditDeps, 'db' | 'sealing'>,
  ...which: [AuditFilter, readonly string[] | null, { before: number | null; limit: number }]
): Promise<Entry[]> {
  const found = await listAudit(db, ...which);
  const sealed = found.flatMap(({ names }) => names ?? []);
  const opened = (await openNames(sealing.keys, LINK_AUDIT, sealed, db)).values();
  // Each with its own: whoever is erased in one entry may stand in another.
  return found.map(({ names, ...entry }) =>
    names == null ? show(entry) : withNames(show(entry), opened.next().value ?? {}),
  );
}

async function* allEntries(
  deps: AuditDeps,
  filter: AuditFilter,
  only: readonly string[] | null,
): AsyncGenerator<Entry[]> {
  const snapshot = await openSnapshot(deps.db);
  try {
    let rows: Entry[];
    let before: number | null = null;
    do {
      rows = await entries({ ...deps, db: snapshot.db }, filter, only, { before, limit: BATCH });
      yield rows;
      before = rows.at(-1)?.id ?? null;
    } while (rows.length === BATCH);
  } finally {
    await snapshot.close();
  }
}

function show({ at, ...entry }: Omit<AuditEntry, 'names'>): Entry {
  return { ...entry, at: isoInstant(at) };
}

function jsonOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : jsonCell(JSON.stringify(value));
}
