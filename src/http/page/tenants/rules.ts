/** By which rule a tenant's events are judged from when on, and by which zone its months run: each asked about first. */

import { ACTIVE_WHEN, RULE_NAMES } from '../../../domain/rule.ts';
import { type Affects, affectsView, reviewed } from '../plans/affects.ts';
import { path, Refused } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { instantIn } from '../shell/instants.ts';
import { page } from '../shell/layout.ts';
import { type Asked, carriedIn, field, type Pages, SeeOther, WithStatus } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';
import { findTenant, type Tenant, zonesOf } from './settings.ts';

const RULES = '/tenants/:tenant/rules';
const CHANGE = '/tenants/:tenant/change';
const ZONE = '/tenants/:tenant/zone';

export function rulePages(pages: Pages): void {
  pages.get(RULES, async (visitor, { params }) => await rulesForm(visitor, params.tenant ?? '', null, {}));
  pages.post(RULES, reviewRules);
  pages.get(ZONE, async (visitor, { params }) => await zoneForm(visitor, params.tenant ?? '', null, {}));
  pages.post(ZONE, reviewZone);
  pages.post(CHANGE, change);
  // Asked for again, as after a change of the language, there is nothing left to confirm.
  pages.get(CHANGE, (_visitor, { params }) => new SeeOther(path`/tenants/${params.tenant ?? ''}/settings`));
}

async function around(
  visitor: Visitor,
  tenant: string,
  title: (name: string) => string,
  content: Part,
): Promise<Html> {
  const name = await tenantName(visitor, tenant);
  return page(visitor, {
    title: title(name),
    crumb: html`<a href="${path`/tenants/${tenant}/settings`}">${name}</a>`,
    section: 'overview',
    content,
  });
}

function buttons({ texts }: Visitor, tenant: string, label: string): Html {
  return html`<div class="actions"><button class="primary">${label}</button><a class="button quiet" href="${path`/tenants/${tenant}/settings`}">${texts.error.back}</a></div>`;
}

/** `typed`: what was not taken, and `problem` why. */
async function rulesForm(
  visitor: Visitor,
  tenant: string,
  problem: Part,
  typed: Asked['form'],
): Promise<Html> {
  const { texts } = visitor;
  const t = texts.settings.rules;
  return await around(
    visitor,
    tenant,
    () => t.newRule,
    html`${problem}<section class="card"><p class="muted">${t.hint}</p><form class="form" method="post"><label>${t.fromInstant}<input type="datetime-local" name="from" value="${field(typed, 'from')}"></label><label>${t.rule}<select name="rule">${RULE_NAMES.map((rule) => html`<option value="${rule}"${rule === field(typed, 'rule') && html` selected`}>${t.names[rule]}</option>`)}</select></label><label>${t.hoursOf}<input type="number" name="hours" min="1" max="8760" value="${field(typed, 'hours') || 24}" required></label><label>${t.countsWhen}<select name="activeWhen">${ACTIVE_WHEN.map((when) => html`<option value="${when}"${when === field(typed, 'activeWhen') && html` selected`}>${t.activeWhen[when]}</option>`)}</select></label>${buttons(visitor, tenant, texts.terms.review)}</form></section>`,
  );
}

/** What is asked of the API: the whole timeline, with the new entry in place of those from then on. */
async function reviewRules(visitor: Visitor, { params, form }: Asked): Promise<Html | WithStatus> {
  const tenant = params.tenant ?? '';
  const known = await findTenant(visitor, tenant);
  const from = instantIn(field(form, 'from'), zonesOf(known, visitor.timeZone).at(-1)?.zone ?? 'UTC');
  const entry = {
    ...{ from, rule: field(form, 'rule'), hours: Number(field(form, 'hours')) },
    activeWhen: field(form, 'activeWhen'),
  };
  const since = { from: null, rule: 'fixed', hours: 24, activeWhen: 'sent' };
  const before = (known?.rules ?? [since]).filter((rule) => from !== null && (rule.from ?? '') < from);
  return await review(visitor, tenant, { rules: [...before, entry] }, (problem) =>
    rulesForm(visitor, tenant, problem, form),
  );
}

async function zoneForm(
  visitor: Visitor,
  tenant: string,
  problem: Part,
  typed: Asked['form'],
): Promise<Html> {
  const { texts } = visitor;
  const t = texts.settings.rules;
  const names = Intl.supportedValuesOf('timeZone').filter((zone) => zone.startsWith('America/'));
  return await around(
    visitor,
    tenant,
    () => t.zone,
    html`${problem}<section class="card"><p class="muted">${t.zoneHint}</p><form class="form" method="post"><label>${t.zone}<input name="zone" value="${field(typed, 'zone')}" required list="zones" placeholder="America/Sao_Paulo"></label><datalist id="zones">${names.map((zone) => html`<option value="${zone}"></option>`)}</datalist><label>${t.zoneFrom}<input name="from" value="${field(typed, 'from')}" pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-11"></label>${buttons(visitor, tenant, texts.terms.review)}</form></section>`,
  );
}

async function reviewZone(visitor: Visitor, { params, form }: Asked): Promise<Html | WithStatus> {
  const tenant = params.tenant ?? '';
  const from = field(form, 'from') || null;
  const known = zonesOf(await findTenant(visitor, tenant), visitor.timeZone);
  const before = known.filter((one) => from !== null && (one.from ?? '') < from);
  return await review(
    visitor,
    tenant,
    { timeZone: [...before, { from, zone: field(form, 'zone') }] },
    (problem) => zoneForm(visitor, tenant, problem, form),
  );
}

type Changed = Tenant & { affects?: Affects };

async function dryRun({ ask }: Visitor, tenant: string, body: object): Promise<Changed> {
  return await ask.send<Changed>('PUT', `${path`/v1/tenants/${tenant}`}?dryRun=true`, body);
}

async function review(
  visitor: Visitor,
  tenant: string,
  body: object,
  again: (problem: Html) => Promise<Html>,
): Promise<Html | WithStatus> {
  try {
    return await question(visitor, tenant, {
      changed: await dryRun(visitor, tenant, body),
      body,
      note: null,
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problem = problemBox(error.problem, visitor.language);
    return new WithStatus(await again(problem), error.problem.status);
  }
}

async function question(
  visitor: Visitor,
  tenant: string,
  { changed, body, note }: { changed: Changed; body: object; note: Part },
): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.settings.rules;
  const zones = zonesOf(changed, visitor.timeZone);
  const since = (from: string | null) =>
    from === null ? t.ever : format.dateTime(from, zones.at(-1)?.zone ?? visitor.timeZone);
  const { affects } = changed;
  const isZone = 'timeZone' in body;
  const list = isZone
    ? zones.map(
        ({ from, zone }) => html`<dt>${from === null ? t.ever : format.period(from)}</dt><dd>${zone}</dd>`,
      )
    : changed.rules.map(
        ({ from, rule, hours, activeWhen }) =>
          html`<dt>${since(from)}</dt><dd>${t.names[rule]}<span class="sub">${t.hours(hours)}, ${t.activeWhen[activeWhen]}</span></dd>`,
      );
  return await around(
    visitor,
    tenant,
    isZone ? t.zoneQuestion : t.question,
    html`${note}<section class="card"><dl class="facts">${list}</dl><p>${isZone ? t.zoneAfter : t.after}</p>
${affects !== undefined && html`<h2>${texts.terms.affects.title}</h2>${await affectsView(visitor, affects)}`}<form method="post" action="${path`/tenants/${tenant}/change`}"><input type="hidden" name="body" value="${JSON.stringify(body)}"><input type="hidden" name="reviewed" value="${affects === undefined ? '' : reviewed(affects)}">${buttons(visitor, tenant, texts.terms.confirm)}</form></section>`,
  );
}

/** What would happen is looked at once more: where others changed it since it was reviewed, it is asked again. */
async function change(visitor: Visitor, { params, form }: Asked): Promise<Html | SeeOther> {
  const tenant = params.tenant ?? '';
  const body = carriedIn(form, 'body');
  const changed = await dryRun(visitor, tenant, body);
  const { affects } = changed;
  if (affects !== undefined && affects.changed > 0 && reviewed(affects) !== field(form, 'reviewed')) {
    const note = html`<p class="note-box warn" role="alert">${visitor.texts.terms.changedMeanwhile}</p>`;
    return await question(visitor, tenant, { changed, body, note });
  }
  await visitor.ask.send('PUT', path`/v1/tenants/${tenant}`, body);
  return new SeeOther(`${path`/tenants/${tenant}/settings`}?done=saved`);
}
