/** A payload of a connection into the log: what it says as events, its links first, and the rest kept. */

import type { Kysely } from 'kysely';
import type { Logger } from 'pino';
import { normaliseParty } from '../../domain/conversation.ts';
import type { Outcome } from '../../domain/refusal.ts';
import type { Tables } from '../../store/tables.ts';
import type { KnownLinks } from '../contacts/known-links.ts';
import { type Alias, aliasOf } from '../contacts/links.ts';
import { type TakeDeps, takeEvents } from '../take-events.ts';
import type { SeenLink } from '../whatsapp/part.ts';
import type { MappedPayload } from '../whatsapp/payload.ts';
import type { Sealer } from './connections.ts';
import type { OpenConnection } from './known-connections.ts';
import {
  explainUnmapped,
  forgetUnmapped,
  keepUnmapped,
  listUnmapped,
  type UnmappedPart,
} from './unmapped.ts';

export interface PayloadDeps extends TakeDeps {
  db: Kysely<Tables>;
  sealer: Sealer;
  /** Makes a contact link; refuses as `putLink` does. */
  putLink(alias: Alias, contact: string, change: LinkChange): Promise<Outcome<unknown>>;
  contactLinks: Pick<KnownLinks, 'contactOf' | 'refresh'>;
  logger: Pick<Logger, 'warn'>;
}

interface LinkChange {
  actor: string;
  /** ms */
  at: number;
}

/**
 * Takes a payload; once it resolves nothing of it can be lost. Rejects where it took not all of it: then the same
 * payload is to come again, and what was taken is met as duplicates. `receivedAt` is in ms.
 */
export async function takePayload(
  deps: PayloadDeps,
  connection: OpenConnection,
  payload: unknown,
  receivedAt: number,
): Promise<{ events: number; unmapped: number }> {
  const mapped = connection.read(payload);
  const left = await take(deps, connection, mapped, receivedAt);
  await keepUnmapped(deps.db, deps.sealer, connection, left, receivedAt);
  return { events: mapped.events.length + mapped.unmapped.length - left.length, unmapped: left.length };
}

/** Parts in hand at once. */
const AT_ONCE = { limit: 100, mostBytes: 4 * 1024 * 1024 };

/** Maps again what could not be mapped, `most` parts at most, in the order in which they came. */
export async function retryUnmapped(
  deps: PayloadDeps,
  connection: OpenConnection,
  receivedAt: number,
  most: number,
): Promise<{ retried: number; taken: number }> {
  let after = 0;
  let retried = 0;
  let taken = 0;
  while (retried < most) {
    const parts = await listUnmapped(deps.db, deps.sealer, connection.name, { after, ...AT_ONCE });
    const last = parts.at(-1);
    if (last === undefined) break;
    const mapped = parts.map(({ payload }) => connection.read(payload));
    const left = await take(deps, connection, merged(mapped), receivedAt);
    const whyNot = new Map(left.map((part) => [JSON.stringify(part.payload), part]));
    const gone = parts.filter(({ payload }) => !whyNot.has(JSON.stringify(payload)));
    await forgetUnmapped(
      deps.db,
      gone.map(({ id }) => id),
    );
    await explainUnmapped(
      deps.db,
      parts.flatMap(({ id, payload }) => {
        const part = whyNot.get(JSON.stringify(payload));
        return part === undefined ? [] : { id, reason: part.reason, detail: part.detail };
      }),
    );
    retried += parts.length;
    taken += gone.length;
    after = last.id;
  }
  return { retried, taken };
}

function merged(payloads: readonly MappedPayload[]): MappedPayload {
  return {
    events: payloads.flatMap(({ events }) => events),
    skipped: [],
    unmapped: payloads.flatMap(({ unmapped }) => unmapped),
    links: payloads.flatMap(({ links }) => links),
  };
}

/** One append; answers what became no event. */
async function take(
  deps: PayloadDeps,
  connection: OpenConnection,
  { events, unmapped, links }: MappedPayload,
  receivedAt: number,
): Promise<UnmappedPart[]> {
  await makeLinks(deps, links, { actor: connection.key.id, at: receivedAt });
  const values = events.map(({ event }) => event);
  const items = values.length === 0 ? [] : await takeEvents(deps, values, connection.key, receivedAt);
  const rejected = items.flatMap(({ index, result }): UnmappedPart[] => {
    const part = events[index];
    if (!('rejection' in result) || part === undefined) return [];
    const { pointer, detail } = result.rejection;
    return [{ reason: 'rejected', detail: `${pointer}: ${detail}`, payload: part.alone() }];
  });
  return [
    ...unmapped.map(({ reason, detail, alone }) => ({ reason, detail, payload: alone() })),
    ...rejected,
  ];
}

/** Before the events: they are logged under the number then. A link that would contradict one that stands is not made. */
async function makeLinks(
  { putLink, contactLinks, logger }: PayloadDeps,
  links: readonly SeenLink[],
  change: LinkChange,
): Promise<void> {
  const seen = new Set<string>();
  let made = 0;
  for (const { tenant, channel, alias, contact } of links) {
    const key = JSON.stringify([tenant, alias]);
    if (seen.has(key)) continue;
    seen.add(key);
    const named = aliasOf(tenant, channel, alias);
    if (
      !named.ok ||
      contactLinks.contactOf(tenant, channel, named.value.alias) === normaliseParty(channel, contact)
    )
      continue;
    const put = await putLink(named.value, contact, change);
    if (put.ok) made++;
    else
      logger.warn(
        { tenant, problem: put.refusal.problem },
        'a payload shows a contact link that cannot be made',
      );
  }
  if (made > 0) await contactLinks.refresh();
}
