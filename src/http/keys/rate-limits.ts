/** How many requests and events a second a key and a tenant may send. */

import type { FastifyRequest } from 'fastify';
import type { Limits } from '../../config.ts';
import { type Said, say } from '../../domain/sentences.ts';
import { senderOf } from '../../intake/shares.ts';
import type { Key } from '../../keys/rights.ts';
import type { App } from '../deps.ts';
import { Problem, retryAfter } from '../problems/problem.ts';
import { type Buckets, createBuckets } from './token-buckets.ts';

/** Counts every request of this scope; register after `authenticate`. Problem: `too-many-requests`. */
export function limitRequests(app: App, limits: Limits): void {
  const byKey = createBuckets(limits.requestsPerKey);
  const byTenant = createBuckets(limits.requestsPerTenant);
  // With a callback: each async hook costs every request a microsecond or two.
  app.addHook('onRequest', (request, _reply, done) => {
    const { key } = request;
    const tenant = tenantOf(request);
    const wait = byKey.wait(key.id);
    if (wait > 0)
      return done(
        tooMany(say('The key sends more than {most} requests', { most: limits.requestsPerKey }), wait),
      );
    if (tenant !== null) {
      const longer = byTenant.wait(tenant);
      if (longer > 0)
        return done(
          tooMany(
            say('For the tenant {tenant} come more than {most} requests', {
              tenant: tenant,
              most: limits.requestsPerTenant,
            }),
            longer,
          ),
        );
      byTenant.take(tenant, 1);
    }
    byKey.take(key.id, 1);
    done();
  });
}

function tenantOf({ params, key }: FastifyRequest): string | null {
  return (params as { tenant?: string }).tenant ?? senderOf(key).tenant;
}

function tooMany(what: Said, seconds: number): Problem {
  return new Problem('too-many-requests', say('<what> a second.', { what }), {
    headers: retryAfter(Math.ceil(seconds)),
  });
}

export interface EventRates {
  /** Before a body is read: whether one event would be taken. */
  refusalOf(key: Key): Problem | undefined;
  /**
   * Takes all events of a request, or none: throws the problem `too-many-requests`. However many they are, they are
   * taken where one would be. `tenants` says how many of them are whose.
   */
  take(key: Key, events: number, tenants: ReadonlyMap<string, number>): void;
}

export function createEventRates({ eventsPerKey, eventsPerTenant }: Limits): EventRates {
  const byKey = createBuckets(eventsPerKey);
  const byTenant = createBuckets(eventsPerTenant);
  const ofKey = (key: Key) =>
    refusal(byKey, key.id, () => say('The key sends more than {most} events', { most: eventsPerKey }));
  const ofTenant = (tenant: string) =>
    refusal(byTenant, tenant, () =>
      say('For the tenant {tenant} come more than {most} events', { tenant, most: eventsPerTenant }),
    );
  return {
    refusalOf(key) {
      const { tenant } = senderOf(key);
      return ofKey(key) ?? (tenant === null ? undefined : ofTenant(tenant));
    },
    take(key, events, tenants) {
      const refused = ofKey(key) ?? [...tenants.keys()].map(ofTenant).find((one) => one !== undefined);
      if (refused !== undefined) throw refused;
      byKey.take(key.id, events);
      for (const [tenant, count] of tenants) byTenant.take(tenant, count);
    },
  };
}

function refusal(buckets: Buckets, name: string, what: () => Said): Problem | undefined {
  const wait = buckets.wait(name);
  return wait === 0 ? undefined : tooMany(what(), wait);
}
