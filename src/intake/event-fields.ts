import { normaliseName } from '../domain/conversation.ts';
import { ORIGINS } from '../domain/event.ts';
import { CONTROL_CHARACTERS, hasLength, TOKEN_PATTERN } from '../domain/text.ts';

/** UTF-8 bytes of the compact JSON. */
export const METADATA_BYTES = 4096;

const NOT_OBJECT: Flaw = { at: '', detail: 'must be an object' };
const TOO_LARGE: Flaw = { at: '', detail: `must have at most ${METADATA_BYTES} bytes as compact JSON` };
const BAD_TEXT: Flaw = { at: '', detail: 'must not contain NUL or lone surrogates' };
const BAD_NUMBER: Flaw = { at: '', detail: 'must not contain numbers beyond the range of a double' };

/**
 * Metadata is anything but what JSON or PostgreSQL cannot keep. It is looked through and never copied, so that names
 * like `__proto__` stay as they came.
 */
export const metadataFlaw: Check = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NOT_OBJECT;
  const found = nestedFlaw(value, 1);
  if (found !== null) return found;
  return Buffer.byteLength(JSON.stringify(value)) > METADATA_BYTES ? TOO_LARGE : null;
};

/** Each level costs two bytes at least, so what is too deep for the stack is too large in any case. */
function nestedFlaw(value: unknown, depth: number): Flaw | null {
  switch (typeof value) {
    case 'string':
      return textFlaw(value);
    case 'number':
      return Number.isFinite(value) ? null : BAD_NUMBER;
    case 'object':
      if (value === null) return null;
      return depth > METADATA_BYTES / 2 ? TOO_LARGE : membersFlaw(value, depth);
    default:
      return null;
  }
}

function membersFlaw(value: object, depth: number): Flaw | null {
  const isArray = Array.isArray(value);
  for (const [name, member] of Object.entries(value)) {
    const found = (isArray ? null : textFlaw(name)) ?? nestedFlaw(member, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

function textFlaw(text: string): Flaw | null {
  return text.includes('\0') || !text.isWellFormed() ? BAD_TEXT : null;
}

/** What is wrong with a value; `at` is a JSON pointer into it. */
export interface Flaw {
  at: string;
  detail: string;
}

/** Null: nothing is wrong. */
type Check = (value: unknown) => Flaw | null;

/** What an object may and must have. */
export interface Shape {
  fields: Readonly<Record<string, Check>>;
  required: readonly string[];
}

/** Lengths in characters (code points). */
export const LENGTHS = {
  id: 256,
  templateName: 512,
  language: 64,
  code: 256,
  title: 1024,
  reason: 1024,
  actor: 256,
};

/** Neither control characters nor surrogates: one test settles nearly every string. */
const PLAIN = /^[ -~\u00a0-\ud7ff\ue000-\uffff]*$/;

function flaw(detail: string): Flaw {
  return { at: '', detail };
}

const REQUIRED = flaw('is required');
const NOT_TEXT = flaw('must be a string');
const CONTROL = flaw('must not contain control characters');
const SURROGATE = flaw('must not contain lone surrogates');
const NOT_TOKEN = flaw('must match [A-Za-z0-9][A-Za-z0-9._-]{0,63}');
const NOT_ORIGIN = flaw(`must be one of ${ORIGINS.join(', ')}`);
const NOT_CODE = flaw('must be a string or a whole number');

function text(max: number, min = 1): Check {
  const length = flaw(`must have ${min} to ${max} characters`);
  return (value) => {
    if (typeof value !== 'string') return NOT_TEXT;
    if (!hasLength(value, min, max)) return length;
    if (PLAIN.test(value)) return null;
    if (CONTROL_CHARACTERS.test(value)) return CONTROL;
    return value.isWellFormed() ? null : SURROGATE;
  };
}

const token: Check = (value) => {
  if (typeof value !== 'string') return NOT_TEXT;
  return TOKEN_PATTERN.test(value) ? null : NOT_TOKEN;
};

/** The value itself is read later. */
const anyText: Check = (value) => (typeof value === 'string' ? null : NOT_TEXT);

const KNOWN_ORIGINS: readonly unknown[] = ORIGINS;
const origin: Check = (value) => {
  if (KNOWN_ORIGINS.includes(value)) return null;
  return typeof value === 'string' && KNOWN_ORIGINS.includes(normaliseName(value)) ? null : NOT_ORIGIN;
};

const codeText = text(LENGTHS.code);
const code: Check = (value) => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? null : NOT_CODE;
  return typeof value === 'string' ? codeText(value) : NOT_CODE;
};

function object(shape: Shape): Check {
  return (value) => (isObject(value) ? shapeFlaw(value, shape) : NOT_OBJECT);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The first flaw of an object: an unknown member, one that is wrong, or one that is missing. */
export function shapeFlaw(value: Record<string, unknown>, { fields, required }: Shape): Flaw | null {
  for (const name in value) {
    const check = fields[name];
    if (check === undefined) return unknownField(name);
    const found = check(value[name]);
    if (found !== null) return { at: `/${name}${found.at}`, detail: found.detail };
  }
  for (const name of required) {
    if (value[name] === undefined) return { at: `/${name}`, detail: REQUIRED.detail };
  }
  return null;
}

function unknownField(name: string): Flaw {
  const shown = name.length > 100 ? `${name.slice(0, 100)}...` : name;
  const pointer = shown.replaceAll('~', '~0').replaceAll('/', '~1');
  return { at: `/${pointer}`, detail: `the field ${JSON.stringify(shown)} is unknown here` };
}

/** Without a prototype, so that `constructor` and `__proto__` are names like any other. */
function shape(fields: Record<string, Check>, optional: readonly string[]): Shape {
  return {
    fields: Object.assign(Object.create(null) as Record<string, Check>, fields),
    required: Object.keys(fields).filter((name) => !optional.includes(name)),
  };
}

const id = text(LENGTHS.id);
const common = {
  id,
  type: anyText,
  tenant: token,
  channel: token,
  account: id,
  contact: id,
  occurredAt: anyText,
  metadata: metadataFlaw,
};

const template = object(
  shape({ name: text(LENGTHS.templateName), category: token, language: text(LENGTHS.language) }, [
    'language',
  ]),
);
const error = object(shape({ code, title: text(LENGTHS.title, 0) }, ['title']));

const RECEIVED = shape(common, ['metadata']);
const SENT = shape({ ...common, template, origin, campaign: token, message: id }, [
  'metadata',
  'template',
  'origin',
  'campaign',
  'message',
]);
const RECEIPT = shape({ ...common, message: id, error }, ['metadata', 'error']);
const VOIDED = shape({ ...common, target: id, reason: text(LENGTHS.reason), actor: text(LENGTHS.actor) }, [
  'metadata',
]);

export const ACTIVITY_PATTERN = /^activity\.[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What an event of this type may and must have; null: no such type. */
export function shapeOf(type: string): Shape | null {
  switch (type) {
    case 'message.received':
      return RECEIVED;
    case 'message.sent':
      return SENT;
    case 'message.delivered':
    case 'message.read':
    case 'message.failed':
      return RECEIPT;
    case 'event.voided':
      return VOIDED;
    default:
      return ACTIVITY_PATTERN.test(type) ? RECEIVED : null;
  }
}
