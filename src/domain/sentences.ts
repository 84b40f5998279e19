/**
 * What is said to whoever asked for something that is refused. Each sentence is written down in English and Portuguese
 * (`sentences-pt.ts`); it travels as its English text, through answers, logs and tables, and is said in Portuguese where a
 * person reads it.
 */

import { PORTUGUESE } from './sentences-pt.ts';

declare const said: unique symbol;
/** English text of a sentence that there is in Portuguese too, or the words of somebody else. */
export type Said = string & { readonly [said]: true };

type Template = keyof typeof PORTUGUESE;
/** Names of values, as in `{period}`. */
type ValuesOf<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | ValuesOf<Rest> : never;
/** Names of sentences within it, as in `<flaw>`. */
type PartsOf<Text> = Text extends `${string}<${infer Name}>${infer Rest}` ? Name | PartsOf<Rest> : never;
type Holes<Text> = Record<ValuesOf<Text>, string | number> & Record<PartsOf<Text>, Said>;

/** A sentence of the catalogue. */
export function say<Text extends Template>(
  text: Text,
  ...[holes]: [ValuesOf<Text> | PartsOf<Text>] extends [never] ? [] : [Holes<Text>]
): Said {
  return filled(text, (holes ?? {}) as Readonly<Record<string, string | number>>) as Said;
}

/** Words of somebody else: a library's, a broker's. They are told as they are, where no sentence of ours is known to be them. */
export function verbatim(text: string): Said {
  return text as Said;
}

const HOLE = /\{(\w+)\}|<(\w+)>/g;

function filled(text: string, holes: Readonly<Record<string, string | number>>): string {
  return text.replaceAll(HOLE, (_, value: string, part: string) => String(holes[value ?? part] ?? ''));
}

interface Pattern {
  regExp: RegExp;
  /** Its holes in their order; `isPart`: a sentence. */
  holes: { name: string; isPart: boolean }[];
  portuguese: string;
}

/** What says most by itself comes first, so that no other sentence is taken for a value. */
let patterns: Pattern[] | undefined;

function patternsOf(): Pattern[] {
  patterns ??= Object.entries(PORTUGUESE)
    .filter(([english]) => english.search(HOLE) >= 0)
    .sort(([a], [b]) => b.replaceAll(HOLE, '').length - a.replaceAll(HOLE, '').length)
    .map(([english, portuguese]) => {
      const holes = [...english.matchAll(HOLE)].map(([, value, part]) => {
        return { name: value ?? part ?? '', isPart: value === undefined };
      });
      const literals = english.split(/\{\w+\}|<\w+>/).map((text) => RegExp.escape(text));
      return { regExp: new RegExp(`^${literals.join('([^]*?)')}$`), holes, portuguese };
    });
  return patterns;
}

/** A sentence in Portuguese, as it was said in English; null: the words of somebody else. */
export function inPortuguese(text: string): string | null {
  if (Object.hasOwn(PORTUGUESE, text) && text.search(HOLE) < 0) return PORTUGUESE[text as Template];
  for (const { regExp, holes, portuguese } of patternsOf()) {
    const match = regExp.exec(text);
    if (match === null) continue;
    const values: Record<string, string> = {};
    const isWhole = holes.every(({ name, isPart }, i) => {
      const value = match[i + 1] ?? '';
      const shown = isPart ? inPortuguese(value) : value;
      if (shown !== null) values[name] = shown;
      return shown !== null;
    });
    if (isWhole) return filled(portuguese, values);
  }
  return null;
}
