/** A standing invoice as far as credit goes, in millionths: what it gives to later ones, and takes from which. */
export interface ModelCredit {
  number: string;
  gives: bigint;
  takes: Map<string, bigint>;
}

/** What nobody among the standing invoices has taken of what one of them gives. */
export function leftOf({ number, gives }: ModelCredit, standing: readonly ModelCredit[]): bigint {
  return standing.reduce((left, { takes }) => left - (takes.get(number) ?? 0n), gives);
}

/**
 * What the next invoice gives and takes that comes to `due`, beside those that stand, in the order in which they became
 * final. As the contract says it in words; it shares no code with the product, which reads lines of invoices.
 */
export function nextCredit(
  number: string,
  due: bigint,
  carries: boolean,
  standing: readonly ModelCredit[],
): ModelCredit {
  const takes = new Map<string, bigint>();
  if (due < 0n) return { number, gives: carries ? -due : 0n, takes };
  let rest = due;
  for (const giver of standing) {
    const left = leftOf(giver, standing);
    let taken = left;
    if (taken > rest) taken = rest;
    if (taken > 0n) takes.set(giver.number, taken);
    rest -= taken;
  }
  return { number, gives: 0n, takes };
}
