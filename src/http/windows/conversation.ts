import { z } from 'zod';
import {
  CUSTOMER_SERVICE_MS,
  hasCustomerServiceWindow,
  hasTemplates,
  normaliseParty,
} from '../../domain/conversation.ts';
import { isoInstant } from '../../domain/instant.ts';
import { type ConversationState, conversationAt, type Orphan } from '../../projection/read/conversation.ts';
import { namesOf } from '../../projection/read/opened.ts';
import { conversationOf } from '../../projection/read/parties.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import type { WindowRow } from '../../projection/tables/windows.ts';
import { unsealingOver } from '../../projection/unsealing.ts';
import { instantIn } from '../../schemas.ts';
import { erasedName } from '../../sealing/names.ts';
import { tenantSettings } from '../../store/tenants.ts';
import { asOf, asOfSchema } from '../conventions/as-of.ts';
import {
  instantOut,
  partyQuery,
  positionSchema,
  requireParty,
  tenantParams,
} from '../conventions/schemas.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';
import { type WindowItem, windowItem, windowItemSchema } from './window-item.ts';

const query = z.strictObject({
  channel: partyQuery.channel.unwrap(),
  account: partyQuery.account.unwrap(),
  contact: partyQuery.contact.unwrap(),
  at: instantIn.optional().meta({ description: 'Default: now' }),
});

export const conversationSchema = z
  .object({
    window: windowItemSchema.nullable().meta({ description: 'The open one' }),
    customerService: z.object({ open: z.boolean(), closesAt: instantOut.nullable() }),
    freeTextAllowed: z.boolean(),
    templateWouldOpen: z.literal('active').nullable(),
    windows: z.array(windowItemSchema).meta({ description: 'The last 20, newest first' }),
    orphans: z
      .array(
        z.object({
          id: z.string().meta({ description: 'Of the event' }),
          occurredAt: instantOut,
          position: positionSchema,
        }),
      )
      .meta({ description: 'The last 20 free texts sent while no window was open, newest first' }),
    asOf: asOfSchema,
  })
  .meta({ id: 'Conversation' });

/** What a chat screen asks before it shows the yellow tag, or a campaign tool before it quotes a send. */
export function conversationRoutes(
  app: App,
  deps: Pick<
    AppDeps,
    'db' | 'clock' | 'defaultTimeZone' | 'partitions' | 'logEnds' | 'sealing' | 'unsealing'
  >,
): void {
  app.get(
    '/v1/tenants/:tenant/conversation',
    {
      config: { scope: 'usage:read' },
      schema: {
        tags: ['Windows'],
        operationId: 'getConversation',
        summary: 'A conversation at an instant, from what had occurred by then',
        params: tenantParams,
        querystring: query,
        response: {
          200: conversationSchema,
          ...problemResponses('invalid-request'),
        },
      },
    },
    async ({ params: { tenant }, query }) => {
      requireParty(query);
      const { channel, at = deps.clock() } = query;
      const account = normaliseParty(channel, query.account);
      const contact = normaliseParty(channel, query.contact);
      const party = { tenant, channel, account, contact };
      const read = async (snapshot: ReadSnapshot) => {
        const settings = await tenantSettings(snapshot.db, [tenant], deps.defaultTimeZone);
        const own = settings.get(tenant);
        if (own === undefined) throw new Error('a tenant without settings');
        const conversation = await conversationOf(snapshot, deps.sealing.hashes, party);
        const asked = { conversation, party, settings: own };
        const state = await openState(
          snapshot,
          deps.unsealing,
          await conversationAt(snapshot, asked, at, unsealingOver(deps.unsealing, snapshot.db)),
        );
        const { open, customerService, ...allowed } = permissions(channel, state, at);
        return {
          window: open === null ? null : itemOf(open, contact),
          customerService: {
            open: customerService.open,
            closesAt: customerService.closesAt === null ? null : isoInstant(customerService.closesAt),
          },
          ...allowed,
          windows: state.windows.map((window) => itemOf(window, contact)),
          orphans: state.orphans.map(orphanOf),
          asOf: await asOf(snapshot, deps),
        };
      };
      return await readSnapshot(deps.db, read, { byIndex: true });
    },
  );
}

function itemOf(window: WindowRow, contact: string): WindowItem {
  return windowItem({
    ...window,
    contact,
    openedAt: window.opened_at,
    closesAt: window.closes_at,
    openedBy: window.opened_by,
  });
}

/** The same with the ids of what opened its windows and of its orphans. */
async function openState(
  snapshot: ReadSnapshot,
  unsealing: AppDeps['unsealing'],
  state: ConversationState,
): Promise<ConversationState> {
  const keys = [
    ...state.windows.flatMap(({ conversation, opener, opened_by }) =>
      opened_by === '' ? [{ conversation, key: opener }] : [],
    ),
    ...state.orphans.filter(({ id }) => id === ''),
  ];
  const names = await namesOf(snapshot, unsealing, keys);
  const idOf = (conversation: string, key: string) => names.get(conversation + key)?.id ?? erasedName(key);
  return {
    ...state,
    windows: state.windows.map((window) => ({
      ...window,
      opened_by: window.opened_by || idOf(window.conversation, window.opener),
    })),
    orphans: state.orphans.map((orphan) => ({
      ...orphan,
      id: orphan.id || idOf(orphan.conversation, orphan.key),
    })),
  };
}

function orphanOf({ id, at, partition, offset }: Orphan) {
  return { id, occurredAt: isoInstant(at), position: { partition, offset } };
}

/** What the agent may do at an instant (ms). Contract section 1, "customer service window", and rule 2. */
function permissions(
  channel: string,
  { windows: [last], contactWroteAt }: Awaited<ReturnType<typeof conversationAt>>,
  at: number,
) {
  const open = last !== undefined && at < last.closes_at ? last : null;
  const hasService = hasCustomerServiceWindow(channel);
  const closesAt = hasService && contactWroteAt !== null ? contactWroteAt + CUSTOMER_SERVICE_MS : null;
  const serviceOpen = closesAt !== null && at < closesAt;
  return {
    open,
    customerService: { open: serviceOpen, closesAt: serviceOpen ? closesAt : null },
    freeTextAllowed: serviceOpen || !hasService,
    templateWouldOpen: hasTemplates(channel) && open === null ? ('active' as const) : null,
  };
}
