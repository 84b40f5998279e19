/** How much of an allowance is used: a bar, and the same in words. */

import type { TenantUsage } from '../../usage/usage-answer.ts';
import { type Html, html } from '../shell/html.ts';
import type { Visitor } from '../shell/visitor.ts';

type Receptive = TenantUsage['receptive'];

const WIDTH = 200;
const HEIGHT = 10;

/** The bar ends with whatever is largest of use, allowance and limit; what lies beyond the allowance is amber. */
export function allowanceBar({ windows, allowance, limit }: Receptive): Html | null {
  if (allowance === null) return null;
  const full = Math.max(windows, allowance, limit !== null && windows > allowance ? limit : 0, 1);
  const x = (count: number) => Math.round((count / full) * WIDTH * 10) / 10;
  const within = x(Math.min(windows, allowance));
  const used = x(windows);
  return html`<svg class="share" viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"><rect class="bar-track" width="${WIDTH}" height="${HEIGHT}"/><rect class="bar-receptive" width="${within}" height="${HEIGHT}"/>${
    used > within && html`<rect class="bar-over" x="${within}" width="${used - within}" height="${HEIGHT}"/>`
  }${limit !== null && limit < full && html`<line class="bar-limit" x1="${x(limit)}" x2="${x(limit)}" y1="0" y2="${HEIGHT}"/>`}</svg>`;
}

/** The state of an allowance in words, with a shape of its own beside its colour. */
export function allowanceState({ texts, format }: Visitor, receptive: Receptive): Html {
  const t = texts.overview.states;
  const { windows, allowance, overage, limit, overLimit } = receptive;
  if (allowance === null) return html`<span class="small muted">${t.noPlan}</span>`;
  if (overLimit && limit !== null)
    return html`<span class="tag bad">${t.overLimit(format.count(windows - limit))}</span>`;
  if ((overage ?? 0) > 0) return html`<span class="tag warn">${t.over(format.count(overage ?? 0))}</span>`;
  const share = allowance === 0 ? 0 : windows / allowance;
  return html`<span class="tag good">${t.within(format.percent(share))}</span>`;
}

/** Where a period stands between running and invoiced. */
export function periodState({ texts }: Visitor, state: TenantUsage['state']): Html {
  const tone = { open: '', grace: '', closable: 'warn', final: 'good' }[state];
  return html`<span class="tag ${tone}">${texts.period.states[state]}</span>`;
}
