import { z } from 'zod';
import { isoInstant } from '../../domain/instant.ts';
import { tenantsOf } from '../../keys/rights.ts';
import type { LoggedEvent } from '../../log/record/logged-event.ts';
import { decodeRecord } from '../../log/record/record.ts';
import { openEvents } from '../../projection/read/opened.ts';
import { listQuarantine, type QuarantineRow } from '../../projection/read/quarantine.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { asOf } from '../conventions/as-of.ts';
import { decodeCursor, largePage, pageOf, pageQuery } from '../conventions/page.ts';
import { instantOut, positionSchema } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { eventItem, toEventItem } from '../events/event-item.ts';
import { problemResponses } from '../problems/problem.ts';

const partitionSchema = z.object({
  partition: z.int(),
  next: z.int().meta({ description: 'First offset not yet counted' }),
  end: z.int(),
  lag: z.int(),
  eventsPerSecond: z.number().nullable().meta({ description: 'null: another process works on it' }),
  lastError: z.object({ message: z.string(), at: instantOut }).nullable().meta({
    description:
      'What went wrong last, if nothing went well since; a key that is limited to tenants learns only that something did',
  }),
});

const projectionSchema = z
  .object({ partitions: z.array(partitionSchema), lag: z.int(), caughtUp: z.boolean() })
  .meta({ id: 'Projection' });

/** What a driver says may quote rows of other tenants. */
const ERROR_HIDDEN = 'A batch could not be counted and will be tried again.';

const CONTACTS_HIDDEN = 'absent where the key lacks `usage:read`';

const quarantineItem = z
  .object({
    position: positionSchema,
    reason: z.enum(['conflict', 'unreadable']),
    detail: z.string(),
    event: z
      .object({
        ...eventItem,
        tenant: z.string(),
        channel: z.string(),
        account: z.string(),
        contact: z.string(),
      })
      .nullable()
      .optional()
      .meta({ description: `null: the record could not be read; ${CONTACTS_HIDDEN}` }),
    record: z
      .string()
      .nullable()
      .optional()
      .meta({ description: `Text of a record that could not be read; ${CONTACTS_HIDDEN}` }),
  })
  .meta({ id: 'QuarantineItem' });

const cursorKey = z.tuple([z.int().min(0).max(32_767), z.int()]);

/** How the projection is doing. Contract section 3, Operations. */
export function opsProjectionRoutes(
  app: App,
  deps: Pick<AppDeps, 'db' | 'partitions' | 'logEnds' | 'projectorWork' | 'unsealing'>,
): void {
  const config = { scope: 'ops' } as const;
  const tags = ['Operations'];

  app.get(
    '/v1/ops/projection',
    {
      config,
      schema: {
        tags,
        operationId: 'getProjection',
        summary: 'What is counted, by partition of the log',
        response: {
          200: projectionSchema,
          ...problemResponses('invalid-request'),
        },
      },
    },
    async ({ key }) => {
      const { positions, lag, caughtUp } = await readSnapshot(deps.db, (snapshot) => asOf(snapshot, deps));
      const work = deps.projectorWork();
      const partitions = positions.map(({ partition, next, end }) => {
        const own = work?.get(partition);
        const lastError = own?.lastError ?? null;
        return {
          partition,
          next,
          end,
          lag: end - next,
          eventsPerSecond: own?.rate ?? null,
          lastError:
            lastError === null
              ? null
              : {
                  message: key.tenants === null ? lastError.message : ERROR_HIDDEN,
                  at: isoInstant(lastError.at),
                },
        };
      });
      return { partitions, lag, caughtUp };
    },
  );

  app.get(
    '/v1/ops/quarantine',
    {
      config,
      schema: {
        tags,
        operationId: 'listQuarantine',
        summary: 'Log records that are kept but not counted: conflicts and what could not be read',
        description: 'What they say is shown to keys that have `usage:read` beside `ops`.',
        querystring: z.strictObject(pageQuery),
        response: {
          200: pageOf(quarantineItem),
          ...problemResponses('invalid-request', 'invalid-cursor'),
        },
      },
    },
    async ({ query: { limit, cursor }, key }) => {
      const [partition, offset] = cursor === undefined ? [0, -1] : decodeCursor(cursor, cursorKey);
      const isShown = key.scopes.has('usage:read');
      return await readSnapshot(deps.db, (snapshot) =>
        largePage(
          limit,
          async (last: Shown | null, most) => {
            const after = last?.row ?? { partition, offset };
            const rows = await listQuarantine(snapshot, tenantsOf(key), after, most);
            const events = isShown ? await conflictingEvents(rows, deps.unsealing, snapshot.db) : null;
            return rows.map((row) => ({ row, event: events?.get(row) }));
          },
          isShown ? toQuarantineItem : withoutContacts,
          ({ row }) => [row.partition, row.offset],
        ),
      );
    },
  );
}

/** A record in quarantine and, where it is in conflict and may be shown, what it says. */
interface Shown {
  row: QuarantineRow;
  event: LoggedEvent | undefined;
}

/** The parser quotes what it could not read, so the reason alone is told. */
function withoutContacts({ row: { partition, offset, reason, detail } }: Shown) {
  const position = { partition, offset };
  return reason === 'conflict'
    ? { position, reason: 'conflict' as const, detail }
    : { position, reason: 'unreadable' as const, detail: 'The record could not be read.' };
}

/** What the records in conflict say. */
async function conflictingEvents(
  rows: readonly QuarantineRow[],
  unsealing: AppDeps['unsealing'],
  db: ReadSnapshot['db'],
) {
  const conflicts = rows.filter(({ reason }) => reason === 'conflict');
  const events = conflicts.map(({ record, partition, offset }) => decodeRecord(record, partition, offset));
  const opened = await openEvents(unsealing, events, db);
  return new Map(conflicts.map((row, i) => [row, opened[i]]));
}

function toQuarantineItem({ row: { partition, offset, detail, record }, event }: Shown) {
  const position = { partition, offset };
  if (event === undefined)
    return { position, reason: 'unreadable' as const, detail, event: null, record: record.toString('utf8') };
  const { tenant, channel, account, contact } = event;
  const content = { ...toEventItem(event), tenant, channel, account, contact };
  return { position, reason: 'conflict' as const, detail, event: content, record: null };
}
