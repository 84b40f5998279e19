/** What a line is called on an invoice, in the words of contract section 1. */

export const LANGUAGES = ['pt-BR', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const PORTUGUESE = new Map([
  ['monthly-fee', 'Mensalidade'],
  ['receptive.included', 'Conversas receptivas incluídas na franquia'],
  ['receptive.overage', 'Conversas receptivas excedentes'],
  ['active', 'Conversas ativas'],
  ['minimum', 'Complemento do consumo mínimo'],
  ['discount', 'Desconto'],
]);

const ENGLISH = new Map([
  ['monthly-fee', 'Monthly fee'],
  ['receptive.included', 'Receptive conversations within the allowance'],
  ['receptive.overage', 'Receptive conversations beyond the allowance'],
  ['active', 'Active conversations'],
  ['minimum', 'Top-up to the minimum'],
  ['discount', 'Discount'],
]);

/** Categories that have a name of their own in Portuguese: Meta's, and the origins, which some tenants price by. */
const PORTUGUESE_CATEGORIES = new Map([
  ['utility', 'utilidade'],
  ['authentication', 'autenticação'],
  ['campaign', 'campanha'],
]);

/** What a rated code is called. A category with tiers of its own follows a hyphen. */
export function describe(code: string, language: Language): string {
  const names = language === 'pt-BR' ? PORTUGUESE : ENGLISH;
  const category = code.startsWith('active.') ? code.slice('active.'.length) : null;
  const name = names.get(category === null ? code : 'active');
  if (name === undefined) throw new Error(`${code} is not the code of a line`);
  if (category === null) return name;
  return `${name} - ${language === 'pt-BR' ? (PORTUGUESE_CATEGORIES.get(category) ?? category) : category}`;
}

/** What credit is called that comes from an earlier invoice; null: that is carried to later ones. */
export function describeCredit(from: { invoice: string; period: string } | null, language: Language): string {
  if (from === null)
    return language === 'pt-BR'
      ? 'Crédito levado às próximas faturas'
      : 'Credit carried to the next invoices';
  const [year, month] = from.period.split('-');
  return language === 'pt-BR'
    ? `Crédito da fatura ${from.invoice}, de ${month}/${year}`
    : `Credit of invoice ${from.invoice}, for ${from.period}`;
}

/** What the adjustment of a code in an earlier period (`2026-10`) is called. */
export function describeAdjustment(code: string, period: string, language: Language): string {
  const [year, month] = period.split('-');
  return language === 'pt-BR'
    ? `Ajuste de ${month}/${year} - ${describe(code, language)}`
    : `Adjustment for ${period} - ${describe(code, language)}`;
}
