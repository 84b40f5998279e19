/** U+0000-1F and 7F-9F. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what finds them
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

export const TOKEN_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function hasLength(value: string, min: number, max: number): boolean {
  if (value.length < min) return false;
  if (value.length <= max) return true;
  return value.length <= 2 * max && [...value].length <= max;
}

/** Longer words are not looked for: the search is quadratic, and nobody misspells so much. */
const LONGEST_WORD = 40;

/** Which of the words somebody meant who wrote another one; null where none is near. */
function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST_WORD) return null;
  const plain = withoutStyle(word);
  let found: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const other = withoutStyle(candidate);
    const tolerated = Math.max(1, Math.min(3, Math.floor(other.length / 3)));
    if (Math.abs(other.length - plain.length) > tolerated) continue;
    const distance = editDistance(plain, other);
    if (distance <= tolerated && distance < least) [found, least] = [candidate, distance];
  }
  return found;
}

/** What to say behind a word that is not known: which one was meant perhaps, and all there are. */
export function meantAmong(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  const all = known.length === 0 ? '' : `; known are ${known.join(', ')}`;
  return (meant === null ? '' : `; did you mean ${meant}?`) + all;
}

const STYLE = /[_\-. ]+/g;

/** `occurred_at` and `occurredAt` are written alike. */
function withoutStyle(word: string): string {
  return word.toLowerCase().replace(STYLE, '');
}

/**
 * How many letters to insert, drop, replace or swap with their neighbour (optimal string alignment). In one table that
 * is used again and again: a request can be a thousand events of nothing but unknown words.
 */
function editDistance(a: string, b: string): number {
  const width = b.length + 1;
  if ((a.length + 1) * width > table.length) table = new Uint16Array((a.length + 1) * width);
  const cell = (i: number, j: number) => table[i * width + j] as number;
  for (let j = 0; j < width; j++) table[j] = j;
  for (let i = 1; i <= a.length; i++) {
    table[i * width] = i;
    for (let j = 1; j < width; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1);
      let least = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, cell(i - 2, j - 2) + 1);
      table[i * width + j] = least;
    }
  }
  return cell(a.length, b.length);
}

let table = new Uint16Array(LONGEST_WORD * LONGEST_WORD);
