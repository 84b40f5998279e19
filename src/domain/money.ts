/**
 * Exact money. Outside, a decimal string; inside, a bigint of one of two units: a price in millionths of the currency
 * unit, an amount in the currency's minor unit. Nothing here is ever a float.
 */

import { type Said, say } from './sentences.ts';

const PRICE_DECIMALS = 6;
/** More than any invoice needs, and few enough for every spreadsheet and ERP. */
const MAX_INTEGER_DIGITS = 12;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

export type Parsed = { ok: true; value: bigint } | { ok: false; reason: Said };

/** Reads a decimal string from a client into millionths, or says what is wrong with it. */
export function parsePrice(input: unknown): Parsed {
  if (typeof input !== 'string') return refuse(say('must be a decimal in a string, like "0.30"'));
  const match = DECIMAL.exec(input);
  if (match === null) return refuse(say('must be a plain decimal, like "0.30"'));
  const [, , whole = '', fraction = ''] = match;
  if (whole.length > 1 && whole.startsWith('0')) return refuse(say('must not start with a zero'));
  if (whole.length > MAX_INTEGER_DIGITS)
    return refuse(say('must have at most {most} digits before the point', { most: MAX_INTEGER_DIGITS }));
  if (fraction.length > PRICE_DECIMALS)
    return refuse(say('must have at most {most} decimals', { most: PRICE_DECIMALS }));
  return { ok: true, value: readDecimal(input, PRICE_DECIMALS) };
}

/** Reads a decimal string from a client into minor units of `digits` decimals; a fraction of one is refused. */
export function parseAmount(input: unknown, digits: number): Parsed {
  const price = parsePrice(input);
  if (!price.ok) return price;
  const unit = minorUnit(digits);
  if (price.value % unit !== 0n) {
    return refuse(
      digits === 0
        ? say('must be whole in this currency')
        : say('must have at most {most} decimals', { most: digits }),
    );
  }
  return { ok: true, value: price.value / unit };
}

/** Reads a price we wrote ourselves, in millionths; throws where it is none. */
export function readPrice(text: string): bigint {
  return readDecimal(text, PRICE_DECIMALS);
}

/** Reads an amount we wrote ourselves, in minor units of `digits` decimals; throws where it is none. */
export function readAmount(text: string, digits: number): bigint {
  return readDecimal(text, digits);
}

/** quantity x price (millionths) in minor units, rounded once, half away from zero. Contract section 3, "Amount". */
export function multiply(quantity: number, price: bigint, digits: number): bigint {
  return divide(BigInt(quantity) * price, minorUnit(digits));
}

/** So many percent (in millionths of one) of an amount in minor units, rounded in the same way. */
export function shareOf(amount: bigint, percent: bigint): bigint {
  return divide(amount * percent, 100n * 10n ** BigInt(PRICE_DECIMALS));
}

/** Rounds half away from zero; the divisor is above zero. */
function divide(exact: bigint, by: bigint): bigint {
  const magnitude = exact < 0n ? -exact : exact;
  const rounded = (2n * magnitude + by) / (2n * by);
  return exact < 0n ? -rounded : rounded;
}

/** Minor units as a decimal string with all the currency's decimals: `-0.30`. */
export function formatAmount(minor: bigint, digits: number): string {
  const magnitude = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, '0');
  const whole = magnitude.slice(0, magnitude.length - digits);
  const fraction = magnitude.slice(magnitude.length - digits);
  return `${minor < 0n ? '-' : ''}${whole}${digits === 0 ? '' : `.${fraction}`}`;
}

/** Millionths as a decimal string with at least the currency's decimals: `0.30`, `0.0345`. */
export function formatPrice(millionths: bigint, digits: number): string {
  const text = formatAmount(millionths, PRICE_DECIMALS);
  const point = text.length - PRICE_DECIMALS;
  const fraction = text.slice(point).replace(/0+$/, '').padEnd(digits, '0');
  return fraction === '' ? text.slice(0, point - 1) : text.slice(0, point) + fraction;
}

function readDecimal(text: string, digits: number): bigint {
  const match = DECIMAL.exec(text);
  const [, sign = '', whole = '', fraction = ''] = match ?? [];
  const kept = fraction.slice(0, digits).padEnd(digits, '0');
  if (match === null || /[1-9]/.test(fraction.slice(digits))) {
    throw new Error(`${JSON.stringify(text)} is not a decimal of ${digits} places`);
  }
  const magnitude = BigInt(whole + kept);
  return sign === '-' ? -magnitude : magnitude;
}

/** How many millionths one minor unit is. */
function minorUnit(digits: number): bigint {
  return 10n ** BigInt(PRICE_DECIMALS - digits);
}

function refuse(reason: Said): Parsed {
  return { ok: false, reason };
}
