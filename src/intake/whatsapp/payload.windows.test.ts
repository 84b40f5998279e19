import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { change, inbound, payload, status, WABA } from '../../../test/support/whatsapp-payloads.ts';
import type { Event } from '../../domain/event.ts';
import { foldHistories } from '../../domain/history.ts';
import { readEvent } from '../read-event.ts';
import { payloadReader } from './payload.ts';

const read = payloadReader({ sends: 'from-status', tenants: { [WABA]: 'acme' }, tenant: null });
const RULES = [{ from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' }] as const;
const START = 1_793_710_800;

/** The windows that payloads come to, with what opened each. */
function windowsOf(payloads: readonly unknown[]): string[] {
  const events = payloads.flatMap((body) =>
    read(body).events.map(({ event }): Event => {
      const result = readEvent(event, Number.POSITIVE_INFINITY);
      if ('rejection' in result) throw new Error(JSON.stringify(result.rejection));
      return result.event;
    }),
  );
  return [...foldHistories(events, () => RULES)]
    .flatMap(({ conversation, windows }) =>
      windows.map(({ kind, openedAt }) => `${conversation.contact} ${kind} ${openedAt}`),
    )
    .sort();
}

const at = (seconds: number) => ({ timestamp: String(START + seconds) });

test('an edit at 24 h 05 opens nothing, and neither does a history', () => {
  const first = payload(change(inbound({ id: 'a', ...at(0) })));
  const edit = payload(change(inbound({ id: 'e', type: 'edit', ...at(86_700) })));
  const thread = {
    id: '5521987654321',
    messages: [{ id: 'h', from: '5521987654321', type: 'text', ...at(0) }],
  };
  const history = payload(change({ history: [{ threads: [thread] }] }, 'history'));
  expect(windowsOf([first, edit, history])).toEqual(windowsOf([first]));
  expect(windowsOf([first])).toHaveLength(1);
});

const person = fc.constantFrom('5511987654321', '5521987654321', 'BR.7');
const moment = fc.integer({ min: 0, max: 4 * 86_400 }).map(at);
const id = fc.nat({ max: 12 }).map((number) => `wamid.${number}`);

const message = fc
  .record({ from: person, moment, id, type: fc.constantFrom('text', 'image', 'reaction', 'edit') })
  .map(({ from, moment: when, id: own, type }) => {
    const isNumber = !from.startsWith('BR.');
    const value = inbound(
      {
        id: `in.${own}.${from}.${when.timestamp}`,
        type,
        ...when,
        from: isNumber ? from : undefined,
        from_user_id: isNumber ? undefined : from,
      },
      isNumber ? { wa_id: from } : { wa_id: undefined, user_id: from },
    );
    return change(value);
  });

const sent = fc
  .record({
    id,
    name: fc.constantFrom('sent', 'delivered', 'read', 'failed'),
  })
  // What a message is follows from its id: Meta tells the same of it every time.
  .map(({ id: own, name }) => {
    const number = Number(own.slice(6));
    const pricing = { category: number % 3 === 0 ? 'service' : 'utility' };
    const recipient = number % 2 === 0 ? '5511987654321' : '5521987654321';
    return change(
      status({ id: own, status: name, pricing, recipient_id: recipient, ...at(number * 30_000) }),
    );
  });

test('any split, order and repetition of the same payloads gives the same windows', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(message, sent), { minLength: 1, maxLength: 25 }),
      fc.array(fc.nat({ max: 24 }), { maxLength: 10 }),
      fc.infiniteStream(fc.nat({ max: 1_000 })),
      (changes, repeated, order) => {
        const whole = windowsOf([payload(...changes)]);
        const again = [...changes, ...repeated.flatMap((index) => changes[index] ?? [])];
        const shuffled = again
          .map((one) => ({ one, place: order.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => payload(one));
        expect(windowsOf(shuffled)).toEqual(whole);
      },
    ),
    { numRuns: 200 },
  );
});
