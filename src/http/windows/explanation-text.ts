/** Explanations of windows in sentences. */

import type { RemovedWindow } from '../../billing/adjustments/removed.ts';
import type { Language } from '../../domain/description.ts';
import { isoInstant } from '../../domain/instant.ts';
import type { StoredWindow } from '../../projection/read/windows.ts';
import { kindOf } from '../../projection/tables/windows.ts';
import type { EventItem } from '../events/event-item.ts';
import { TEXTS, type Texts } from './explanation-texts.ts';

/** What is told of the events inside a window. */
export interface Inside {
  /** The event that `openedBy` names, where it is inside, and its role; null: it is not. */
  openedBy: (EventItem & { role: string }) | null;
  /** How many have this role. */
  included: number;
  failed: number;
  voided: number;
}

/** Tells somebody who was not there why a window exists, in sentences. */
export function summarise(
  window: StoredWindow,
  previous: StoredWindow | null,
  inside: Inside,
  language: Language,
): string {
  const texts = TEXTS[language];
  const before = previous === null ? texts.noneBefore : texts.closedBefore(isoInstant(previous.closesAt));
  return [
    texts.opened(opener(texts, window, inside), kindOf(window.kind), isoInstant(window.openedAt), before),
    end(texts, window),
    counts(texts, inside),
  ].join(' ');
}

/** Tells what was billed, that it is gone, and why. `around`: the window that is open at its instant now. */
export function summariseRemoved(
  { window, period, cause }: RemovedWindow,
  around: StoredWindow | null,
  inside: Inside,
  language: Language,
): string {
  const texts = TEXTS[language];
  return [
    texts.billed(opener(texts, window, inside), period, kindOf(window.kind), spanOf(window)),
    texts.gone(whyGone(texts, window, around, inside)),
    cause === null
      ? texts.otherRules
      : texts.takenBy(cause.event, cause.position.partition, cause.position.offset),
  ].join(' ');
}

function whyGone(
  texts: Texts,
  { openedBy }: StoredWindow,
  around: StoredWindow | null,
  inside: Inside,
): string {
  const role = inside.openedBy?.role;
  if (role === 'voided') return texts.wasVoided(openedBy);
  if (role === 'failed') return texts.hasFailed(openedBy);
  if (around === null) return texts.opensNothing(openedBy);
  return texts.inside(openedBy, kindOf(around.kind), around.openedBy, spanOf(around));
}

function spanOf({ openedAt, closesAt }: StoredWindow) {
  return { from: isoInstant(openedAt), to: isoInstant(closesAt) };
}

function opener(texts: Texts, { openedBy }: StoredWindow, inside: Inside): string {
  const event = inside.openedBy;
  if (event === null) return texts.event(openedBy);
  if (event.type === 'message.received') return texts.contactMessage(openedBy);
  if (event.template === undefined) return texts.freeText(openedBy);
  const { origin = 'api', campaign = null } = event;
  return texts.template(openedBy, { ...event.template, origin, campaign });
}

function end(texts: Texts, { rule, closesAt }: StoredWindow): string {
  const closes = isoInstant(closesAt);
  return rule === 'sliding' ? texts.slidingEnd(closes) : texts.fixedEnd(rule, closes);
}

function counts(texts: Texts, { included, failed, voided }: Inside): string {
  const parts = [texts.included(included)];
  if (failed > 0) parts.push(texts.failed(failed));
  if (voided > 0) parts.push(texts.voided(voided));
  return `${parts.join('; ')}.`;
}
