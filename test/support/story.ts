import type { Event, EventType } from '../../src/domain/event.ts';

let tenants = 0;

export const PARTY = { channel: 'whatsapp', account: '551140000001', contact: '5511987654321' };

/** Events of one conversation of a tenant of its own, told as `type id instant`. */
export function story(...lines: [type: string, id: string, at: string, more?: Partial<Event>][]): Event[] {
  const tenant = `story-${tenants++}`;
  return lines.map(([type, id, at, more = {}]) => {
    const event: Event = {
      id,
      type: TYPES[type] ?? 'activity.close',
      tenant,
      ...PARTY,
      occurredAt: Date.parse(at),
    };
    if (type === 'template') event.template = { name: 'sale', category: 'marketing' };
    if (type === 'template' || type === 'text') Object.assign(event, { origin: 'api', message: id });
    if (type === 'void') Object.assign(event, { reason: 'sent twice', actor: 'maria' });
    return { ...event, ...more };
  });
}

const TYPES: Record<string, EventType> = {
  received: 'message.received',
  template: 'message.sent',
  text: 'message.sent',
  delivered: 'message.delivered',
  failed: 'message.failed',
  void: 'event.voided',
};
