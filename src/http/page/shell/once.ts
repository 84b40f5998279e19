/** Forms that make something each time they are sent: each that was shown is good for one, however often it is sent. */

import { hash, randomUUID } from 'node:crypto';
import { type Html, html } from './html.ts';

/** Stands in such a form. */
export function onceField(): Html {
  return html`<input type="hidden" name="once" value="${randomUUID()}">`;
}

/** The name of what a form asks for: the same for the same form with the same content; null: it may come any number of times. */
export function requestIn({ form }: { form: Readonly<Record<string, unknown>> }): string | null {
  return form.once === undefined ? null : hash('sha256', JSON.stringify(form), 'hex');
}

/** A second click comes at once, and behind a slow network while the first one's answer is under way. */
const KEPT_MS = 60_000;
const MOST = 200;

/**
 * What was answered a moment ago, in memory alone, for it may have a secret: of two clicks a browser shows the answer to
 * the second, which then is that to the first. What failed is asked for anew.
 */
export function recentAnswers<Answer>() {
  const recent = new Map<string, { answer: Promise<Answer>; at: number }>();
  return async (name: string, now: number, make: () => Promise<Answer> | Answer): Promise<Answer> => {
    for (const [key, { at }] of recent) if (at <= now - KEPT_MS || recent.size > MOST) recent.delete(key);
    const known = recent.get(name);
    if (known !== undefined) return await known.answer;
    const answer = (async () => await make())();
    recent.set(name, { answer, at: now });
    try {
      return await answer;
    } catch (error) {
      recent.delete(name);
      throw error;
    }
  };
}
