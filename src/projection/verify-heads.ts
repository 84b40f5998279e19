import { capital, type Difference } from './verify-difference.ts';

/** The head of a partition's hash chain before offset `next`, in hex, and what a sentence calls who noted it. */
export interface NotedHead {
  partition: number;
  next: number;
  chain: string;
  by: string;
}

const MEND =
  'The log is not the one that this was made from, or the database was changed by hand: compare both with their backups (the manifest of a log export names chain heads too), and restore the one that differs.';

/** Compares the heads that were noted for one partition with the log's, in the order of their offsets. */
export interface HeadCheck {
  /** The chain has come to `chain` before the record at `offset`, or before the end of what is replayed. */
  pass(offset: number, chain: Buffer): void;
  /** The first one that differs, once all of the partition was passed. */
  difference(): Difference | null;
}

export function checkHeads(noted: readonly NotedHead[], partition: number): HeadCheck {
  const heads = noted.filter((head) => head.partition === partition).sort((a, b) => a.next - b.next);
  let at = 0;
  let found: Difference | null = null;
  return {
    pass(offset, chain) {
      for (let head = heads[at]; head !== undefined && head.next <= offset; head = heads[++at]) {
        const there = chain.toString('hex');
        if (head.chain !== there)
          found ??= {
            difference: `The log differs from what ${head.by} stands on: in partition ${partition} before offset ${head.next} its hash chain is at ${there}, not at ${head.chain}.`,
            mend: MEND,
          };
      }
    },
    difference() {
      const beyond = heads[at];
      if (found !== null || beyond === undefined) return found;
      return {
        difference: `${capital(beyond.by)} stands on partition ${partition} of the log up to offset ${beyond.next}, which is not projected.`,
        mend: MEND,
      };
    },
  };
}
