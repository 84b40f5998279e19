/** Pages for people, one for each kind of problem. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { App } from '../deps.ts';
import { Problem, problemResponses } from './problem.ts';
import { findProblemType, PROBLEM_TYPES, type ProblemType } from './problem-types.ts';

const page = {
  description: 'A page for people; text for `Accept: text/plain`',
  content: {
    'text/html': { schema: z.string() },
    'text/plain': { schema: z.string() },
  },
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
        response: { 200: page },
      },
    },
    async (request, reply) =>
      renderPage(request, reply, {
        title: 'Problems',
        lines: Object.entries(PROBLEM_TYPES).map(
          ([name, { status, title }]) => `${status} ${name}: ${title}`,
        ),
        links: Object.keys(PROBLEM_TYPES),
      }),
  );
  app.get(
    '/problems/:name',
    {
      schema: {
        tags: ['Documentation'],
        operationId: 'getProblem',
        summary: 'What a problem means and what to do about it',
        params: z.object({ name: z.string().meta({ description: 'What follows /problems/ in `type`' }) }),
        response: { 200: page, ...problemResponses('not-found') },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const type = findProblemType(name);
      if (type === null) throw new Problem('not-found', 'There is no problem of this name.');
      return renderPage(request, reply, problemPage(name, type));
    },
  );
}

interface Page {
  title: string;
  lines: string[];
  /** Names of problems, one per line, where the lines are an index. */
  links?: string[];
}

function problemPage(name: string, { status, title, explanation }: ProblemType): Page {
  return { title, lines: [`/problems/${name}, HTTP status ${status}`, explanation] };
}

function renderPage(request: FastifyRequest, reply: FastifyReply, { title, lines, links }: Page): string {
  reply.header('vary', 'accept').header('cache-control', 'public, max-age=3600');
  if (!prefersHtml(request.headers.accept)) {
    reply.type('text/plain; charset=utf-8');
    return `${[title, ...lines].join('\n\n')}\n`;
  }
  reply.type('text/html; charset=utf-8');
  const body = lines.map((line, i) => {
    const link = links?.[i];
    const text = escapeHtml(line);
    return `<p>${link === undefined ? text : `<a href="/problems/${link}">${text}</a>`}</p>`;
  });
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title>` +
    '<style>body{font:1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}</style>' +
    `<h1>${escapeHtml(title)}</h1>${body.join('')}</html>\n`
  );
}

function prefersHtml(accept: string | undefined): boolean {
  return accept === undefined || !accept.includes('text/plain') || accept.includes('text/html');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
