/** Ends a verification: the first difference, as a sentence. */
export class DifferenceFound extends Error {
  override name = 'DifferenceFound';
}
