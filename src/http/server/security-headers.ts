/** What every answer tells browsers: nothing here is to be run, framed, sniffed or told of elsewhere. */

import type { FastifyReply } from 'fastify';

/** Nothing may be loaded or run, by nobody's page. A page that needs more says so itself (`pagePolicy`). */
export const SECURITY_HEADERS = {
  'content-security-policy': pagePolicy(),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

const ENTRIES = Object.entries(SECURITY_HEADERS);

export function addSecurityHeaders(reply: FastifyReply): void {
  for (const [name, value] of ENTRIES) reply.header(name, value);
}

/** The policy of a page that loads what these directives allow, and nothing else. */
export function pagePolicy(...allowed: readonly string[]): string {
  const closed = ["default-src 'none'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"];
  return [...closed, ...allowed].join('; ');
}
