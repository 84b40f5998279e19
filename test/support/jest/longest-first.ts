/** In which order Jest runs the test files. */

import { createRequire } from 'node:module';

interface TestFile {
  path: string;
  /** Of the last run (ms), where there was one. */
  duration?: number;
}

type Sequencer = new (
  ...args: never[]
) => { sort(tests: readonly TestFile[]): TestFile[] | Promise<TestFile[]> };

/** Jest's own, which comes with it. */
const { default: JestSequencer }: { default: Sequencer } = createRequire(
  createRequire(import.meta.url).resolve('jest'),
)('@jest/test-sequencer');

const KINDS = ['.e2e.test.ts', '/test/deterministic/', '.int.test.ts'];

function kindOf({ path }: TestFile): number {
  const kind = KINDS.findIndex((part) => path.includes(part));
  return kind === -1 ? KINDS.length : kind;
}

/**
 * In a fresh clone Jest knows no durations and takes large files for long ones. What starts processes is long, and
 * what simulates them, however small its file: begun last, it would run alone at the end.
 */
export default class LongestFirst extends JestSequencer {
  override async sort(tests: readonly TestFile[]): Promise<TestFile[]> {
    const sorted = await super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return sorted.toSorted((a, b) => kindOf(a) - kindOf(b));
  }
}
