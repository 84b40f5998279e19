/** Pages for people, one for each kind of problem. */

import { hash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Language } from '../../domain/description.ts';
import { say } from '../../domain/sentences.ts';
import type { WarningName } from '../../intake/warnings.ts';
import { acceptedLanguage } from '../conventions/language.ts';
import type { App } from '../deps.ts';
import { pagePolicy } from '../server/security-headers.ts';
import { Problem, problemResponses } from './problem.ts';
import { PORTUGUESE } from './problem-texts-pt.ts';
import {
  isProblem,
  isWarning,
  PROBLEM_TYPES,
  type ProblemName,
  type ProblemText,
  WARNING_TYPES,
} from './problem-types.ts';

const page = {
  description: 'A page for people; text for `Accept: text/plain`',
  content: {
    'text/html': { schema: z.string() },
    'text/plain': { schema: z.string() },
  },
};

const headers = z.looseObject({
  'accept-language': z
    .string()
    .optional()
    .meta({ description: 'Portuguese or English (default)', example: 'pt-BR' }),
});

/** What the pages say beside the problems themselves. */
const en = { index: 'Problems', status: 'HTTP status', warning: 'warning' };
type Texts = typeof en & { problems: Readonly<Record<ProblemName | WarningName, ProblemText>> };

const TEXTS: Readonly<Record<Language, Texts>> = {
  en: { ...en, problems: { ...PROBLEM_TYPES, ...WARNING_TYPES } },
  'pt-BR': { index: 'Problemas', status: 'status HTTP', warning: 'aviso', problems: PORTUGUESE },
};

/** A page for each problem type, and an index. */
export function problemPages(app: App): void {
  app.get(
    '/problems',
    {
      schema: {
        tags: ['Documentation'],
        operationId: 'listProblems',
        summary: 'All kinds of problems',
        headers,
        response: { 200: page },
      },
    },
    async (request, reply) => {
      const { index, warning, problems } = TEXTS[languageOf(request)];
      const kinds = Object.keys(PROBLEM_TYPES).filter(isProblem);
      const warnings = Object.keys(WARNING_TYPES).filter(isWarning);
      return renderPage(request, reply, {
        title: index,
        lines: [
          ...kinds.map((name) => `${PROBLEM_TYPES[name].status} ${name}: ${problems[name].title}`),
          ...warnings.map((name) => `${warning} ${name}: ${problems[name].title}`),
        ],
        links: [...kinds, ...warnings],
      });
    },
  );
  app.get(
    '/problems/:name',
    {
      schema: {
        tags: ['Documentation'],
        operationId: 'getProblem',
        summary: 'What a problem means and what to do about it',
        headers,
        params: z.object({ name: z.string().meta({ description: 'What follows /problems/ in `type`' }) }),
        response: { 200: page, ...problemResponses('not-found') },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const { status, warning, problems } = TEXTS[languageOf(request)];
      if (!isProblem(name) && !isWarning(name))
        throw new Problem('not-found', say('There is no problem of this name.'));
      const { title, explanation } = problems[name];
      const kind = isProblem(name) ? `${status} ${PROBLEM_TYPES[name].status}` : warning;
      const what = `/problems/${name}, ${kind}`;
      return renderPage(request, reply, { title, lines: [what, explanation] });
    },
  );
}

/** Problems are no tenant's; who asks for neither language is answered in that of the API. */
function languageOf(request: FastifyRequest): Language {
  return acceptedLanguage(request.headers['accept-language']) ?? 'en';
}

interface Page {
  title: string;
  lines: string[];
  /** Names of problems, one per line, where the lines are an index. */
  links?: string[];
}

/** In the colours of the page for people. */
const STYLE =
  ':root{color-scheme:light dark}' +
  'body{font:1rem/1.5 ui-sans-serif,system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere;' +
  'background:light-dark(#f5f6f3,#0f1412);color:light-dark(#16211c,#e8eeea)}' +
  'h1{font-size:1.75rem;line-height:1.2}' +
  'a{color:light-dark(#0a6b53,#56cfa8);text-underline-offset:.2em}' +
  ':focus-visible{outline:3px solid light-dark(#0b57d0,#8ab4ff);outline-offset:2px}';
const POLICY = pagePolicy(`style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`);

function renderPage(request: FastifyRequest, reply: FastifyReply, { title, lines, links }: Page): string {
  const language = languageOf(request);
  reply
    .header('vary', 'accept, accept-language')
    .header('content-language', language)
    .header('cache-control', 'public, max-age=3600');
  if (!prefersHtml(request.headers.accept)) {
    reply.type('text/plain; charset=utf-8');
    return `${[title, ...lines].join('\n\n')}\n`;
  }
  reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY);
  const body = lines.map((line, i) => {
    const link = links?.[i];
    const text = escapeHtml(line);
    return `<p>${link === undefined ? text : `<a href="/problems/${link}">${text}</a>`}</p>`;
  });
  return (
    `<!doctype html><html lang="${language}"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title>` +
    `<style>${STYLE}</style>` +
    `<h1>${escapeHtml(title)}</h1>${body.join('')}</html>\n`
  );
}

function prefersHtml(accept: string | undefined): boolean {
  return accept === undefined || !accept.includes('text/plain') || accept.includes('text/html');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
