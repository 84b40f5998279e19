/** Payloads of the WhatsApp Cloud API's webhook, in the form that Meta's public reference gives. */

export const WABA = '102290129340398';
export const BUSINESS = { id: '106540352242922', number: '551140000001' };
export const USER = { number: '5511987654321', id: 'BR.13491208655302741918' };

/** 2026-11-03T13:00:00Z */
const TIMESTAMP = '1793710800';

const METADATA = { display_phone_number: BUSINESS.number, phone_number_id: BUSINESS.id };

export function payload(...changes: object[]) {
  return { object: 'whatsapp_business_account', entry: [{ id: WABA, changes }] };
}

/** As JSON.stringify would leave it: members that are undefined are not there. */
export function change(value: object, field = 'messages') {
  return JSON.parse(
    JSON.stringify({ field, value: { messaging_product: 'whatsapp', metadata: METADATA, ...value } }),
  );
}

/** The value of a change with a message from the contact. */
export function inbound(message: object, contact: object = {}) {
  return {
    contacts: [{ profile: { name: 'Ana', username: '@ana' }, wa_id: USER.number, ...contact }],
    messages: [{ from: USER.number, timestamp: TIMESTAMP, type: 'text', text: { body: 'oi' }, ...message }],
  };
}

/** The value of a change with a status. */
export function status(members: object) {
  return { statuses: [{ id: 'wamid.S', timestamp: TIMESTAMP, recipient_id: USER.number, ...members }] };
}
