/** Numbers as people type them: with a comma or a point, and with spaces or separators of thousands. */

import type { Language } from '../../../domain/description.ts';

/** A decimal as the API takes it. The last comma or point is the decimal one; what is no number is left as it is. */
export function decimalIn(text: string): string {
  const plain = text.replaceAll(/\s/g, '');
  const last = Math.max(plain.lastIndexOf(','), plain.lastIndexOf('.'));
  if (last < 0) return plain;
  return `${plain.slice(0, last).replaceAll(/[.,]/g, '')}.${plain.slice(last + 1)}`;
}

/** What stands in a field for a decimal. */
export function decimalField(language: Language, amount: string): string {
  return language === 'pt-BR' ? amount.replace('.', ',') : amount;
}

/** A whole number; what is none stays text, which the API refuses and says where. */
export function countIn(text: string): number | string {
  return /^\d{1,15}$/.test(text) ? Number(text) : text;
}
