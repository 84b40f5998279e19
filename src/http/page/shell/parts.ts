/** What several pages show: how far is counted, which period, that there is nothing. */

import { nextPeriod, previousPeriod } from '../../../domain/period.ts';
import type { AsOf } from '../../conventions/as-of.ts';
import { withQuery } from './ask.ts';
import { type Html, html, type Part } from './html.ts';
import type { Visitor } from './visitor.ts';

/** What the numbers of a page cover, in words, and by partition for who wants to know. */
export function coverage({ texts, format }: Visitor, asOf: AsOf): Html {
  const t = texts.asOf;
  const said = asOf.caughtUp ? t.caughtUp : t.behind(asOf.lag, format.count(asOf.lag));
  return html`<footer class="small muted"><details><summary>${said}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="${t.positions}"><table><thead><tr><th scope="col">${t.partition}</th><th scope="col" class="number">${t.next}</th><th scope="col" class="number">${t.end}</th></tr></thead>
<tbody>${asOf.positions.map(
    ({ partition, next, end }) =>
      html`<tr><td>${partition}</td><td class="number">${format.count(next)}</td><td class="number">${format.count(end)}</td></tr>`,
  )}</tbody></table></div></details></footer>`;
}

/** The month, and the ways to those beside it. `query`: what else the address says. */
export function periodSwitch(
  { texts, format }: Visitor,
  period: string,
  address: string,
  query: Readonly<Record<string, string | undefined>> = {},
): Html {
  const t = texts.period;
  const to = (id: string) => withQuery(address, { ...query, period: id });
  const [before, after] = [previousPeriod(period), nextPeriod(period)];
  return html`<nav class="actions" aria-label="${t.label}">
<a class="button quiet" href="${to(before)}" aria-label="${t.previous(format.period(before))}" rel="prev">←</a>
<strong class="nowrap">${format.period(period)}</strong>
<a class="button quiet" href="${to(after)}" aria-label="${t.next(format.period(after))}" rel="next">→</a></nav>`;
}

export function empty(title: string, hint: Part): Html {
  return html`<div class="empty"><strong>${title}</strong>${hint && html`<span>${hint}</span>`}</div>`;
}

/** Of whoever runs the service. */
export function currentMonth({ now, timeZone }: Visitor): string {
  return Temporal.Instant.fromEpochMilliseconds(now)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toString()
    .slice(0, 7);
}
