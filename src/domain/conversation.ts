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

const BLANK_OR_ODD = /^ |[^ -~]| $/;
const FORMAT_CHARACTERS = /\p{Cf}/gu;
const DASHES = /[\u2010-\u2015\u2212]/g;
/** Control characters are no spaces here: they are refused before. */
const SPACES = /\p{Z}/gu;

const WHATSAPP_PREFIXES = /^(?:whatsapp: *)+/i;
const WHATSAPP_SUFFIXES = /(?: *@(?:c\.us|s\.whatsapp\.net))+$/i;
const PHONE_LIKE = /^[0-9+\-(). ]*$/;
const NO_DIGITS = /\D+/g;
const INTERNATIONAL_PREFIXES = /^(?:00)+/;

const BRAZILIAN_MOBILE_WITHOUT_NINTH_DIGIT = /^(55\d\d)([6-9]\d{7})$/;

/** `WhatsApp` and `whatsapp` are one channel; likewise origins and the categories of templates. */
export function normaliseName(name: string): string {
  return name.toLowerCase();
}

/**
 * Reduces an account or contact to the form that identifies it; `channel` is normalised already. May return '', which
 * callers must reject. What comes out goes in again unchanged.
 */
export function normaliseParty(channel: string, value: string): string {
  if (channel === 'whatsapp') return isPlainNumber(value) ? nationalForm(value) : whatsappParty(value);
  return plainText(value);
}

/** Nearly every party comes like this: digits alone, no `00` before them. */
function isPlainNumber(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return value.length > 0 && !value.startsWith('00');
}

/** Without invisible characters, and with one kind of dash and of space, none of these at the ends. */
function plainText(value: string): string {
  if (!BLANK_OR_ODD.test(value)) return value;
  return value.replace(FORMAT_CHARACTERS, '').replace(DASHES, '-').replace(SPACES, ' ').trim();
}

function whatsappParty(value: string): string {
  let text = plainText(value).replace(WHATSAPP_PREFIXES, '');
  if (text.includes('@')) text = text.replace(WHATSAPP_SUFFIXES, '');
  if (!PHONE_LIKE.test(text)) return text;
  return nationalForm(text.replace(NO_DIGITS, '').replace(INTERNATIONAL_PREFIXES, ''));
}

/** One person has one number, whatever the carriers of their country did to it over the years. */
function nationalForm(digits: string): string {
  if (digits.length === 12) return digits.replace(BRAZILIAN_MOBILE_WITHOUT_NINTH_DIGIT, '$19$2');
  if (digits.length === 13 && (digits.startsWith('521') || digits.startsWith('549')))
    return digits.slice(0, 2) + digits.slice(3);
  return digits;
}
