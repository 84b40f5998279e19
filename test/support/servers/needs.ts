/**
 * Why tests that need a program of the machine cannot run here, or null where it is there. With CI=true a missing one
 * is an error: a check that is skipped looks like one that passed.
 */
export function whyMissing(isThere: boolean, sentence: string): string | null {
  if (isThere) return null;
  if (process.env.CI === 'true') throw new Error(sentence);
  process.stderr.write(`\x1b[1mSkipped: ${sentence}\x1b[0m\n`);
  return sentence;
}
