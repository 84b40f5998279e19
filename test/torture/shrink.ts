/** Delta debugging (Zeller and Hildebrandt, ddmin): the parts without which what fails no longer fails. */

export interface Shrinking<Part> {
  /** Whether these parts, in the order given, still fail. Never asked twice about the same ones. */
  fails(parts: readonly Part[]): Promise<boolean>;
  /** Whether the time is up. What was found until then is the answer. */
  isOver(): boolean;
}

export interface Shrunken<Part> {
  parts: Part[];
  /** Each part that is left was left out once, and without it nothing failed. False: the time was up before. */
  minimal: boolean;
}

/** `all` fails. Halves and what is left without them are tried first, then smaller and smaller pieces. */
export async function shrink<Part>(
  all: readonly Part[],
  { fails, isOver }: Shrinking<Part>,
): Promise<Shrunken<Part>> {
  const known = new Map<string, boolean>([[all.map((_, index) => index).join(), true]]);
  let left = all.map((_, index) => index);
  const partAt = (index: number) => all[index] as Part;

  async function stillFails(indexes: readonly number[]): Promise<boolean> {
    const name = indexes.join();
    const found = known.get(name) ?? (await fails(indexes.map(partAt)));
    known.set(name, found);
    return found;
  }

  /** The first of the candidates that fails. */
  async function firstFailing(candidates: readonly number[][]): Promise<number[] | null> {
    for (const candidate of candidates) {
      if (isOver()) return null;
      if (await stillFails(candidate)) return candidate;
    }
    return null;
  }

  const nothing = await firstFailing([[]]);
  if (nothing !== null) return { parts: [], minimal: true };
  for (let pieces = 2; !isOver(); ) {
    const chunks = chunksOf(left, Math.ceil(left.length / pieces));
    // One chunk is all that is left, and of two each is the other one's rest.
    const alone = await firstFailing(chunks.length > 1 ? chunks : []);
    const rests = chunks.map((chunk) => left.filter((index) => !chunk.includes(index)));
    const smaller = alone ?? (await firstFailing(chunks.length > 2 ? rests : []));
    if (smaller !== null) {
      pieces = alone === null ? Math.max(pieces - 1, 2) : 2;
      left = smaller;
    } else if (chunks.length === left.length) {
      return { parts: left.map(partAt), minimal: !isOver() };
    } else pieces = Math.min(2 * pieces, left.length);
  }
  return { parts: left.map(partAt), minimal: false };
}

function chunksOf(items: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, chunk) =>
    items.slice(chunk * size, (chunk + 1) * size),
  );
}
