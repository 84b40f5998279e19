import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { type TestDatabase, testDatabase } from '../../test/support/database.ts';
import { until } from '../../test/support/until.ts';
import { type ContactKeys, openContactKeys } from './contact-keys.ts';
import { FORMER_HASHES } from './hashes.ts';
import { insertKeys, type KeyName, MasterKeyRetired } from './key-rows.ts';
import { MasterKeyRefused, openSealing, type Sealing } from './sealing.ts';

const MASTER = randomBytes(32);
const logger = pino({ level: 'silent' });
const holder = (contact: string) => ({ tenant: 'acme', channel: 'whatsapp', account: '5511', contact });

let base: TestDatabase;
let sealing: Sealing;
let counted = 0;
const opened: ContactKeys[] = [];

beforeAll(async () => {
  base = await testDatabase();
  sealing = await sealingWith([MASTER]);
});

afterAll(async () => {
  for (const keys of opened) await keys.stop();
  await base.drop();
});

async function sealingWith(secrets: readonly Buffer[]): Promise<Sealing> {
  const rest = { clock: () => 1_000, knownFormer: async () => new Set<string>(), logger };
  const made = await openSealing({ db: base.database.db, secrets, ...rest });
  opened.push(made.keys);
  return made;
}

/** Keys as one more process has them; `former`: the conversations with records of format 1. */
async function keysOfAProcess({
  former = new Set<string>(),
  everyMs = 3_600_000,
  leaseMs = 5_000,
}: {
  former?: ReadonlySet<string>;
  everyMs?: number;
  leaseMs?: number;
} = {}): Promise<ContactKeys> {
  const keys = await openContactKeys({
    ...{ ...sealing, db: base.database.db, logger, everyMs, leaseMs },
    clock: () => 1_000 + counted++,
    knownFormer: async (conversations) => new Set(conversations.filter((hash) => former.has(hash))),
  });
  opened.push(keys);
  return keys;
}

test('a contact has one key, in every process and after a restart', async () => {
  const [one, other] = [await keysOfAProcess(), await keysOfAProcess()];
  const wanted = Array.from({ length: 300 }, (_, index) => holder(`one-${index}`));
  const made = await Promise.all([
    one.forWriting(wanted),
    other.forWriting(wanted.toReversed()),
    one.forWriting(wanted.slice(7)),
  ]);
  const later = await (await keysOfAProcess()).forWriting(wanted);
  expect(made[0].map(({ secret }) => secret)).toEqual(later.map(({ secret }) => secret));
  expect(made[1].toReversed()).toEqual(made[0]);
  expect(made[2]).toEqual(made[0].slice(7));
  expect(new Set(later.map(({ secret }) => secret.toString('hex'))).size).toBe(300);
  expect(one.known(holder('one-5'))).toEqual(made[0][5]);
  expect(one.known(holder('nobody'))).toBeUndefined();
});

test('without news from the database a key is used until its lease ends, and asked for anew then', async () => {
  const [brief, long] = [
    await keysOfAProcess({ leaseMs: 1_200 }),
    await keysOfAProcess({ leaseMs: 300_000 }),
  ];
  const [made] = await brief.forWriting([holder('leased')]);
  await long.forWriting([holder('leased')]);
  await until(() => brief.known(holder('leased')) === undefined, { what: 'the end of the lease' });
  expect(long.known(holder('leased'))).toEqual(made);
  expect(await brief.forWriting([holder('leased')])).toEqual([made]);
  expect(brief.known(holder('leased'))).toEqual(made);
});

test('accounts of one contact have keys of their own, found by the contact', async () => {
  const keys = await keysOfAProcess();
  const both = [holder('two'), { ...holder('two'), account: '5512' }, { ...holder('two'), account: null }];
  const made = await keys.forWriting(both);
  expect(new Set(made.map(({ conversation }) => conversation)).size).toBe(3);
  expect(made[2]?.conversation).toBe(sealing.hashes.contact(holder('two')));
  const rows = await base.database.db
    .selectFrom('sealing.contact_keys')
    .select('conversation')
    .where('contact', '=', sealing.hashes.contact(holder('two')))
    .execute();
  expect(rows).toHaveLength(3);
});

test('a conversation with records of format 1 goes on under its hash, also for who cannot tell any more', async () => {
  const hash = FORMER_HASHES.conversation(holder('old'));
  const [key] = await (await keysOfAProcess({ former: new Set([hash]) })).forWriting([holder('old')]);
  expect(key?.conversation).toBe(hash);
  expect(key?.hashes).toBe(FORMER_HASHES);
  const [again] = await (await keysOfAProcess()).forWriting([holder('old')]);
  expect(again).toEqual(key);
});

test('what is sealed in no key database but this one opens again by its name', async () => {
  const [writer, reader] = [await keysOfAProcess(), await keysOfAProcess()];
  const made = await writer.forWriting([holder('read-1'), holder('read-2')]);
  const found = await reader.forReading([...made, { ...(made[0] as KeyName), generation: 9 }]);
  expect(found).toEqual([...made.map(({ secret }) => secret), null]);
});

test('another master key is refused with a sentence, and so is a list that lacks one in use', async () => {
  const wrong = randomBytes(32);
  await expect(sealingWith([wrong])).rejects.toThrow(MasterKeyRefused);
  await expect(sealingWith([wrong])).rejects.toThrow(/put the right one back/);
  const again = await sealingWith([wrong, MASTER]);
  expect(again.hashes.id('m1')).toBe(sealing.hashes.id('m1'));
  await expect(sealingWith([MASTER])).rejects.toThrow(/list it behind the first one/);
});

test('no key is wrapped by a master key that is retired', async () => {
  const row = {
    ...{ conversation: 'ab'.repeat(16), contact: 'ab'.repeat(16), generation: 0 },
    wrapped: Buffer.from('x'),
  };
  await expect(insertKeys(base.database.db, '0011223344556677', [row], 1)).rejects.toThrow(MasterKeyRetired);
});
