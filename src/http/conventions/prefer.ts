/**
 * The value of a preference in a `Prefer` header, in lower case; '' where it has none, null where it is not stated.
 * What follows a semicolon belongs to the preference before it, and of repeated ones the first counts (RFC 7240).
 */
export function preferenceIn(header: string, name: string): string | null {
  for (const preference of splitAt(',', header)) {
    const [stated = ''] = splitAt(';', preference);
    const equals = stated.indexOf('=');
    const token = equals < 0 ? stated : stated.slice(0, equals);
    if (token.trim().toLowerCase() !== name) continue;
    return equals < 0 ? '' : unquoted(stated.slice(equals + 1).trim()).toLowerCase();
  }
  return null;
}

/** Separators inside quoted strings are text. */
function splitAt(separator: string, text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (isQuoted && character === '\\') i++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (character === separator && !isQuoted) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

function unquoted(word: string): string {
  return word.length >= 2 && word.startsWith('"') && word.endsWith('"')
    ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1')
    : word;
}
