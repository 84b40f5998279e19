import { describe, expect, test } from '@jest/globals';
import { type EventResult, readEvent } from './read-event.ts';

const NOW = Date.parse('2026-11-03T13:00:00Z');

const RECEIVED = {
  id: 'm1',
  type: 'message.received',
  tenant: 'acme',
  channel: 'whatsapp',
  account: '551140000001',
  contact: '5511987654321',
  occurredAt: '2026-11-03T10:00:00-03:00',
};
const SENT = { ...RECEIVED, type: 'message.sent', template: { name: 'order_update', category: 'utility' } };
const RECEIPT = { ...RECEIVED, id: 'm1:read', type: 'message.read', message: 'm1' };
const VOID = {
  ...RECEIVED,
  id: 'v1',
  type: 'event.voided',
  target: 'm1',
  reason: 'sent to the wrong contact',
  actor: 'ana',
};

function without(event: Record<string, unknown>, name: string): Record<string, unknown> {
  const { [name]: _, ...rest } = event;
  return rest;
}

function eventOf(result: EventResult) {
  if ('rejection' in result) throw new Error(`${result.rejection.pointer} ${result.rejection.detail}`);
  return result.event;
}

function rejectionOf(result: EventResult) {
  if ('event' in result) throw new Error('the event was accepted');
  return result.rejection;
}

describe('an event is normalised', () => {
  test('a received message: party reduced, instant in ms', () => {
    const raw = { ...RECEIVED, account: ' +55 (11) 4000-0001 ', contact: '551187654321' };
    expect(eventOf(readEvent(raw, NOW))).toEqual({
      ...RECEIVED,
      account: '551140000001',
      contact: '5511987654321',
      occurredAt: NOW,
    });
  });

  test('a sent message is from the API and named by its id unless it says otherwise', () => {
    expect(eventOf(readEvent(SENT, NOW))).toMatchObject({ origin: 'api', message: 'm1' });
    expect(eventOf(readEvent({ ...SENT, origin: 'bot', message: 'w1', campaign: 'c' }, NOW))).toMatchObject({
      origin: 'bot',
      message: 'w1',
      campaign: 'c',
    });
  });

  test('an error code may be a number', () => {
    const raw = { ...RECEIPT, type: 'message.failed', error: { code: 131026, title: 'Undeliverable' } };
    expect(eventOf(readEvent(raw, NOW)).error).toEqual({ code: '131026', title: 'Undeliverable' });
  });

  test('metadata stays as it came, __proto__ and all', () => {
    const raw: unknown = JSON.parse(
      `${JSON.stringify(RECEIVED).slice(0, -1)},"metadata":{"__proto__":{"a":1},"text":"a\\u0001b","constructor":2}}`,
    );
    const { metadata } = eventOf(readEvent(raw, NOW));
    expect(JSON.stringify(metadata)).toBe('{"__proto__":{"a":1},"text":"a\\u0001b","constructor":2}');
    expect(({} as { a?: number }).a).toBeUndefined();
  });

  test.each([
    ['a void', VOID],
    ['a void of itself', { ...VOID, target: 'v1' }],
    ['an activity', { ...RECEIVED, type: 'activity.transfer' }],
    ['free text', without(SENT, 'template')],
    ['an id of 256 astral characters', { ...RECEIVED, id: '😀'.repeat(256) }],
    ['an emoji in a contact elsewhere', { ...RECEIVED, channel: 'webchat', contact: 'ana 😀' }],
    ['5 minutes in the future', { ...RECEIVED, occurredAt: '2026-11-03T13:05:00Z' }],
    ['ninety years ago', { ...RECEIVED, occurredAt: '1936-11-03T13:00:00Z' }],
    ['an empty title', { ...RECEIPT, error: { code: '1', title: '' } }],
    ['metadata of 4096 bytes', { ...RECEIVED, metadata: { a: 'é'.repeat(2044) } }],
    ['empty metadata', { ...RECEIVED, metadata: {} }],
    ['deep metadata', { ...RECEIVED, metadata: { a: nested(1_000) } }],
  ])('%s is accepted', (_, raw) => {
    eventOf(readEvent(raw, NOW));
  });
});

function nested(depth: number): unknown {
  return JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
}

describe('bad input is rejected, and the place named', () => {
  const lone = '\ud800';
  test.each<[string, unknown, string]>([
    ['null', null, ''],
    ['a number', 1, ''],
    ['text', 'event', ''],
    ['an array', [RECEIVED], ''],
    ['an empty object', {}, '/type'],
    ['no type', without(RECEIVED, 'type'), '/type'],
    ['a type of another kind', { ...RECEIVED, type: 7 }, '/type'],
    ['an unknown type', { ...RECEIVED, type: 'message.deleted' }, '/type'],
    ['a type that is a name of Object.prototype', { ...RECEIVED, type: 'constructor' }, '/type'],
    ['an activity without a name', { ...RECEIVED, type: 'activity.' }, '/type'],
    ...['id', 'tenant', 'channel', 'account', 'contact', 'occurredAt'].flatMap(
      (name): [string, unknown, string][] => [
        [`no ${name}`, without(RECEIVED, name), `/${name}`],
        [`${name} null`, { ...RECEIVED, [name]: null }, `/${name}`],
        [`${name} a number`, { ...RECEIVED, [name]: 1 }, `/${name}`],
        [`${name} an object`, { ...RECEIVED, [name]: {} }, `/${name}`],
        [`${name} empty`, { ...RECEIVED, [name]: '' }, `/${name}`],
      ],
    ),
    ['an id of 257 characters', { ...RECEIVED, id: 'a'.repeat(257) }, '/id'],
    ['an id of 257 astral characters', { ...RECEIVED, id: '😀'.repeat(257) }, '/id'],
    ...['\0', '\n', '\u007f', '\u009f', lone, '\udc00\ud800'].flatMap((bad): [string, unknown, string][] => [
      [`id with ${JSON.stringify(bad)}`, { ...RECEIVED, id: `a${bad}b` }, '/id'],
      [`contact with ${JSON.stringify(bad)}`, { ...RECEIVED, contact: `1${bad}2` }, '/contact'],
      [`reason with ${JSON.stringify(bad)}`, { ...VOID, reason: `a${bad}` }, '/reason'],
      [
        `template name with ${JSON.stringify(bad)}`,
        { ...SENT, template: { name: bad, category: 'x' } },
        '/template/name',
      ],
    ]),
    ['a tenant with a space', { ...RECEIVED, tenant: 'a b' }, '/tenant'],
    ['a tenant of 65 characters', { ...RECEIVED, tenant: 'a'.repeat(65) }, '/tenant'],
    ['a tenant that starts with a dot', { ...RECEIVED, tenant: '.a' }, '/tenant'],
    ['a tenant with a line end', { ...RECEIVED, tenant: 'a\n' }, '/tenant'],
    ['a channel with an umlaut', { ...RECEIVED, channel: 'wäb' }, '/channel'],
    ['a contact of dots', { ...RECEIVED, contact: '+ () .' }, '/contact'],
    ['a contact of blanks', { ...RECEIVED, channel: 'webchat', contact: '   ' }, '/contact'],
    ['an account without a digit', { ...RECEIVED, account: '--' }, '/account'],
    ['no offset', { ...RECEIVED, occurredAt: '2026-11-03T10:00:00' }, '/occurredAt'],
    ['Unix seconds', { ...RECEIVED, occurredAt: '1762174800' }, '/occurredAt'],
    ['a leap second', { ...RECEIVED, occurredAt: '2016-12-31T23:59:60Z' }, '/occurredAt'],
    ['a date that does not exist', { ...RECEIVED, occurredAt: '2026-02-30T10:00:00Z' }, '/occurredAt'],
    ['an unknown field', { ...RECEIVED, ocurredAt: 'x' }, '/ocurredAt'],
    ['a field with a slash', { ...RECEIVED, 'a/b~c': 1 }, '/a~1b~0c'],
    [
      '__proto__ as a field',
      JSON.parse(`{"__proto__":{},${JSON.stringify(RECEIVED).slice(1)}`),
      '/__proto__',
    ],
    ['constructor as a field', { ...RECEIVED, constructor: {} }, '/constructor'],
    ['a template on a received message', { ...RECEIVED, template: SENT.template }, '/template'],
    ['an origin on a receipt', { ...RECEIPT, origin: 'api' }, '/origin'],
    ['a message on an activity', { ...RECEIVED, type: 'activity.echo', message: 'm' }, '/message'],
    ['an error on a sent message', { ...SENT, error: { code: '1' } }, '/error'],
    ['a template that is text', { ...SENT, template: 'order_update' }, '/template'],
    ['a template that is null', { ...SENT, template: null }, '/template'],
    ['a template without a name', { ...SENT, template: { category: 'utility' } }, '/template/name'],
    ['a template without a category', { ...SENT, template: { name: 'a' } }, '/template/category'],
    [
      'an unknown field in a template',
      { ...SENT, template: { ...SENT.template, lang: 'pt' } },
      '/template/lang',
    ],
    [
      'a prototype key in a template',
      { ...SENT, template: { ...SENT.template, toString: 'x' } },
      '/template/toString',
    ],
    ['an unknown origin', { ...SENT, origin: 'fax' }, '/origin'],
    ['a campaign with a space', { ...SENT, campaign: 'black friday' }, '/campaign'],
    ['a receipt without a message', without(RECEIPT, 'message'), '/message'],
    ['a receipt with the id of its message', { ...RECEIPT, id: 'm1' }, '/id'],
    ['an error without a code', { ...RECEIPT, error: { title: 'x' } }, '/error/code'],
    ['a broken error code', { ...RECEIPT, error: { code: 1.5 } }, '/error/code'],
    ['an absurd error code', { ...RECEIPT, error: { code: JSON.parse('1e999') as number } }, '/error/code'],
    ['an unknown field in an error', { ...RECEIPT, error: { code: '1', message: 'x' } }, '/error/message'],
    ['a void without a target', without(VOID, 'target'), '/target'],
    ['a void without a reason', without(VOID, 'reason'), '/reason'],
    ['a void without an actor', without(VOID, 'actor'), '/actor'],
    ['metadata that is an array', { ...RECEIVED, metadata: [] }, '/metadata'],
    ['metadata that is null', { ...RECEIVED, metadata: null }, '/metadata'],
    ['metadata of 4097 bytes', { ...RECEIVED, metadata: { a: `${'é'.repeat(2044)}x` } }, '/metadata'],
    ['metadata with NUL', { ...RECEIVED, metadata: { a: ['\0'] } }, '/metadata'],
    ['metadata with NUL in a name', { ...RECEIVED, metadata: { 'a\0': 1 } }, '/metadata'],
    ['metadata with a lone surrogate', { ...RECEIVED, metadata: { a: { b: lone } } }, '/metadata'],
    ['metadata with an absurd number', { ...RECEIVED, metadata: JSON.parse('{"a":1e999}') }, '/metadata'],
    ['metadata deeper than the stack', { ...RECEIVED, metadata: { a: nested(400_000) } }, '/metadata'],
  ])('%s', (_, raw, pointer) => {
    expect(rejectionOf(readEvent(raw, NOW))).toMatchObject({ problem: 'invalid-event', pointer });
  });

  test.each<[string, unknown, string[]]>([
    [
      'an unknown field',
      { ...RECEIVED, ocurredAt: 'x' },
      ['"ocurredAt"', 'did you mean occurredAt?', 'metadata'],
    ],
    ['a field in another style', { ...RECEIVED, occurred_at: 'x' }, ['did you mean occurredAt?']],
    ['a field of another type', { ...RECEIVED, campaign: 'c' }, ['known are id, type']],
    [
      'an unknown field in a template',
      { ...SENT, template: { ...SENT.template, langauge: 'pt' } },
      ['did you mean language?; known are name, category, language'],
    ],
    [
      'a misspelt type',
      { ...RECEIVED, type: 'message.recieved' },
      ['did you mean message.received?', 'event.voided'],
    ],
    ['a type cut short', { ...RECEIVED, type: 'delivered' }, ['did you mean message.delivered?']],
    ['a type of nothing', { ...RECEIVED, type: 'x'.repeat(50_000) }, ['activity.<name>']],
    ['no type', without(RECEIVED, 'type'), ['message.received', 'activity.<name>']],
    ['null', null, ['not null']],
    ['a body of Meta', { object: 'whatsapp_business_account', entry: [] }, ["Meta's webhook", 'occurredAt']],
    ['a change of Meta', { messaging_product: 'whatsapp', statuses: [] }, ["Meta's webhook", 'occurredAt']],
  ])('%s is told what is known', (_, raw, parts) => {
    const { detail } = rejectionOf(readEvent(raw, NOW));
    for (const part of parts) expect(detail).toContain(part);
    expect(detail.length).toBeLessThan(500);
  });

  test('all faults are told at once, the first one twice', () => {
    const raw = {
      ...SENT,
      id: '',
      campaing: 'x',
      occurredAt: 'now',
      template: { category: 'a b', lang: 'pt' },
    };
    const { tenant: _, ...event } = raw;
    const { pointer, detail, errors } = rejectionOf(readEvent(event, NOW));
    expect(errors.map((error) => error.pointer)).toEqual([
      '/id',
      '/template/category',
      '/template/lang',
      '/template/name',
      '/campaing',
      '/tenant',
      '/occurredAt',
    ]);
    expect(errors[0]).toEqual({ pointer, detail });
  });

  test('of an event of an unknown type what all events have is checked', () => {
    const { errors } = rejectionOf(
      readEvent({ type: 'x', id: 7, extra: 1, contact: ' ', channel: 'sms' }, NOW),
    );
    expect(errors.map(({ pointer }) => pointer)).toEqual([
      '/type',
      '/id',
      '/tenant',
      '/account',
      '/occurredAt',
      '/contact',
    ]);
  });

  test('an event that is early and wrong is wrong: it would not be better later', () => {
    const early = { ...RECEIVED, occurredAt: '2027-01-01T00:00:00Z' };
    expect(rejectionOf(readEvent(early, NOW))).toMatchObject({ problem: 'occurred-in-future' });
    const { problem, errors } = rejectionOf(readEvent({ ...early, contact: '+' }, NOW));
    expect([problem, errors.map(({ pointer }) => pointer)]).toEqual([
      'invalid-event',
      ['/occurredAt', '/contact'],
    ]);
  });

  test('no more than 10 are told, however many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`unknown${i}`, i]));
    expect(rejectionOf(readEvent({ ...many, type: 'message.received' }, NOW)).errors).toHaveLength(10);
  });

  test('an instant more than 5 minutes in the future has a problem of its own', () => {
    const raw = { ...RECEIVED, occurredAt: '2026-11-03T13:05:00.001Z' };
    expect(rejectionOf(readEvent(raw, NOW))).toMatchObject({
      problem: 'occurred-in-future',
      pointer: '/occurredAt',
    });
  });
});
