/** The page for people, "Acompanhamento das conversas": who may see it, under which policy, and how it fails. */

import cookie from '@fastify/cookie';
import formbody from '@fastify/formbody';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { findPortalLink, keyOfLink } from '../../keys/portal-links.ts';
import type { Key } from '../../keys/rights.ts';
import { useSession } from '../../keys/sessions.ts';
import { createMoments } from '../../projection/read/one-moment.ts';
import { PAGE_CONNECTIONS } from '../conventions/read-lanes.ts';
import type { App, AppDeps } from '../deps.ts';
import { hasEnded, type KnownKeys } from '../keys/known-keys.ts';
import { Problem } from '../problems/problem.ts';
import { invoiceChangePages } from './invoices/changes.ts';
import { invoicePages, numberedInvoicePage } from './invoices/document.ts';
import { invoiceListPages, tenantInvoicePages } from './invoices/list.ts';
import { manualLinePages } from './invoices/manual-lines.ts';
import { runPages } from './invoices/runs.ts';
import { connectionPages } from './operations/connections.ts';
import { countingPages } from './operations/counting.ts';
import { keyPages } from './operations/keys.ts';
import { rebuildPages } from './operations/rebuilds.ts';
import { verificationPages } from './operations/verification.ts';
import { webhookPages } from './operations/webhooks.ts';
import { planChangePages } from './plans/change.ts';
import { planPages } from './plans/list.ts';
import { erasurePages } from './privacy/erasures.ts';
import { askAs, withQuery } from './shell/ask.ts';
import { assetRoutes } from './shell/assets.ts';
import { answerEnded, answerFailure, refuseFromElsewhere } from './shell/failure.ts';
import { type Pages, pagesIn } from './shell/routes.ts';
import {
  chosenLanguage,
  languageOf,
  SESSION_COOKIE,
  type SignInDeps,
  setSession,
  signInRoutes,
} from './shell/sign-in.ts';
import { type Visitor, visitorOf } from './shell/visitor.ts';
import { portalLinkPages } from './tenants/portal-link.ts';
import { rulePages } from './tenants/rules.ts';
import { settingsPages } from './tenants/settings.ts';
import { subscriptionPages } from './tenants/subscriptions.ts';
import { thresholdPages } from './tenants/thresholds.ts';
import { monthPages } from './usage/month.ts';
import { overviewPages } from './usage/overview.ts';
import { conversationPages } from './windows/conversation.ts';
import { eventPages } from './windows/events.ts';
import { explanationPages } from './windows/explanation.ts';
import { windowListPages } from './windows/list.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every page behind a session or a portal link. */
    visitor: Visitor | null;
  }
}

type PageDeps = AppDeps & SignInDeps;

/** Contract section 7. */
export function pages(app: App, deps: PageDeps): void {
  const { db, slowDb } = deps;
  const atOneMoment = createMoments(deps.pagesDb, { over: [db, slowDb], most: PAGE_CONNECTIONS });
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404 || !isOfPeople(request)) return undefined;
    return answerFailure(new Problem('not-found'), request, reply.headers(POLICY));
  });
  app.register((scope: App, _options, done) => {
    scope.register(cookie);
    scope.register(formbody, { bodyLimit: 65_536 });
    scope.decorateRequest('visitor', null);
    scope.addHook('onRequest', (request, reply, next) => {
      reply.headers(POLICY);
      next(refuseFromElsewhere(request));
    });
    scope.setErrorHandler((error, request, reply) => answerFailure(error, request, reply));
    assetRoutes(scope);
    signInRoutes(scope, deps);
    scope.register((behind: App, _behindOptions, ready) => {
      behind.addHook('onRequest', async (request, reply) => await admit(app, deps, request, reply));
      const to = pagesIn(behind, known, atOneMoment, db);
      overviewPages(to);
      invoiceListPages(to);
      numberedInvoicePage(to);
      invoiceChangePages(to);
      manualLinePages(to);
      runPages(to);
      planPages(to);
      planChangePages(to);
      countingPages(to);
      rebuildPages(to);
      keyPages(to);
      settingsPages(to);
      subscriptionPages(to);
      rulePages(to);
      portalLinkPages(to);
      thresholdPages(to);
      eventPages(to);
      erasurePages(to);
      connectionPages(to);
      webhookPages(to);
      verificationPages(to);
      tenantPages(to, '/tenants/:tenant');
      ready();
    });
    scope.register((behind: App, _behindOptions, ready) => {
      behind.addHook('onRequest', async (request, reply) => await admitByLink(app, deps, request, reply));
      tenantPages(pagesIn(behind, known, atOneMoment, db), '/portal/:token');
      ready();
    });
    done();
  });
}

/** What there is to see of one tenant. */
function tenantPages(to: Pages, at: string): void {
  monthPages(to, at);
  windowListPages(to, at);
  explanationPages(to, at);
  conversationPages(to, at);
  tenantInvoicePages(to, at);
  invoicePages(to, at);
}

/** Nothing comes from another host, nothing runs that stands in a page, and nobody frames it. */
const POLICY = {
  'content-security-policy': policyWith("'none'"),
  // Within the service the address says where a form was sent from; elsewhere nothing does.
  'referrer-policy': 'same-origin',
} as const;

function policyWith(frameAncestors: string): string {
  return `default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors ${frameAncestors}; object-src 'none'`;
}

/** What a browser asks for when somebody follows a link or types an address. */
function isOfPeople({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !url.startsWith('/v1/') && (headers.accept ?? '').includes('text/html');
}

function known({ visitor }: FastifyRequest): Visitor {
  if (visitor === null) throw new Error('a page without a visitor');
  return visitor;
}

/** Lets somebody in who is signed in, and leads others to where they can. */
async function admit(
  app: App,
  { keys, keysDb, clock, defaultTimeZone }: PageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  const at = clock();
  const token = request.cookies[SESSION_COOKIE];
  const secretHash = token === undefined ? null : await useSession(keysDb, token, at);
  const key = secretHash === null ? null : await keyOf(keys, secretHash, at);
  if (token === undefined || secretHash === null || key === null) {
    const next = request.method === 'GET' ? request.url : '/';
    const ended = token === undefined ? undefined : 'yes';
    return reply.redirect(withQuery('/sign-in', { next: next === '/' ? undefined : next, ended }), 303);
  }
  setSession(request, reply, token);
  const language = languageOf(request);
  request.visitor = visitorOf({
    ...{ key, language, portal: null, now: at, timeZone: defaultTimeZone, address: request.url },
    ask: askAs(app, { secretHash }, language, request),
  });
  return undefined;
}

async function keyOf(keys: KnownKeys, secretHash: string, at: number): Promise<Key | null> {
  const key = keys.peek(secretHash) ?? (await keys.get(secretHash));
  return key === null || hasEnded(key, at) ? null : key;
}

/** Lets somebody in who has a portal link: to one tenant, by what stands in the address, so that it works in a frame. */
async function admitByLink(
  app: App,
  { keysDb, clock, defaultTimeZone, portalFrameAncestors }: PageDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply | undefined> {
  reply.header('content-security-policy', policyWith(portalFrameAncestors));
  // Whoever has the address sees the pages: no search engine shall know it.
  reply.header('x-robots-tag', 'noindex');
  const { token } = request.params as { token: string };
  const at = clock();
  const link = await findPortalLink(keysDb, token, at);
  if (link === null) return answerEnded(request, reply);
  const key = keyOfLink(link);
  const language = chosenLanguage(request) ?? link.language;
  request.visitor = visitorOf({
    ...{ key, language, now: at, timeZone: defaultTimeZone, address: request.url },
    portal: { token, tenant: link.tenant },
    ask: askAs(app, { key }, language, request),
  });
  return undefined;
}
