/** The first thing that is wrong and how to mend it, as sentences. */
export interface Finding {
  difference: string;
  mend: string;
}

export function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** Ends a verification: the first difference, as a sentence, and how to mend it where that is not the usual way. */
export class DifferenceFound extends Error {
  override name = 'DifferenceFound';
  readonly mend: string | null;

  constructor(difference: string, mend: string | null = null) {
    super(capital(difference));
    this.mend = mend;
  }
}
