import { normaliseName } from './conversation.ts';
import { isCurrency, minorDigits } from './currency.ts';
import { formatAmount, formatPrice, type Parsed, parseAmount, parsePrice } from './money.ts';
import { type Said, say } from './sentences.ts';

/** Units up to and including `upTo` (null: all further ones) that earlier tiers left over, each at `unitPrice`. */
export interface Tier {
  upTo: number | null;
  unitPrice: string;
}

/** What a plan costs. Contract section 3, Finance. Money is decimal strings. */
export interface PlanTerms {
  currency: string;
  monthlyFee: string;
  /** Tops up fee and usage of a period. */
  minimum: string;
  /** `overage` counts units beyond the allowance. */
  receptive: { allowance: number; limit: number | null; overage: Tier[] };
  /** Tiers by template category, in lower case; the categories not named here share `default`. */
  active: { default: Tier[]; [category: string]: Tier[] };
  /** Of a subscription: the share of fee, usage and minimum that its tenant is let off. Left out: none. */
  discount?: Discount;
}

/** `percent`: a decimal above 0 and at most 100, with up to 6 decimals. */
export interface Discount {
  percent: string;
}

/** Members of a plan's versions that one tenant has in another way; the currency is never one. */
export type Overrides = Partial<Omit<PlanTerms, 'currency' | 'discount'>>;

/** The terms of a plan from a period (`2026-11`) on, until its next version. */
export interface PlanVersion extends PlanTerms {
  plan: string;
  from: string;
}

/** One thing wrong with some terms; `pointer` is a JSON pointer into them. */
export interface Fault {
  pointer: string;
  detail: Said;
}

export type ReadTerms = { ok: true; terms: PlanTerms } | { ok: false; faults: Fault[] };

const CATEGORY = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Checks the terms a client sent, already of the right shape, and writes every decimal in its one form. */
export function readTerms(input: PlanTerms): ReadTerms {
  if (!isCurrency(input.currency)) {
    return {
      ok: false,
      faults: [{ pointer: '/currency', detail: say('must be an ISO 4217 code, like BRL') }],
    };
  }
  const faults: Fault[] = [];
  const digits = minorDigits(input.currency);
  const fault = (pointer: string, detail: Said) => faults.push({ pointer, detail });
  const money = (pointer: string, parsed: Parsed): bigint => {
    if (!parsed.ok) fault(pointer, parsed.reason);
    else if (parsed.value < 0n) fault(pointer, say('must not be negative'));
    return parsed.ok ? parsed.value : 0n;
  };
  const amount = (pointer: string, text: string) =>
    formatAmount(money(pointer, parseAmount(text, digits)), digits);
  const tiers = (pointer: string, list: Tier[]): Tier[] => {
    checkSteps(pointer, list, fault);
    return list.map(({ upTo, unitPrice }, i) => ({
      upTo,
      unitPrice: formatPrice(money(`${pointer}/${i}/unitPrice`, parsePrice(unitPrice)), digits),
    }));
  };
  const { allowance, limit, overage } = input.receptive;
  if (!isCount(allowance)) fault('/receptive/allowance', say('must be a whole number, 0 or more'));
  if (limit !== null && !isCount(limit))
    fault('/receptive/limit', say('must be a whole number, 0 or more, or null'));
  faults.push(...misnamed(input.active), ...sameNamed(input.active));
  const { default: shared, ...own } = input.active;
  const terms: PlanTerms = {
    currency: input.currency,
    monthlyFee: amount('/monthlyFee', input.monthlyFee),
    minimum: amount('/minimum', input.minimum),
    receptive: { allowance, limit, overage: tiers('/receptive/overage', overage) },
    active: {
      ...Object.fromEntries(
        Object.entries(own).map(([name, list]) => [normaliseName(name), tiers(pointerTo(name), list)]),
      ),
      default: tiers('/active/default', shared),
    },
  };
  return faults.length === 0 ? { ok: true, terms } : { ok: false, faults };
}

/** Categories that have no name of one. */
export function misnamed(active: object): Fault[] {
  return Object.keys(active)
    .filter((category) => !CATEGORY.test(category))
    .map((category) => ({
      pointer: pointerTo(category),
      detail: say('must be named like {pattern}', { pattern: CATEGORY.source }),
    }));
}

/** Names that are another one's, or `default`, in other letters. */
function sameNamed(active: object): Fault[] {
  const first = new Map([['default', 'default']]);
  const faults: Fault[] = [];
  for (const category of Object.keys(active)) {
    const name = normaliseName(category);
    const other = first.get(name);
    if (other === undefined) first.set(name, category);
    else if (other !== category)
      faults.push({
        pointer: pointerTo(category),
        detail: say('is the category {category} again', { category: other }),
      });
  }
  return faults;
}

export type ReadOverrides = { ok: true; overrides: Overrides } | { ok: false; faults: Fault[] };

/** The same for the members that a subscription has instead of its plan's, in the currency of the plan. */
export function readOverrides(overrides: Overrides, version: PlanTerms): ReadOverrides {
  const read = readTerms({ ...withoutDiscount(version), ...overrides });
  if (!read.ok) return read;
  const names = Object.keys(overrides) as (keyof Overrides)[];
  return { ok: true, overrides: Object.fromEntries(names.map((name) => [name, read.terms[name]])) };
}

function withoutDiscount({ discount: _, ...terms }: PlanTerms): PlanTerms {
  return terms;
}

/** The one form of a percentage that a client sent: `10`, `12.5`. */
export function readPercent(text: string): { ok: true; percent: string } | { ok: false; reason: Said } {
  const parsed = parsePrice(text);
  if (!parsed.ok) return parsed;
  if (parsed.value <= 0n || parsed.value > HUNDRED_PERCENT)
    return { ok: false, reason: say('must be above 0 and at most 100') };
  return { ok: true, percent: formatPrice(parsed.value, 0) };
}

const HUNDRED_PERCENT = 100_000_000n;

/** What a version says for a tenant whose subscription has other members, and a discount. */
export function agreedTerms(
  version: PlanTerms,
  { overrides, discount }: { overrides: Overrides | null; discount: Discount | null },
): PlanTerms {
  return { ...version, ...overrides, ...(discount === null ? {} : { discount }) };
}

/** The version in force in a period, whatever the order of the list; null before the first one. */
export function versionAt(versions: readonly PlanVersion[], period: string): PlanVersion | null {
  let found: PlanVersion | null = null;
  for (const version of versions) {
    if (version.from <= period && (found === null || version.from > found.from)) found = version;
  }
  return found;
}

function checkSteps(pointer: string, tiers: readonly Tier[], fault: (pointer: string, detail: Said) => void) {
  if (tiers.length === 0) fault(pointer, say('must have at least one tier'));
  let below = 0;
  for (const [i, { upTo }] of tiers.entries()) {
    const isLast = i === tiers.length - 1;
    if (upTo === null) {
      if (!isLast) fault(`${pointer}/${i}/upTo`, say('must be a number: only the last tier is open'));
    } else if (isLast) {
      fault(`${pointer}/${i}/upTo`, say('must be null: the last tier is open'));
    } else if (!isCount(upTo) || upTo <= below) {
      fault(`${pointer}/${i}/upTo`, say('must be a whole number above {below}', { below }));
    } else {
      below = upTo;
    }
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function pointerTo(category: string): string {
  return `/active/${category.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
