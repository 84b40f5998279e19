/** Who asks, and whether the key may: the check before every route behind a key. */

import { hash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { createKeyCache } from '../../keys/key-cache.ts';
import { type StoredKey, toKey } from '../../keys/keys.ts';
import { ADMINISTRATOR, type Key, type Scope, scopeRefused, tenantRefused } from '../../keys/rights.ts';
import type { App } from '../deps.ts';
import { Problem, problemFrom, problemResponses, retryAfter } from '../problems/problem.ts';
import type { RefusedAccess } from './refusals.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route behind `authenticate`. */
    key: Key;
    /** Id of the key that was presented, where it is known: also one that was revoked or has ended. */
    presentedKey: string | null;
  }
  interface FastifyContextConfig {
    /** The scope a key needs; every route behind `authenticate` names one. */
    scope?: Scope;
  }
}

const REFUSALS = problemResponses('unauthorized', 'forbidden-scope', 'forbidden-tenant');

interface AuthOptions {
  /** Each is good for everything. */
  adminKeys: readonly string[];
  /** Finds the key by the SHA-256 of its secret. */
  findKey(secretHash: Buffer): Promise<StoredKey | null>;
  /** Milliseconds since 1970. */
  clock(): number;
  /** Told of every request with a good key, also of one that the key may not make. */
  used(key: Key, at: number): void;
  /** Told of every request that is answered 401 or 403. */
  refused(access: RefusedAccess): void;
}

/**
 * Asks every route of this scope for a key with the route's scope and, where the path names a tenant, for that
 * tenant. A secret is looked up by its hash, so how long a look-up takes says nothing about it.
 */
export function authenticate(app: App, options: AuthOptions): void {
  const { adminKeys, findKey, clock, used } = options;
  const adminHashes = new Set(adminKeys.map((secret) => hash('sha256', secret, 'hex')));
  const keys = createKeyCache({
    async find(secretHash) {
      const stored = await findKey(Buffer.from(secretHash, 'hex'));
      return stored === null ? null : toKey(stored);
    },
    tooLate: () =>
      new Problem('database-unavailable', 'The key could not be looked up in time.', {
        headers: retryAfter(2),
      }),
  });
  app.decorateRequest('key');
  app.decorateRequest('presentedKey', null);
  app.addHook('onRoute', (route) => {
    const { config, schema, url } = route;
    if (config?.scope === undefined || schema === undefined)
      throw new Error(`route ${url} names no scope or has no schema`);
    route.schema = {
      ...schema,
      security: [{ key: [] }],
      response: { ...REFUSALS, ...(schema.response as object | undefined) },
    };
  });
  // With a callback: a key that is known costs no wait.
  app.addHook('onRequest', (request, _reply, done) => {
    const settle = (known: Key | null) => {
      const at = clock();
      const key = known === null || hasEnded(known, at) ? null : known;
      request.presentedKey = known?.id ?? null;
      if (key !== null) {
        request.key = key;
        used(key, at);
      }
      done(refusalOf(request, key));
    };
    const secret = secretOf(request);
    if (secret === null) return settle(null);
    const secretHash = hash('sha256', secret, 'hex');
    const key = adminHashes.has(secretHash) ? ADMINISTRATOR : keys.peek(secretHash);
    if (key !== undefined) settle(key);
    else keys.get(secretHash).then(settle, done);
  });
  app.addHook('onResponse', (request, { statusCode: status }, done) => {
    if (status === 401 || status === 403) options.refused(accessOf(request, status));
    done();
  });
}

function accessOf({ ip, presentedKey, method, routeOptions }: FastifyRequest, status: number): RefusedAccess {
  return { address: ip, key: presentedKey, method, route: routeOptions.url ?? 'unknown', status };
}

function refusalOf(request: FastifyRequest, key: Key | null): Problem | undefined {
  if (key === null) return unauthorized(request);
  const { scope } = request.routeOptions.config;
  const { tenant } = request.params as { tenant?: string };
  const refused =
    (scope === undefined ? null : scopeRefused(key, scope)) ??
    (tenant === undefined ? null : tenantRefused(key, tenant));
  return refused === null ? undefined : problemFrom(refused.refusal);
}

function hasEnded({ expiresAt }: Key, at: number): boolean {
  return expiresAt !== null && expiresAt <= at;
}

const BEARER = /^Bearer +(\S+) *$/i;

function secretOf({ raw }: FastifyRequest): string | null {
  const { authorization } = raw.headers;
  return authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? null);
}

function unauthorized(request: FastifyRequest): Problem {
  const detail =
    secretOf(request) === null
      ? 'The request has no Authorization header of the form Bearer <key>.'
      : 'The key is unknown, was revoked or has ended.';
  return new Problem('unauthorized', detail);
}
