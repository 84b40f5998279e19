/** All that is kept about one person. Contract section 9. */

import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { listLinks, showLink } from '../../intake/contacts/links.ts';
import { partiesOf } from '../../privacy/erasures.ts';
import type { EventPlace } from '../../projection/read/event-pages.ts';
import { openWindows } from '../../projection/read/opened.ts';
import { conversationsWith } from '../../projection/read/parties.ts';
import { type OpenSnapshot, openSnapshot } from '../../projection/read/snapshot.ts';
import { listWindows, type StoredWindow } from '../../projection/read/windows.ts';
import { text } from '../../schemas.ts';
import { channelIn, tenantParams } from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { listedEvent } from '../events/event-list.ts';
import { type EventsPage, searchEvents, showFound } from '../events/event-search.ts';
import { problemResponses, valueFrom } from '../problems/problem.ts';
import { linkSchema } from '../tenants/contact-links.ts';
import { windowItem, windowItemSchema } from '../windows/window-item.ts';

type DataDeps = Pick<AppDeps, 'db' | 'slowDb' | 'sealing' | 'unsealing'>;

const dataSchema = z
  .object({
    tenant: z.string(),
    channel: z.string(),
    contact: z.string().meta({ description: 'In normal form; of an alias the contact that it is linked to' }),
    links: z.array(linkSchema).meta({ description: 'Aliases of the contact' }),
    windows: z.array(windowItemSchema).meta({ description: 'By (openedAt, id)' }),
    events: z.array(listedEvent).meta({ description: 'By conversation, then as they count' }),
  })
  .meta({ id: 'PersonalData' });

/** Rows per step of the stream. */
const AT_ONCE = 1_000;

export function personalDataRoutes(app: App, deps: DataDeps): void {
  app.get(
    '/v1/tenants/:tenant/contacts/:channel/:contact/data',
    {
      config: { scope: 'privacy', slow: true },
      schema: {
        tags: ['Privacy'],
        operationId: 'getPersonalData',
        summary: 'All that is kept about one person',
        description:
          'On every account, under every alias that is linked to the contact. What is erased reads `erased:<hash>`. The answer is a stream: one that is cut short is no JSON.',
        params: tenantParams.extend({
          channel: channelIn,
          contact: text(1, 256).meta({ description: 'Or one of the aliases, compared after normalising' }),
        }),
        response: { 200: dataSchema, ...problemResponses('invalid-request') },
      },
    },
    async ({ params }, reply) => {
      const { parties } = valueFrom(await partiesOf(deps, { ...params, account: null }));
      const pieces = piecesOf(deps, params, parties);
      // What fails early is a problem document.
      const first = await pieces.next();
      const stream = Readable.from(from(first.value ?? '', pieces), { objectMode: false });
      stream.once('close', () => {
        pieces
          .return(undefined)
          .catch((error: unknown) => reply.log.warn({ err: error }, 'a stream did not end well'));
      });
      return sendStream(reply, stream);
    },
  );
}

function sendStream(reply: FastifyReply, body: Readable): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(body);
}

async function* from(first: string, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

interface Whose {
  tenant: string;
  channel: string;
}

async function* piecesOf(
  deps: DataDeps,
  { tenant, channel }: Whose,
  parties: readonly string[],
): AsyncGenerator<string> {
  const snapshot = await openSnapshot(deps.slowDb, { byIndex: true });
  try {
    const whose = { tenant, channel };
    const [contact = ''] = parties;
    const links = await listLinks(
      { ...deps, db: snapshot.db },
      { ...whose, contact },
      { after: null, limit: AT_ONCE },
    );
    const start = JSON.stringify({ ...whose, contact, links: links.map(showLink) });
    yield `${start.slice(0, -1)},"windows":[`;
    yield* joined(windowsOf(snapshot, deps, whose, parties));
    yield '],"events":[';
    yield* joined(eventsOf(snapshot, deps, whose, parties));
    yield ']}';
  } finally {
    await snapshot.close();
  }
}

async function* joined(pages: AsyncGenerator<readonly unknown[]>): AsyncGenerator<string> {
  let isFirst = true;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield `${isFirst ? '' : ','}${page.map((item) => JSON.stringify(item)).join(',')}`;
    isFirst = false;
  }
}

async function* windowsOf(
  snapshot: OpenSnapshot,
  { sealing, unsealing }: DataDeps,
  whose: Whose,
  parties: readonly string[],
): AsyncGenerator<readonly unknown[]> {
  const { tenant, channel } = whose;
  const conversations: string[] = [];
  for (const contact of parties)
    conversations.push(...(await conversationsWith(snapshot, sealing.hashes, { ...whose, contact })));
  let rows: StoredWindow[];
  let last: StoredWindow | null = null;
  do {
    rows = await listWindows(snapshot, { tenant, channel, conversations, opened: null }, last, AT_ONCE);
    yield (await openWindows(snapshot, unsealing, rows)).map(windowItem);
    last = rows.at(-1) ?? null;
  } while (rows.length === AT_ONCE);
}

async function* eventsOf(
  snapshot: OpenSnapshot,
  deps: DataDeps,
  whose: Whose,
  parties: readonly string[],
): AsyncGenerator<readonly unknown[]> {
  for (const contact of parties)
    for (let place: EventPlace | null = null, more = true; more; ) {
      const { found, next }: EventsPage = await searchEvents(
        snapshot,
        deps,
        { ...whose, contact },
        place,
        AT_ONCE,
      );
      yield found.map(showFound);
      place = next;
      more = next !== null;
    }
}
