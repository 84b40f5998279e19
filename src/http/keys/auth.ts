/** Who asks, and whether the key may: the check before every route behind a key. */

import type { FastifyRequest } from 'fastify';
import { say } from '../../domain/sentences.ts';
import { type Key, type Scope, scopeRefused, tenantRefused } from '../../keys/rights.ts';
import type { App } from '../deps.ts';
import { Problem, problemFrom, problemResponses } from '../problems/problem.ts';
import { actingNow } from './acting.ts';
import { hasEnded, hashOfSecret, type KnownKeys } from './known-keys.ts';
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
  keys: KnownKeys;
  /** Milliseconds since 1970. */
  clock(): number;
  /** Told of every request with a good key, also of one that the key may not make. */
  used(key: Key, at: number): void;
}

/**
 * Asks every route of this scope for a key with the route's scope and, where the path names a tenant, for that
 * tenant. Register after `noteRefusals`.
 */
export function authenticate(app: App, options: AuthOptions): void {
  const { keys, clock, used } = options;
  app.decorateRequest('key');
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
    const acting = actingNow();
    if (acting !== null && 'key' in acting) return settle(acting.key);
    const secretHash = acting?.secretHash ?? secretHashOf(request);
    if (secretHash === null) return settle(null);
    const key = keys.peek(secretHash);
    if (key !== undefined) settle(key);
    else keys.get(secretHash).then(settle, done);
  });
}

/** Tells of every request of this scope that is answered 401 or 403. */
export function noteRefusals(app: App, refused: (access: RefusedAccess) => void): void {
  app.decorateRequest('presentedKey', null);
  app.addHook('onResponse', (request, { statusCode: status }, done) => {
    if (status === 401 || status === 403) refused(accessOf(request, status));
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

const BEARER = /^Bearer +(\S+) *$/i;

function secretOf({ raw }: FastifyRequest): string | null {
  const { authorization } = raw.headers;
  return authorization === undefined ? null : (BEARER.exec(authorization)?.[1] ?? null);
}

function secretHashOf(request: FastifyRequest): string | null {
  const secret = secretOf(request);
  return secret === null ? null : hashOfSecret(secret);
}

function unauthorized(request: FastifyRequest): Problem {
  const detail =
    secretOf(request) === null
      ? say('The request has no Authorization header of the form {form}.', { form: 'Bearer <key>' })
      : say('The key is unknown, was revoked or has ended.');
  return new Problem('unauthorized', detail);
}
