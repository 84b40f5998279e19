/** Who talks to whom. Contract section 1, "Conversation identity". */

export interface Conversation {
  tenant: string;
  channel: string;
  account: string;
  contact: string;
}

/** Length of the customer service window: always 24 h, whatever the rule says. */
export const CUSTOMER_SERVICE_MS = 24 * 3_600_000;

const WITH_CUSTOMER_SERVICE = new Set(['whatsapp', 'instagram', 'messenger']);

export function hasCustomerServiceWindow(channel: string): boolean {
  return WITH_CUSTOMER_SERVICE.has(channel);
}

/** Only WhatsApp knows template messages. */
export function hasTemplates(channel: string): boolean {
  return channel === 'whatsapp';
}

const PHONE_LIKE = /^[0-9+\-(). ]*$/;
const BRAZILIAN_MOBILE_WITHOUT_NINTH_DIGIT = /^(55\d{2})([6-9]\d{7})$/;

/**
 * Reduces an account or contact to the form that identifies it: on WhatsApp the digits of a phone number, with the
 * Brazilian ninth digit; elsewhere the trimmed value. May return '', which callers must reject.
 */
export function normaliseParty(channel: string, value: string): string {
  const trimmed = value.trim();
  if (channel !== 'whatsapp' || !PHONE_LIKE.test(trimmed)) return trimmed;
  return trimmed.replaceAll(/\D/g, '').replace(BRAZILIAN_MOBILE_WITHOUT_NINTH_DIGIT, '$19$2');
}
