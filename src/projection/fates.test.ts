import { expect, test } from '@jest/globals';
import { EVENT_CLASS } from '../domain/event.ts';
import { decodeRecord, encodeEvent } from '../log/record/record.ts';
import { sameContent } from './fates.ts';

function logged(category: string, name = 'sale') {
  const party = { tenant: 'acme', channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };
  const sent = { id: 'm1', type: 'message.sent', occurredAt: 0, origin: 'api', message: 'm1' } as const;
  return decodeRecord(encodeEvent({ ...party, ...sent, template: { name, category } }, 0, 'k', 4).value);
}

test('a template that was logged before categories were lower-cased is the same as the one posted again now', () => {
  expect(logged('MARKETING').class).toBe(EVENT_CLASS.template);
  expect(sameContent(logged('MARKETING'), logged('marketing'))).toBe(true);
  expect(sameContent(logged('marketing'), logged('utility'))).toBe(false);
  expect(sameContent(logged('MARKETING', 'Sale'), logged('marketing'))).toBe(false);
});
