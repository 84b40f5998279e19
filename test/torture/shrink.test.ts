import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { caseOf, type Part, partsOf, withParts } from './schedule.ts';
import { shrink } from './shrink.ts';

const NEVER = () => false;

describe('what fails is shrunk', () => {
  test('to the parts that a planted fault needs, and no other one, wherever they are', async () => {
    const planted = fc
      .integer({ min: 0, max: 120 })
      .chain((length) =>
        fc.tuple(
          fc.constant(length),
          fc.uniqueArray(fc.nat({ max: Math.max(length - 1, 0) }), { maxLength: 4 }),
        ),
      )
      .filter(([length, needed]) => length >= needed.length);
    await fc.assert(
      fc.asyncProperty(planted, async ([length, needed]) => {
        const all = Array.from({ length }, (_, index) => index);
        const fails = async (parts: readonly number[]) => needed.every((part) => parts.includes(part));
        const found = await shrink(all, { fails, isOver: NEVER });
        expect(found).toEqual({ parts: needed.toSorted((a, b) => a - b), minimal: true });
      }),
    );
  });

  test('to the smallest of its own kind where one of several is enough', async () => {
    const all = Array.from({ length: 40 }, (_, index) => index);
    const fails = async (parts: readonly number[]) => parts.filter((part) => part % 3 === 0).length >= 2;
    const { parts, minimal } = await shrink(all, { fails, isOver: NEVER });
    expect([parts.length, parts.every((part) => part % 3 === 0), minimal]).toEqual([2, true, true]);
  });

  test('asking about no set of parts twice, and with a few questions where little matters', async () => {
    const asked: string[] = [];
    const all = Array.from({ length: 500 }, (_, index) => index);
    const fails = async (parts: readonly number[]) => {
      asked.push(parts.join());
      return parts.includes(123) && parts.includes(456);
    };
    expect((await shrink(all, { fails, isOver: NEVER })).parts).toEqual([123, 456]);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.length).toBeLessThan(100);
  });

  test('as far as the time goes: what is left still fails, and is said not to be the least', async () => {
    const all = Array.from({ length: 64 }, (_, index) => index);
    let questions = 0;
    const fails = async (parts: readonly number[]) => {
      questions++;
      return [35, 45, 60].every((part) => parts.includes(part));
    };
    const found = await shrink(all, { fails, isOver: () => questions >= 8 });
    expect(found.minimal).toBe(false);
    expect(found.parts.length).toBeLessThan(64);
    expect(await fails(found.parts)).toBe(true);
  });
});

describe('a case of torture', () => {
  const torture = caseOf({ seed: 7, minutes: 20, disks: true });

  test('is the same from the same seed, has faults of each kind, and spares the first process at the end', () => {
    expect(caseOf({ seed: 7, minutes: 20, disks: true })).toEqual(torture);
    expect(caseOf({ seed: 8, minutes: 20, disks: true })).not.toEqual(torture);
    const kinds = [...torture.ofProcesses, ...torture.ofServers].map(({ fault }) => fault);
    expect(new Set(kinds).size).toBe(16);
    const ends = torture.ofProcesses.filter(({ fault }) => /killed|stopped/.test(fault));
    const last = ends.slice(-Math.floor(ends.length / 3));
    expect([ends.some(({ process }) => process === 0), last.some(({ process }) => process === 0)]).toEqual([
      true,
      false,
    ]);
  });

  test('is shrunk to the two faults and the client whose meeting fails, through a file', async () => {
    const needed: Part[] = [
      { kind: 'client', client: 'rebuilds' },
      { kind: 'process', fault: torture.ofProcesses[60] ?? fail() },
      { kind: 'server', fault: torture.ofServers[100] ?? fail() },
    ];
    const fails = async (parts: readonly Part[]) => {
      const run = partsOf(JSON.parse(JSON.stringify(withParts(torture, parts))));
      const names = run.map((part) => JSON.stringify(part));
      return needed.every((part) => names.includes(JSON.stringify(part)));
    };
    const { parts, minimal } = await shrink(partsOf(torture), { fails, isOver: NEVER });
    expect(minimal).toBe(true);
    expect(withParts(torture, parts)).toEqual({
      ...{ seed: 7, minutes: 20, clients: ['rebuilds'] },
      ofProcesses: [torture.ofProcesses[60]],
      ofServers: [torture.ofServers[100]],
    });
  });
});

function fail(): never {
  throw new Error('the case is too short');
}
