import { normaliseParty } from '../domain/conversation.ts';
import { Problem } from './problem.ts';
import { text, token } from './schemas.ts';

const party = text(1, 256).optional().meta({ description: 'Compared after normalising it as ingest does' });

/** Query parameters that name a side of a conversation. */
export const partyQuery = { channel: token.optional(), account: party, contact: party };

/** Throws the problem `invalid-request` for an account or contact of which normalising leaves nothing. */
export function requireParty(query: {
  channel?: string | undefined;
  account?: string | undefined;
  contact?: string | undefined;
}): void {
  for (const name of ['account', 'contact'] as const) {
    const value = query[name];
    if (value !== undefined && normaliseParty(query.channel ?? '', value) === '')
      throw new Problem('invalid-request', `${name}: is empty after normalising`, {
        members: { errors: [{ parameter: name, detail: 'is empty after normalising' }] },
      });
  }
}
