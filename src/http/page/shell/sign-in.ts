/** Signing in with a key, and out again; and the language that somebody chose. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { LANGUAGES, type Language } from '../../../domain/description.ts';
import { endSession, SESSION_MS, startSession } from '../../../keys/sessions.ts';
import { acceptedLanguage } from '../../conventions/language.ts';
import type { App, AppDeps } from '../../deps.ts';
import { hasEnded, hashOfSecret, type KnownKeys } from '../../keys/known-keys.ts';
import type { RefusedAccess } from '../../keys/refusals.ts';
import { TEXTS } from '../texts/texts.ts';
import { type Html, html } from './html.ts';
import { frame } from './layout.ts';
import { askedBy, field, sendPage } from './routes.ts';

export const SESSION_COOKIE = 'janela_session';
const LANGUAGE_COOKIE = 'janela_language';
const YEAR_S = 365 * 86_400;

export type SignInDeps = Pick<AppDeps, 'keysDb' | 'clock'> & {
  keys: KnownKeys;
  /** Told of every key that opens nothing. */
  refused(access: RefusedAccess): void;
};

/** Pages that anybody may see. */
export function signInRoutes(app: App, deps: SignInDeps): void {
  const schema = { hide: true };
  app.get('/sign-in', { schema }, async (request, reply) => {
    const { query } = askedBy(request);
    const problem = query.ended === undefined ? null : TEXTS[languageOf(request)].signIn.ended;
    return sendPage(reply, signInPage(request, { next: localAddress(query.next), problem }));
  });

  app.post('/sign-in', { schema }, async (request, reply) => {
    const { form } = askedBy(request);
    const next = localAddress(field(form, 'next'));
    const secretHash = hashOfSecret(field(form, 'key'));
    const key = deps.keys.peek(secretHash) ?? (await deps.keys.get(secretHash));
    const at = deps.clock();
    if (key === null || hasEnded(key, at)) {
      const { ip: address, method } = request;
      deps.refused({ address, key: key?.id ?? null, method, route: '/sign-in', status: 401 });
      const problem = TEXTS[languageOf(request)].signIn.wrong;
      return sendPage(reply.code(401), signInPage(request, { next, problem }));
    }
    setSession(request, reply, await startSession(deps.keysDb, secretHash, at));
    return reply.redirect(next, 303);
  });

  app.post('/sign-out', { schema }, async (request, reply) => {
    const token = request.cookies[SESSION_COOKIE];
    if (token !== undefined) await endSession(deps.keysDb, token);
    return reply.clearCookie(SESSION_COOKIE, { path: '/' }).redirect('/sign-in', 303);
  });

  app.post('/language', { schema }, async (request, reply) => {
    const { form } = askedBy(request);
    const language = LANGUAGES.find((one) => one === field(form, 'language'));
    if (language !== undefined)
      reply.setCookie(LANGUAGE_COOKIE, language, { ...cookieFor(request), maxAge: YEAR_S });
    return reply.redirect(localAddress(field(form, 'next')), 303);
  });
}

/** The session is good for as long again as it was at first. */
export function setSession(request: FastifyRequest, reply: FastifyReply, token: string): void {
  reply.setCookie(SESSION_COOKIE, token, { ...cookieFor(request), maxAge: SESSION_MS / 1_000 });
}

/** What somebody chose, else what the browser prefers. */
export function languageOf(request: FastifyRequest): Language {
  return chosenLanguage(request) ?? acceptedLanguage(request.headers['accept-language']) ?? 'pt-BR';
}

/** null: nothing yet. */
export function chosenLanguage(request: FastifyRequest): Language | null {
  // Nobody has read the cookies of a request for nothing.
  const cookies: typeof request.cookies | undefined = request.cookies;
  return LANGUAGES.find((language) => language === cookies?.[LANGUAGE_COOKIE]) ?? null;
}

function cookieFor(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: isHttps(request) } as const;
}

/** Whoever ends TLS in front of the service says so. */
export function isHttps({ protocol, headers }: FastifyRequest): boolean {
  const [forwarded] = String(headers['x-forwarded-proto'] ?? '').split(',');
  return protocol === 'https' || forwarded?.trim() === 'https';
}

/** An address within the service, whatever somebody put there: nobody is led elsewhere. */
function localAddress(text: string | undefined): string {
  const isLocal = text !== undefined && /^\/(?![/\\])[\x21-\x7e]*$/.test(text);
  return isLocal ? text : '/';
}

function signInPage(
  request: FastifyRequest,
  { next, problem }: { next: string; problem: string | null },
): Html {
  const language = languageOf(request);
  const texts = TEXTS[language];
  const t = texts.signIn;
  const content = html`<div class="narrow card">
<h1>${t.title}</h1>
<p class="muted">${t.intro}</p>
${problem && html`<p class="note-box bad" role="alert">${problem}</p>`}
<form class="form" method="post" action="/sign-in">
<input type="hidden" name="next" value="${next}">
<label>${t.key}<input type="password" name="key" autocomplete="current-password" required autofocus spellcheck="false"></label>
<button class="primary">${t.button}</button>
</form>
<p class="small muted">${t.where}</p>
</div>`;
  return frame(
    { language, texts, address: request.url },
    { title: t.title, nav: null, session: false, content },
  );
}
