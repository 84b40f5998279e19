/** In which language a person is answered: what `Accept-Language` asks for, else that of the tenant. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { LANGUAGES, type Language } from '../../domain/description.ts';
import { findTenant } from '../../store/tenants.ts';
import type { AppDeps } from '../deps.ts';

/** Of tenants that nobody registered, and where no single tenant is meant. */
const DEFAULT_LANGUAGE: Language = 'pt-BR';

/** For routes whose answers have texts. */
export const languageHeaders = z.looseObject({
  'accept-language': z
    .string()
    .optional()
    .meta({ description: 'Portuguese or English; default: the language of the tenant', example: 'pt-BR' }),
});

/** `tenant` null: the answer is about more than one. */
export async function languageOf(
  request: FastifyRequest,
  { db }: Pick<AppDeps, 'db'>,
  tenant: string | null,
): Promise<Language> {
  const accepted = acceptedLanguage(request.headers['accept-language']);
  if (accepted !== null) return accepted;
  const found = tenant === null ? null : await findTenant(db, tenant);
  return found?.language ?? DEFAULT_LANGUAGE;
}

/** The language of an `Accept-Language` header with the greatest weight, of equals the first; null: none of ours. */
export function acceptedLanguage(header: string | undefined): Language | null {
  let best: { language: Language; weight: number } | null = null;
  for (const part of (header ?? '').split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const language = languageIn(range);
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    const weight = q === undefined ? 1 : Number(q) || 0;
    if (language !== undefined && weight > (best?.weight ?? 0)) best = { language, weight };
  }
  return best?.language ?? null;
}

/** Any Portuguese is ours, and any English. */
function languageIn(range: string): Language | undefined {
  const [primary] = range.split('-', 1);
  return LANGUAGES.find((language) => language.split('-', 1)[0] === primary);
}
