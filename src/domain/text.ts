/** U+0000-1F and 7F-9F. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this is what finds them
export const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

export const TOKEN_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function hasLength(value: string, min: number, max: number): boolean {
  if (value.length < min) return false;
  if (value.length <= max) return true;
  return value.length <= 2 * max && [...value].length <= max;
}
