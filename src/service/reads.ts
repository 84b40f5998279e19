/** Opens what the API reads the projection over: a replica where `DATABASE_READ_URL` names one, else the database itself. */

import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { QUICK_CONNECTIONS, SLOW_CONNECTIONS } from '../http/conventions/read-lanes.ts';
import type { AppDeps } from '../http/deps.ts';
import type { Metrics } from '../metrics.ts';
import type { Database } from '../store/database.ts';
import { followReplica, UNUSED } from '../store/read-replica.ts';
import type { OpenPool } from './open.ts';
import type { Resources } from './resources.ts';

interface Primary {
  quick: Database;
  slow: Database;
  health: Database;
  metrics: Metrics;
  logger: Logger;
}

export async function openReads(
  { database }: Pick<Config, 'database'>,
  resources: Resources,
  openPool: OpenPool,
  { quick, slow, health, metrics, logger }: Primary,
): Promise<Pick<AppDeps, 'readDb' | 'slowReadDb' | 'countedDb'>> {
  const url = database.kind === 'url' ? database.readUrl : null;
  if (url === null) return { readDb: quick.db, slowReadDb: slow.db, countedDb: () => quick.db };
  const { replicaUp, replicaLagSeconds, readFallbacks } = metrics;
  for (const why of UNUSED) readFallbacks.inc({ why }, 0);
  const onReplica = (name: string, max: number) => openPool(name, { url, max });
  const replica = await followReplica({
    ...{ logger, replica: onReplica('replica', 2), primary: health, now: () => performance.now() },
    fellBack: (why) => readFallbacks.inc({ why }),
    looked({ unused, behindMs }) {
      replicaUp.set(unused === null ? 1 : 0);
      if (behindMs === null) replicaLagSeconds.remove();
      else replicaLagSeconds.set(behindMs / 1_000);
    },
  });
  resources.add('replica', () => replica.stop());
  return {
    readDb: replica.reading(onReplica('replica reads', QUICK_CONNECTIONS), quick),
    slowReadDb: replica.reading(onReplica('slow replica reads', SLOW_CONNECTIONS), slow),
    countedDb: replica.looking,
  };
}
