import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { testDatabase } from '../../test/support/database.ts';
import { granted } from '../../test/support/granted.ts';
import { testSealing } from '../../test/support/sealing.ts';
import { MASTER_KEY } from '../../test/support/servers/process.ts';
import { until } from '../../test/support/until.ts';
import { ADMINISTRATOR } from '../keys/rights.ts';
import { createMasterKeys } from '../sealing/master-keys.ts';
import { startRewrap } from '../sealing/rewrap.ts';
import { openSealing } from '../sealing/sealing.ts';
import { secretText } from './signature.ts';
import { createWebhook, rotateSecret, secretsOf } from './webhooks.ts';

test('after a rotation of master keys both secrets of a webhook open by the new one alone', async () => {
  const database = await testDatabase();
  const { db } = database.database;
  const before = await testSealing(db);
  const by = { key: ADMINISTRATOR, at: 1_000 };
  const store = { db, sealer: before.master, allowInsecure: false };
  const terms = { url: 'https://erp.example/', types: null, tenants: null, description: '' };
  const made = granted(await createWebhook(store, terms, by));
  const rotated = granted(await rotateSecret(store, made.webhook.id, by));
  const logger = pino({ level: 'silent' });
  const fresh = randomBytes(32);
  const secrets = [fresh, Buffer.from(MASTER_KEY, 'base64')];
  const after = await openSealing({
    db,
    secrets,
    clock: Date.now,
    logger,
    knownFormer: async () => new Set<string>(),
  });
  const rewrap = startRewrap({ db, master: after.master, logger });
  const retired = () =>
    db.selectFrom('sealing.master_keys').select('name').where('retired_at', 'is not', null).execute();
  await until(async () => (await retired()).length === 1, { what: 'the old key to be retired' });
  const webhook = await db.selectFrom('billing.webhooks').selectAll().executeTakeFirstOrThrow();
  const open = secretsOf(webhook, createMasterKeys([fresh]), 1_001);
  expect(open.map(secretText)).toEqual([rotated.secret, made.secret]);
  await rewrap.stop();
  await Promise.all([before.keys.stop(), after.keys.stop()]);
  await database.drop();
});
