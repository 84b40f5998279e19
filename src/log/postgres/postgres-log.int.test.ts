import { pino } from 'pino';
import { testDatabase } from '../../../test/support/database.ts';
import { logContract } from '../../../test/support/log-contract.ts';
import { openDatabase } from '../../store/database.ts';
import { openPostgresLog } from './postgres-log.ts';

const logger = pino({ level: 'silent' });

logContract('the event log in PostgreSQL', async () => {
  const { url, drop } = await testDatabase();
  return {
    open: (partitions) => openInstance(url, partitions),
    reader: (partitions) => ({ kind: 'postgres', url, partitions }),
    drop,
  };
});

/** With a pool of its own, as an instance of the service has. */
async function openInstance(url: string, partitions: number) {
  const { pool, close } = openDatabase({ url });
  try {
    const log = await openPostgresLog({ pool, partitions, logger });
    return { ...log, close: () => log.close().then(close) };
  } catch (error) {
    await close();
    throw error;
  }
}
