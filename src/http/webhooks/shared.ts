/** What the routes of webhooks have in common. */

import { z } from 'zod';
import type { WebhookStore } from '../../notifications/webhooks.ts';
import type { AppDeps } from '../deps.ts';

export const tags = ['Webhooks'];
export const config = { scope: 'webhooks' } as const;

export const webhookParams = z.object({ id: z.string().meta({ description: 'Of the webhook' }) });

export type WebhookDeps = Pick<AppDeps, 'db' | 'clock' | 'sealing' | 'webhooksAllowInsecure'>;

export function storeOf({ db, sealing, webhooksAllowInsecure: allowInsecure }: WebhookDeps): WebhookStore {
  return { db, sealer: sealing.master, allowInsecure };
}
