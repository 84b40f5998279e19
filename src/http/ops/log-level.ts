import { z } from 'zod';
import { LOG_LEVELS } from '../../config.ts';
import type { App, AppDeps } from '../deps.ts';
import { problemResponses } from '../problems/problem.ts';

const levelSchema = z.enum(LOG_LEVELS).meta({ description: 'Lines of this kind and worse are written' });

const answer = z
  .object({
    level: levelSchema,
    usual: levelSchema.meta({ description: 'As `LOG_LEVEL` says' }),
    until: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'When the usual one comes back; null: it is in force' }),
  })
  .meta({
    id: 'LogLevel',
    examples: [{ level: 'debug', usual: 'info', until: '2026-11-27T12:15:00.000Z' }],
  });

const config = { scope: 'ops' } as const;
const tags = ['Operations'];

/** How much the process that answers says in its log. Contract section 3, Operations. */
export function logLevelRoutes(app: App, { logLevel, clock }: Pick<AppDeps, 'logLevel' | 'clock'>): void {
  const shown = () => {
    const { until, ...levels } = logLevel.now();
    return { ...levels, until: until === null ? null : new Date(until).toISOString() };
  };
  app.get(
    '/v1/ops/log-level',
    {
      config,
      schema: {
        tags,
        operationId: 'getLogLevel',
        summary: 'How much the process that answers says in its log',
        response: { 200: answer },
      },
    },
    async () => shown(),
  );
  app.put(
    '/v1/ops/log-level',
    {
      config,
      schema: {
        tags,
        operationId: 'setLogLevel',
        summary: 'Let the process that answers say more or less in its log, for 15 minutes',
        description: 'Of several processes only the one that answers changes; ask each on its own address.',
        body: z
          .strictObject({ level: levelSchema })
          .meta({ id: 'LogLevelChange', examples: [{ level: 'debug' }] }),
        response: { 200: answer, ...problemResponses('invalid-request') },
      },
    },
    async ({ body, key, log }) => {
      log.warn({ key: key.id, level: body.level }, 'the log level is changed for 15 minutes');
      logLevel.change(body.level, clock());
      return shown();
    },
  );
}
