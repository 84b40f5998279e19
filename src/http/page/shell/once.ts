/** Forms that make something each time they are sent: each that was shown is good for one, however often it is sent. */

import { hash, randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import { say } from '../../../domain/sentences.ts';
import type { Tables } from '../../../store/tables.ts';
import { Problem } from '../../problems/problem.ts';
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
/** A browser that is opened again may send its forms once more. */
const REMEMBERED_MS = 7 * 86_400_000;

interface Options<Answer> {
  db: Kysely<Tables>;
  /** Whether nothing was done. */
  isRefusal(answer: Answer): boolean;
}

type Act<Answer> = () => Promise<Answer> | Answer;

/**
 * Acts once on a form, however often and to however many processes it is sent. The answer is kept for a moment, in memory
 * alone, for it may have a secret: of two clicks a browser shows the answer to the second, which then is that to the
 * first. Another process, or this one later, knows only that the form was sent, and rejects with a `Problem`. What
 * failed or was refused may be sent again.
 */
export function actingOnce<Answer>(options: Options<Answer>) {
  const recent = new Map<string, { answer: Promise<Answer>; at: number }>();
  return async (name: string, now: number, act: Act<Answer>): Promise<Answer> => {
    for (const [key, { at }] of recent) if (at <= now - KEPT_MS || recent.size > MOST) recent.delete(key);
    const known = recent.get(name);
    if (known !== undefined) return await known.answer;
    const noted = () => actNoted(options, hash('sha256', name, 'buffer'), now, act);
    const answer = orTakeBack(options, noted, () => recent.delete(name));
    recent.set(name, { answer, at: now });
    return await answer;
  };
}

/** Takes back what was noted of an act that failed or was refused. */
async function orTakeBack<Answer>(
  { isRefusal }: Options<Answer>,
  act: Act<Answer>,
  takeBack: () => unknown,
): Promise<Answer> {
  let isDone = false;
  try {
    const answer = await act();
    isDone = !isRefusal(answer);
    return answer;
  } finally {
    if (!isDone) await takeBack();
  }
}

/** Notes in the database, before anything is done, that the form of this name was sent; takes that back where nothing was. */
async function actNoted<Answer>(
  options: Options<Answer>,
  name: Buffer,
  now: number,
  act: Act<Answer>,
): Promise<Answer> {
  const { db } = options;
  await db
    .deleteFrom('public.sent_forms')
    .where('sent_at', '<', now - REMEMBERED_MS)
    .execute();
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('public.sent_forms')
    .values({ name, sent_at: now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) throw new Problem('conflict', SENT);
  return await orTakeBack(options, act, () =>
    db.deleteFrom('public.sent_forms').where('name', '=', name).execute(),
  );
}

const SENT = say(
  'This form was sent before: what it asks for was done then, and is not done again. Open its page anew to send another one.',
);
