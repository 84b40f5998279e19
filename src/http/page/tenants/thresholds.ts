/** At what usage somebody is told: the thresholds of a tenant, what fired of them this month, and setting its own. */

import { COUNTS, SHARES } from '../../../domain/threshold.ts';
import { path, Refused } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { countIn } from '../shell/numbers.ts';
import { type Asked, field, fields, type Pages, SeeOther, WithStatus } from '../shell/routes.ts';
import { may, type Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';

type Of = (typeof KINDS)[number];
type Threshold = { of: Of; percent?: number; count?: number };

export interface Thresholds {
  period: { id: string; timeZone: string };
  own: Threshold[] | null;
  thresholds: {
    threshold: Threshold;
    source: 'tenant' | 'plan';
    windows: number | null;
    fired: { at: string; windows: number } | null;
  }[];
}

const KINDS = [...SHARES, ...COUNTS] as const;
const AT = '/tenants/:tenant/thresholds';

export function thresholdPages(pages: Pages): void {
  pages.get(AT, async (visitor, { params }) => await edit(visitor, params.tenant ?? ''));
  pages.post(AT, save);
}

function sizeText({ texts, format }: Visitor, { of, percent, count }: Threshold): string {
  const t = texts.settings.thresholds;
  return t.sizes[of](percent === undefined ? format.count(count ?? 0) : format.percent(percent / 100));
}

export function thresholdsCard(visitor: Visitor, tenant: string, found: Thresholds): Html {
  const { texts, format } = visitor;
  const t = texts.settings.thresholds;
  return html`<section class="card"><header><h2>${t.title}</h2>${may(visitor, 'billing:write') && html`<a href="${path`/tenants/${tenant}/thresholds`}">${texts.settings.rules.change}</a>`}</header>${
    found.thresholds.length === 0
      ? html`<p class="muted">${t.none}</p>`
      : html`<ul>${found.thresholds.map(
          ({ threshold, source, fired }) =>
            html`<li>${sizeText(visitor, threshold)} <span class="small muted">(${t.sources[source]})</span>${fired !== null && html` <span class="tag warn">${t.fired(format.dateTime(fired.at, found.period.timeZone))}</span>`}</li>`,
        )}</ul>`
  }</section>`;
}

/** A row as it is typed. */
interface Row {
  of: string;
  size: string;
}

/** `refused`: what was typed, and why it was not taken. */
async function edit(
  visitor: Visitor,
  tenant: string,
  refused: { rows: Row[]; whose: string; problem: Part } | null = null,
): Promise<Html> {
  const { texts, ask } = visitor;
  const t = texts.settings.thresholds;
  const [name, { own, thresholds }] = await Promise.all([
    tenantName(visitor, tenant),
    ask.get<Thresholds>(path`/v1/tenants/${tenant}/thresholds`),
  ]);
  const known = (own ?? thresholds.map(({ threshold }) => threshold)).map(
    ({ of, percent, count }): Row => ({ of, size: String(percent ?? count ?? '') }),
  );
  const blank: Row = { of: 'allowance', size: '' };
  const rows = refused?.rows ?? [...known, blank, blank, blank];
  const whose = refused?.whose ?? (own === null ? 'plan' : 'own');
  const settings = path`/tenants/${tenant}/settings`;
  const row = (one: Row, i: number) =>
    html`<label>${t.kind(i + 1)}<select name="of">${KINDS.map((of) => html`<option value="${of}"${one.of === of && html` selected`}>${t.kinds[of]}</option>`)}</select></label><label>${t.size(i + 1)}<input name="size" inputmode="numeric" value="${one.size}"></label>`;
  const choice = (value: 'plan' | 'own') =>
    html`<label class="check"><input type="radio" name="whose" value="${value}"${value === whose && html` checked`}>${t.whose[value]}</label>`;
  return page(visitor, {
    title: t.title,
    crumb: html`<a href="${settings}">${name}</a>`,
    section: 'overview',
    content: html`${refused?.problem}<section class="card"><p class="muted">${t.hint}</p><form class="form wide" method="post">${choice('plan')}${choice('own')}<div class="tiers">${rows.map(row)}</div><div class="actions"><button class="primary">${texts.terms.confirm}</button><a class="button quiet" href="${settings}">${texts.error.back}</a></div></form></section>`,
  });
}

async function save(visitor: Visitor, { params, form }: Asked): Promise<SeeOther | WithStatus> {
  const tenant = params.tenant ?? '';
  const sizes = fields(form, 'size');
  const rows = fields(form, 'of').map((of, i): Row => ({ of, size: (sizes[i] ?? '').trim() }));
  const own = rows
    .filter(({ size }) => size !== '')
    .map(({ of, size }) => ({
      of,
      [SHARES.some((share) => share === of) ? 'percent' : 'count']: countIn(size),
    }));
  const whose = field(form, 'whose');
  const thresholds = whose === 'plan' ? null : own;
  try {
    await visitor.ask.send('PUT', path`/v1/tenants/${tenant}/thresholds`, { thresholds });
    return new SeeOther(`${path`/tenants/${tenant}/settings`}?done=saved`);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problem = problemBox(error.problem, visitor.language);
    return new WithStatus(await edit(visitor, tenant, { rows, whose, problem }), error.problem.status);
  }
}
