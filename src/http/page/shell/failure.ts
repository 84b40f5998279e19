/** What went wrong, as a page: the sentence of the problem in the visitor's language, and the way to its page. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Language } from '../../../domain/description.ts';
import { inPortuguese } from '../../../domain/sentences.ts';
import { Problem } from '../../problems/problem.ts';
import { PORTUGUESE } from '../../problems/problem-texts-pt.ts';
import { isProblem, PROBLEM_TYPES, type ProblemText } from '../../problems/problem-types.ts';
import { toProblem } from '../../server/errors.ts';
import { TEXTS } from '../texts/texts.ts';
import { type ProblemAnswer, Refused } from './ask.ts';
import { type Html, html } from './html.ts';
import { frame } from './layout.ts';
import { sendPage } from './routes.ts';
import { languageOf } from './sign-in.ts';

/** A portal link that is none, or no longer. */
export function answerEnded(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const language = languageOf(request);
  const texts = TEXTS[language];
  const content = html`<div class="narrow card"><h1>${texts.signIn.endedTitle}</h1><p>${texts.error.portalEnded}</p></div>`;
  const parts = { title: texts.signIn.endedTitle, nav: null, session: false, content };
  return sendPage(reply.code(410), frame({ language, texts, address: '/' }, parts));
}

export function answerFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = problemOf(error, request);
  if (problem.status >= 500) request.log.error({ err: error }, 'page failed');
  if (problem.status === 401) return reply.redirect('/sign-in?ended=yes', 303);
  const language = languageOf(request);
  const texts = TEXTS[language];
  const t = texts.error;
  const content = html`<div class="narrow card"><h1>${t.title}</h1>${problemBox(problem, language)}
<p><a class="button" href="${cameFrom(request)}">${t.back}</a></p></div>`;
  const page = frame(
    { language, texts, address: '/' },
    { title: t.title, nav: null, session: false, content },
  );
  return sendPage(reply.code(problem.status), page);
}

/** The page before this one, where it was one of ours. */
function cameFrom({ method, url, host, headers }: FastifyRequest): string {
  if (method !== 'GET') return url;
  const before = URL.parse(headers.referer ?? '');
  return before?.host === host && before.pathname + before.search !== url
    ? before.pathname + before.search
    : '/';
}

/** A problem in a box, for a page that goes on: what it means and what to do in the visitor's language, then what the service said. */
export function problemBox(problem: ProblemAnswer, language: Language): Html {
  const t = TEXTS[language].error;
  const known = textOf(problem, language);
  const faults = (problem.errors ?? []).map(({ pointer, parameter, detail }) => ({
    place: pointer ?? parameter ?? '',
    detail,
  }));
  const said =
    faults.length > 0
      ? html`<ul>${faults.map(({ place, detail }) => html`<li><code>${place}</code> ${sentence(detail, language)}</li>`)}</ul>`
      : problem.detail && html`<p>${sentence(problem.detail, language)}</p>`;
  return html`<div class="note-box bad" role="alert" tabindex="-1" autofocus><strong>${known?.title ?? problem.title}</strong>
${said && html`<div>${said}</div>`}
${known !== null && faults.length === 0 && html`<p class="small">${withCode(known.explanation)}</p>`}
<p class="small"><a href="${problem.type}">${t.about}</a></p></div>`;
}

function textOf({ type }: Pick<ProblemAnswer, 'type'>, language: Language): ProblemText | null {
  const name = type.replace('/problems/', '');
  return isProblem(name) ? (language === 'en' ? PROBLEM_TYPES : PORTUGUESE)[name] : null;
}

/** What kind of problem it is, in the visitor's language. */
export function problemTitle(problem: Pick<ProblemAnswer, 'type' | 'title'>, language: Language): string {
  return textOf(problem, language)?.title ?? problem.title;
}

/** What the service said, in the visitor's language; the words of somebody else stay as they are, mostly English. */
export function sentence(said: string, language: Language): Html {
  const own = language === 'en' ? said : inPortuguese(said);
  return own === null ? html`<span lang="en">${said}</span>` : html`${withCode(own)}`;
}

/** What stands between backticks is code. */
function withCode(text: string): Html[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));
}

function problemOf(error: unknown, request: FastifyRequest): ProblemAnswer {
  if (error instanceof Refused) return error.problem;
  const problem = toProblem(error, request);
  return {
    type: `/problems/${problem.type}`,
    title: PROBLEM_TYPES[problem.type].title,
    status: problem.status,
    ...(problem.message === PROBLEM_TYPES[problem.type].title ? {} : { detail: problem.message }),
  };
}

/** A change that a browser says another site asked for is refused; reading changes nothing. */
export function refuseFromElsewhere({ method, headers, host }: FastifyRequest): Problem | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const isOwn =
    site === undefined
      ? origin === undefined || URL.parse(origin)?.host === host
      : site === 'same-origin' || site === 'none';
  return isOwn ? undefined : new Problem('from-elsewhere');
}
