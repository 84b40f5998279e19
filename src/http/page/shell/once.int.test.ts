import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type TestDatabase, testDatabase } from '../../../../test/support/database.ts';
import { actingOnce } from './once.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase();
});

afterAll(() => database.drop());

interface Answer {
  text: string;
  refused?: boolean;
}

/** A process that answers forms. */
const processOf = () =>
  actingOnce<Answer>({ db: database.database.db, isRefusal: ({ refused = false }) => refused });

const SENT = { type: 'conflict', message: expect.stringMatching(/^This form was sent before/) };
const DAY_MS = 86_400_000;

test('two clicks at one process are one act with one answer, later ones and those at another process none', async () => {
  const [first, second] = [processOf(), processOf()];
  let acts = 0;
  const act = async () => ({ text: `act ${++acts}` });
  const answers = await Promise.all([first('a', 0, act), first('a', 0, act)]);
  expect(answers).toEqual([{ text: 'act 1' }, { text: 'act 1' }]);
  await expect(second('a', 1, act)).rejects.toMatchObject(SENT);
  await expect(first('a', 61_000, act)).rejects.toMatchObject(SENT);
  expect(acts).toBe(1);
  expect(await second('b', 1, act)).toEqual({ text: 'act 2' });
});

test('of many processes at once one acts', async () => {
  let acts = 0;
  const sent = Array.from({ length: 8 }, () => processOf()('at once', 0, () => ({ text: `act ${++acts}` })));
  const settled = await Promise.allSettled(sent);
  expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(acts).toBe(1);
});

test('what failed or was refused may be sent again, at once and anywhere', async () => {
  const [first, second] = [processOf(), processOf()];
  const failing = first('c', 0, () => {
    throw new Error('gone');
  });
  await expect(failing).rejects.toThrow('gone');
  expect(await second('c', 0, () => ({ text: 'wrong', refused: true }))).toMatchObject({ refused: true });
  expect(await second('c', 0, () => ({ text: 'right' }))).toEqual({ text: 'right' });
  await expect(first('c', 0, () => ({ text: 'twice' }))).rejects.toMatchObject(SENT);
});

test('a form is remembered for a week', async () => {
  await processOf()('old', 0, () => ({ text: 'once' }));
  await expect(processOf()('old', 7 * DAY_MS, () => ({ text: 'again' }))).rejects.toMatchObject(SENT);
  expect(await processOf()('old', 7 * DAY_MS + 1, () => ({ text: 'again' }))).toEqual({ text: 'again' });
});
