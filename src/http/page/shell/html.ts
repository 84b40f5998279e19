/**
 * Templates of pages: text is escaped wherever it is put in, and only what a template made is taken as it is. There is
 * no way to mark text as HTML, so nothing that anybody sent can become any.
 */

/** What a template made. */
export class Html {
  readonly #text: string;

  constructor(strings: TemplateStringsArray, parts: readonly Part[]) {
    let text = strings[0] ?? '';
    for (const [i, part] of parts.entries()) text += textOf(part) + (strings[i + 1] ?? '');
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a template; nothing is written for null, undefined and false. */
export type Part = Html | string | number | null | undefined | false | readonly Part[];

/** Values stand between tags or within double quotes, nowhere else. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings, parts);
}

function textOf(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'object') return part.map(textOf).join('');
  return escaped(String(part));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
