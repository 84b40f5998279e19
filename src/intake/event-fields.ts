import { normaliseName } from '../domain/conversation.ts';
import { ORIGINS } from '../domain/event.ts';
import { say } from '../domain/sentences.ts';
import { CONTROL_CHARACTERS, hasLength, meantAmong, TOKEN_PATTERN } from '../domain/text.ts';

/** UTF-8 bytes of the compact JSON. */
export const METADATA_BYTES = 4096;

const NOT_OBJECT: Flaw = { at: '', detail: say('must be an object') };
const TOO_LARGE: Flaw = {
  at: '',
  detail: say('must have at most {most} bytes as compact JSON', { most: METADATA_BYTES }),
};
const BAD_TEXT: Flaw = { at: '', detail: say('must not contain NUL or lone surrogates') };
const BAD_NUMBER: Flaw = { at: '', detail: say('must not contain numbers beyond the range of a double') };

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
interface Check {
  (value: unknown): Flaw | null;
  /** Of an object whose members are checked one by one. */
  shape?: Shape;
}

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

const REQUIRED = flaw(say('is required'));
const NOT_TEXT = flaw(say('must be a string'));
const CONTROL = flaw(say('must not contain control characters'));
const SURROGATE = flaw(say('must not contain lone surrogates'));
const NOT_TOKEN = flaw(say('must match {pattern}', { pattern: '[A-Za-z0-9][A-Za-z0-9._-]{0,63}' }));
const NOT_ORIGIN = flaw(say('must be one of {names}', { names: ORIGINS.join(', ') }));
const NOT_CODE = flaw(say('must be a string or a whole number'));

function text(max: number, min = 1): Check {
  const length = flaw(say('must have {min} to {max} characters', { min, max }));
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

const MISFIT = flaw('has a member that is wrong');

function object(shape: Shape): Check {
  const check = (value: unknown) => {
    if (!isObject(value)) return NOT_OBJECT;
    return fits(value, shape) ? null : MISFIT;
  };
  return Object.assign(check, { shape });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether an object has what it must, and nothing unknown or wrong. */
export function fits(value: Record<string, unknown>, { fields, required }: Shape): boolean {
  for (const name in value) {
    const check = fields[name];
    if (check === undefined || check(value[name]) !== null) return false;
  }
  for (const name of required) if (value[name] === undefined) return false;
  return true;
}

/** How many flaws of one event are named. */
export const MOST_FLAWS = 10;

/** What keeps an object from fitting: members that are unknown or wrong in their order, then those that are missing. */
export function shapeFlaws(value: Record<string, unknown>, shape: Shape): Flaw[] {
  const { fields, required } = shape;
  const found: Flaw[] = [];
  for (const name in value) {
    if (found.length >= MOST_FLAWS) return found.slice(0, MOST_FLAWS);
    const check = fields[name];
    if (check === undefined) found.push(unknownField(name, Object.keys(fields)));
    else
      for (const { at, detail } of memberFlaws(value[name], check))
        found.push({ at: `/${name}${at}`, detail });
  }
  for (const name of required) {
    if (value[name] === undefined) found.push({ at: `/${name}`, detail: REQUIRED.detail });
  }
  return found.slice(0, MOST_FLAWS);
}

function memberFlaws(value: unknown, check: Check): Flaw[] {
  if (check.shape !== undefined && isObject(value)) return shapeFlaws(value, check.shape);
  const found = check(value);
  return found === null ? [] : [found];
}

function unknownField(name: string, known: readonly string[]): Flaw {
  const shown = name.length > 100 ? `${name.slice(0, 100)}...` : name;
  const pointer = shown.replaceAll('~', '~0').replaceAll('/', '~1');
  const detail = `the field ${JSON.stringify(shown)} is unknown here${meantAmong(name, known)}`;
  return { at: `/${pointer}`, detail };
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

const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ['message.received', RECEIVED],
  ['message.sent', SENT],
  ['message.delivered', RECEIPT],
  ['message.read', RECEIPT],
  ['message.failed', RECEIPT],
  ['event.voided', VOIDED],
]);

/** As they are named to whoever sends another one. */
export const TYPE_NAMES: readonly string[] = [...SHAPES.keys(), 'activity.<name>'];

/** What an event of this type may and must have; null: no such type. */
export function shapeOf(type: string): Shape | null {
  return SHAPES.get(type) ?? (ACTIVITY_PATTERN.test(type) ? RECEIVED : null);
}

/** What of an event can be judged though its type is unknown. */
export function flawsOfAnyType(value: Record<string, unknown>): Flaw[] {
  const members = Object.entries(value).filter(([name]) => RECEIVED.fields[name] !== undefined);
  return shapeFlaws(Object.fromEntries(members), RECEIVED);
}
