import { expect, test } from '@jest/globals';
import { encodeEvent } from '../../test/support/former-record.ts';
import { EVENT_CLASS } from '../domain/event.ts';
import { decodeRecord } from '../log/record/record.ts';
import { sameContent, verdictsOf } from './fates.ts';
import type { FullEvent } from './read/events.ts';

const unkeyed = (content: string) => content;

function logged(category: string, name = 'sale') {
  const party = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
  const sent = { id: 'm1', type: 'message.sent', occurredAt: 0, origin: 'api', message: 'm1' } as const;
  return decodeRecord(encodeEvent({ ...party, ...sent, template: { name, category } }, 0, 'k', 4).value);
}

test('a template that was logged before categories were lower-cased is the same as the one posted again now', () => {
  expect(logged('MARKETING').class).toBe(EVENT_CLASS.template);
  expect(sameContent(logged('MARKETING'), logged('marketing'), unkeyed)).toBe(true);
  expect(sameContent(logged('marketing'), logged('utility'), unkeyed)).toBe(false);
  expect(sameContent(logged('MARKETING', 'Sale'), logged('marketing'), unkeyed)).toBe(false);
});

function event(key: string, eventClass: FullEvent['class'], ref: string | null = null): FullEvent {
  const place = { conversation: 'c', at: 0, id: key, partition: 0, offset: 0, detail: null };
  return {
    ...place,
    key,
    ref,
    class: eventClass,
    receivedAt: 0,
    keyId: 'k',
    metadata: null,
    who: null,
    content: null,
  };
}

const MESSAGE = event('message', EVENT_CLASS.freeText);
const FAILED = event('failed', EVENT_CLASS.failed, 'message');
const STORED = [
  MESSAGE,
  FAILED,
  event('void of failed', EVENT_CLASS.void, 'failed'),
  event('other', EVENT_CLASS.template, 'name'),
  event('read', EVENT_CLASS.read, 'name'),
];

test('a message failed, unless the receipt that says so was voided', () => {
  expect(verdictsOf(STORED).fate(MESSAGE)).toBe('effective');
  expect(verdictsOf([MESSAGE, FAILED]).fate(MESSAGE)).toBe('failed');
});

test('a message that has a name is the one that its receipts name, whatever its own id', () => {
  const related = STORED.filter(({ key }) => key === 'other' || key === 'read');
  const verdicts = verdictsOf(related);
  expect(related.map((found) => [found.key, verdicts.applies(found), verdicts.delivered(found)])).toEqual([
    ['other', true, true],
    ['read', true, false],
  ]);
});
