import { z } from 'zod';
import {
  CUSTOMER_SERVICE_MS,
  hasCustomerServiceWindow,
  hasTemplates,
  normaliseParty,
} from '../../domain/conversation.ts';
import { EVENT_CLASS, type Ordered } from '../../domain/event.ts';
import { isoInstant } from '../../domain/instant.ts';
import type { RuleTimeline } from '../../domain/rule.ts';
import { type FoldMessage, fold, type Window } from '../../domain/window.ts';
import { conversationHash, type EventDetail } from '../../log/record/record.ts';
import { verdictsOf, withRelatives } from '../../projection/fates.ts';
import { type FullEvent, messagesUpTo } from '../../projection/read/events.ts';
import { type ReadSnapshot, readSnapshot } from '../../projection/read/snapshot.ts';
import { KIND_CODES } from '../../projection/tables/windows.ts';
import { instantIn } from '../../schemas.ts';
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

const conversationSchema = z
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
  deps: Pick<AppDeps, 'db' | 'clock' | 'defaultTimeZone' | 'partitions' | 'logEnds'>,
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
      const conversation = conversationHash({ tenant, channel, account, contact });
      return await readSnapshot(deps.db, async (snapshot) => {
        const settings = await tenantSettings(snapshot.db, [tenant], deps.defaultTimeZone);
        const rules = settings.get(tenant)?.rules;
        if (rules === undefined) throw new Error('a tenant without settings');
        const state = await conversationAt(snapshot, { conversation, channel, rules }, at);
        const { open, customerService, ...allowed } = permissions(channel, state, at);
        const item = (window: Window<JudgedMessage>) => itemOf(window, { channel, account, contact });
        return {
          window: open === null ? null : item(open),
          customerService: {
            open: customerService.open,
            closesAt: customerService.closesAt === null ? null : isoInstant(customerService.closesAt),
          },
          ...allowed,
          windows: state.windows.map(item).reverse(),
          orphans: state.orphans.map(orphanOf).reverse(),
          asOf: await asOf(snapshot, deps),
        };
      });
    },
  );
}

function itemOf(
  { kind, openedAt, closesAt, opener, rule }: Window<JudgedMessage>,
  party: { channel: string; account: string; contact: string },
): WindowItem {
  const sent: EventDetail = kind === 'active' && opener.detail !== null ? JSON.parse(opener.detail) : {};
  return windowItem({
    ...party,
    conversation: opener.conversation,
    opener: opener.key,
    kind: KIND_CODES[kind],
    openedAt,
    closesAt,
    openedBy: opener.id,
    partition: opener.partition,
    offset: opener.offset,
    origin: sent.origin ?? null,
    category: sent.template?.category ?? null,
    campaign: sent.campaign ?? null,
    rule: rule.rule,
  });
}

function orphanOf({ id, at, partition, offset }: JudgedMessage) {
  return { id, occurredAt: isoInstant(at), position: { partition, offset } };
}

type JudgedMessage = FoldMessage & FullEvent;

/** A conversation as it was at an instant; newest last. */
interface ConversationState {
  windows: Window<JudgedMessage>[];
  orphans: JudgedMessage[];
  /** Instant (ms) of the contact's latest message. */
  contactWroteAt: number | null;
}

/** How many windows and orphans are kept. */
const KEPT = 20;
/** Messages read at once: a conversation of any length is folded in bounded memory. */
const PAGE = 2_000;

/** Folds the events of a conversation that occurred by an instant (ms, inclusive), receipts and voids included. */
async function conversationAt(
  snapshot: ReadSnapshot,
  { conversation, channel, rules }: { conversation: string; channel: string; rules: RuleTimeline },
  at: number,
): Promise<ConversationState> {
  const state: ConversationState = { windows: [], orphans: [], contactWroteAt: null };
  let page: FullEvent[];
  let after: Ordered | null = null;
  do {
    page = await messagesUpTo(snapshot, conversation, at, after, PAGE);
    const messages = effective(page, await withRelatives(snapshot, page, at));
    const open = state.windows.pop() ?? null;
    const start = { window: open, contactWroteAt: state.contactWroteAt };
    const { windows, orphans } = fold(channel, messages, rules, start);
    state.windows = [...state.windows, ...windows].slice(-KEPT);
    state.orphans = [...state.orphans, ...orphans].slice(-KEPT);
    const received = messages.findLast((message) => message.class === EVENT_CLASS.received);
    state.contactWroteAt = received?.at ?? state.contactWroteAt;
    after = page.at(-1) ?? null;
  } while (page.length === PAGE);
  return state;
}

function effective(page: readonly FullEvent[], related: readonly FullEvent[]): JudgedMessage[] {
  const verdicts = verdictsOf(related);
  return page
    .filter((message) => verdicts.fate(message) === 'effective')
    .map((message) => ({ ...message, delivered: verdicts.delivered(message) }));
}

/** What the agent may do at an instant (ms). Contract section 1, "customer service window", and rule 2. */
function permissions(channel: string, { windows, contactWroteAt }: ConversationState, at: number) {
  const last = windows.at(-1);
  const open = last !== undefined && at < last.closesAt ? last : null;
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
