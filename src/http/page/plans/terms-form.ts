/** The terms of a plan as fields of a form: shown, read as they were typed, and turned into what the API takes. */

import type { Language } from '../../../domain/description.ts';
import type { PlanTerms, Tier } from '../../../domain/plan.ts';
import { type Html, html } from '../shell/html.ts';
import { countIn, decimalField, decimalIn } from '../shell/numbers.ts';
import { type Asked, field, fields } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';

interface TierDraft {
  upTo: string;
  unitPrice: string;
}

interface PoolDraft {
  /** Of templates; of the first pool empty: it is for all others. */
  category: string;
  tiers: TierDraft[];
}

/** As typed. */
export interface TermsDraft {
  monthlyFee: string;
  minimum: string;
  allowance: string;
  limit: string;
  overage: TierDraft[];
  pools: PoolDraft[];
  /** The list that a button has just made longer: what it added is typed next. */
  added: string | null;
}

const BLANK: TierDraft = { upTo: '', unitPrice: '' };

/** What a form starts with; null: with nothing. */
export function draftOf(language: Language, terms: Partial<Omit<PlanTerms, 'currency'>> | null): TermsDraft {
  const price = (amount: string | undefined) => (amount === undefined ? '' : decimalField(language, amount));
  const tiers = (list: readonly Tier[] = []): TierDraft[] => [
    ...list.map(({ upTo, unitPrice }) => ({ upTo: String(upTo ?? ''), unitPrice: price(unitPrice) })),
    ...(list.length === 0 ? [BLANK] : []),
  ];
  const { default: others, ...named } = terms?.active ?? { default: [] };
  return {
    monthlyFee: price(terms?.monthlyFee),
    minimum: price(terms?.minimum),
    allowance: String(terms?.receptive?.allowance ?? ''),
    limit: String(terms?.receptive?.limit ?? ''),
    overage: tiers(terms?.receptive?.overage),
    pools: [
      { category: '', tiers: tiers(others) },
      ...Object.entries(named).map(([category, list]) => ({ category, tiers: tiers(list) })),
    ],
    added: null,
  };
}

/** What was typed. A button that asks for `more` adds a row, or a category, and nothing else happens. */
export function draftIn(form: Asked['form']): TermsDraft {
  const more = field(form, 'more');
  const tiers = (name: string): TierDraft[] => {
    const prices = fields(form, `${name}.price`);
    const typed = fields(form, `${name}.upTo`).map((upTo, i) => ({
      upTo: upTo.trim(),
      unitPrice: (prices[i] ?? '').trim(),
    }));
    return more === name ? [...typed, BLANK] : typed;
  };
  const categories = fields(form, 'category');
  const pools = categories.map((category, i) => ({ category: category.trim(), tiers: tiers(`active.${i}`) }));
  return {
    ...{ monthlyFee: field(form, 'monthlyFee'), minimum: field(form, 'minimum') },
    ...{ allowance: field(form, 'allowance'), limit: field(form, 'limit'), overage: tiers('overage') },
    pools: more === 'category' ? [...pools, { category: '', tiers: [BLANK] }] : pools,
    added: more === '' ? null : more,
  };
}

export function asksForMore(form: Asked['form']): boolean {
  return field(form, 'more') !== '';
}

/** As the API takes it, whole or not; members that nobody filled in are left out. */
export function termsOf({ monthlyFee, minimum, allowance, limit, overage, pools }: TermsDraft): object {
  const filled = (list: readonly TierDraft[]) =>
    list
      .filter(({ upTo, unitPrice }) => upTo !== '' || unitPrice !== '')
      .map(({ upTo, unitPrice }) => ({
        upTo: upTo === '' ? null : countIn(upTo),
        unitPrice: decimalIn(unitPrice),
      }));
  const active = pools
    .map(({ category, tiers }, i) => [i === 0 ? 'default' : category, filled(tiers)] as const)
    .filter(([category, tiers]) => category !== '' && tiers.length > 0);
  const hasReceptive = allowance !== '' || limit !== '' || filled(overage).length > 0;
  return {
    ...(monthlyFee === '' ? {} : { monthlyFee: decimalIn(monthlyFee) }),
    ...(minimum === '' ? {} : { minimum: decimalIn(minimum) }),
    ...(hasReceptive
      ? {
          receptive: {
            ...(allowance === '' ? {} : { allowance: countIn(allowance) }),
            limit: limit === '' ? null : countIn(limit),
            overage: filled(overage),
          },
        }
      : {}),
    ...(active.length === 0 ? {} : { active: Object.fromEntries(active) }),
  };
}

/** `of`: the fields of a whole version, or of what differs from it, where none need be filled in. */
export function termsFields(visitor: Visitor, draft: TermsDraft, of: 'version' | 'overrides'): Html {
  const { terms: t } = visitor.texts;
  const required = of === 'version' && html` required`;
  const amount = (name: 'monthlyFee' | 'minimum', label: string) =>
    html`<label>${label}<input name="${name}" value="${draft[name]}" inputmode="decimal"></label>`;
  return html`<div class="filters">${amount('monthlyFee', t.fee)}${amount('minimum', t.minimum)}</div>
<fieldset><legend>${t.receptive}</legend><div class="filters"><label>${t.allowance}<input name="allowance" value="${draft.allowance}" inputmode="numeric"${required}></label><label>${t.limitOrNone}<input name="limit" value="${draft.limit}" inputmode="numeric"></label></div>
<p class="small">${t.overage}</p>${tierFields(visitor, 'overage', draft.overage, { label: t.overage, added: draft.added })}</fieldset>
${draft.pools.map((pool, i) => {
  const label = i === 0 ? t.activeOthers : pool.category === '' ? t.category : t.activeOf(pool.category);
  return html`<fieldset><legend>${label}</legend>${i === 0 ? html`<input type="hidden" name="category" value="">` : html`<div class="filters"><label>${t.category}<input name="category" value="${pool.category}"${draft.added === 'category' && i === draft.pools.length - 1 && html` autofocus`}></label></div>`}${tierFields(visitor, `active.${i}`, pool.tiers, { label, added: draft.added })}</fieldset>`;
})}
<div><button name="more" value="category">${t.moreCategory}</button></div>`;
}

function tierFields(
  { texts }: Visitor,
  name: string,
  tiers: readonly TierDraft[],
  { label, added }: { label: string; added: TermsDraft['added'] },
): Html {
  const t = texts.terms;
  const isNew = (i: number) => added === name && i === tiers.length - 1;
  return html`<div class="tiers">${tiers.map(
    ({ upTo, unitPrice }, i) =>
      html`<label>${t.tierUpTo(i + 1)}<input name="${`${name}.upTo`}" value="${upTo}" inputmode="numeric" placeholder="${t.beyond}"${isNew(i) && html` autofocus`}></label><label>${t.tierPrice(i + 1)}<input name="${`${name}.price`}" value="${unitPrice}" inputmode="decimal"></label>`,
  )}</div><div><button class="quiet" name="more" value="${name}" aria-label="${`${t.moreTier}: ${label}`}">+ ${t.moreTier}</button></div>`;
}

/** The first button of a form is what Enter presses, so it is not one that asks for more. */
export function enterButton(): Html {
  return html`<button class="visually-hidden" tabindex="-1" aria-hidden="true"></button>`;
}
