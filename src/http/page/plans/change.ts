/** Changing a version of a plan: an editor of its tiers, then what that does in numbers, then the change. */

import { nextPeriod } from '../../../domain/period.ts';
import type { PlanVersion } from '../../../domain/plan.ts';
import { path, Refused, withQuery } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { currentMonth } from '../shell/parts.ts';
import {
  type Asked,
  carriedIn,
  field,
  type Pages,
  SeeOther,
  TOKEN_FIELD,
  WithStatus,
} from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { type Affects, affectsView, reviewed } from './affects.ts';
import { type Plan, termsList } from './list.ts';
import {
  asksForMore,
  draftIn,
  draftOf,
  enterButton,
  type TermsDraft,
  termsFields,
  termsOf,
} from './terms-form.ts';

const EDIT = '/plans/edit';
const DELETE = '/plans/:plan/versions/:from/delete';

export function planChangePages(pages: Pages): void {
  pages.get(EDIT, edit);
  pages.post(EDIT, review);
  pages.post('/plans/save', save);
  // Asked for again, as after a change of the language, there is nothing left to confirm.
  pages.get('/plans/save', () => new SeeOther('/plans'));
  pages.get(DELETE, deleteQuestion);
  pages.post(DELETE, async ({ ask }, { params }) => {
    const { plan = '', from = '' } = params;
    await ask.send('DELETE', path`/v1/plans/${plan}/versions/${from}`);
    return new SeeOther(withQuery('/plans', { done: 'deleted', plan }));
  });
}

interface Named {
  plan: string;
  from: string;
  currency: string;
}

/** Of the version named in the address, of a copy of one, or of nothing. */
async function edit(visitor: Visitor, { query }: Asked): Promise<Html> {
  const { plan = '', from, copy } = query;
  const known = plan === '' ? null : await visitor.ask.get<Plan>(path`/v1/plans/${plan}`);
  const source = known?.versions.find((version) => version.from === (from ?? copy)) ?? null;
  const named = {
    ...{ plan, currency: source?.currency ?? known?.versions[0]?.currency ?? 'BRL' },
    from: from ?? nextPeriod(currentMonth(visitor)),
  };
  return editor(visitor, named, draftOf(visitor.language, source), null);
}

function editor(visitor: Visitor, { plan, from, currency }: Named, draft: TermsDraft, problem: Part): Html {
  const { texts } = visitor;
  const t = texts.terms;
  return page(visitor, {
    title: plan === '' ? t.newPlan : t.editTitle(plan),
    crumb: html`<a href="/plans">${t.title}</a>`,
    section: 'plans',
    content: html`${problem}<section class="card"><form class="form wide" method="post" action="${EDIT}">${enterButton()}
<div class="filters"><label>${t.id}<input name="plan" value="${plan}" required pattern="${TOKEN_FIELD}"></label><label>${t.fromPeriod}<input name="from" value="${from}" required pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-11"></label><label>${t.currency}<input name="currency" value="${currency}" required pattern="[A-Z]{3}"></label></div>
${termsFields(visitor, draft, 'version')}
<p class="small muted">${t.tiersHint}</p>
<div class="actions"><button class="primary">${t.review}</button><a class="button quiet" href="/plans">${texts.error.back}</a></div></form></section>`,
  });
}

type Changed = PlanVersion & { affects: Affects };

async function review(visitor: Visitor, { form }: Asked): Promise<Html | WithStatus> {
  const named = { plan: field(form, 'plan'), from: field(form, 'from'), currency: field(form, 'currency') };
  const draft = draftIn(form);
  if (asksForMore(form)) return editor(visitor, named, draft, null);
  const terms = { currency: named.currency, ...termsOf(draft) };
  try {
    return await question(visitor, await dryRun(visitor, named, terms), terms, null);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problem = problemBox(error.problem, visitor.language);
    return new WithStatus(editor(visitor, named, draft, problem), error.problem.status);
  }
}

function addressOf({ plan, from }: Pick<Named, 'plan' | 'from'>): string {
  return path`/v1/plans/${plan}/versions/${from}`;
}

async function dryRun(
  { ask }: Visitor,
  named: Pick<Named, 'plan' | 'from'>,
  terms: object,
): Promise<Changed> {
  return await ask.send<Changed>('PUT', `${addressOf(named)}?dryRun=true`, terms);
}

async function question(visitor: Visitor, changed: Changed, terms: object, note: Part): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.terms;
  const { affects, ...version } = changed;
  const { plan, from } = version;
  return page(visitor, {
    title: t.question(plan, format.period(from)),
    crumb: html`<a href="/plans">${t.title}</a>`,
    section: 'plans',
    content: html`${note}<section class="card"><h2>${t.newTerms}</h2>${termsList(visitor, version)}</section>
<section class="card"><h2>${t.affects.title}</h2>${await affectsView(visitor, affects)}
<form class="actions" method="post" action="/plans/save"><input type="hidden" name="plan" value="${plan}"><input type="hidden" name="from" value="${from}"><input type="hidden" name="terms" value="${JSON.stringify(terms)}"><input type="hidden" name="reviewed" value="${reviewed(affects)}"><button class="primary">${t.confirm}</button><a class="button quiet" href="${withQuery(EDIT, { plan, from })}">${texts.error.back}</a></form></section>`,
  });
}

/** What would happen is looked at once more: where others changed it since it was reviewed, it is asked again. */
async function save(visitor: Visitor, { form }: Asked): Promise<Html | SeeOther> {
  const named = { plan: field(form, 'plan'), from: field(form, 'from') };
  const terms = carriedIn(form, 'terms');
  const now = await dryRun(visitor, named, terms);
  // After a second click there is nothing left to change.
  if (now.affects.changed > 0 && reviewed(now.affects) !== field(form, 'reviewed')) {
    const note = html`<p class="note-box warn" role="alert">${visitor.texts.terms.changedMeanwhile}</p>`;
    return await question(visitor, now, terms, note);
  }
  await visitor.ask.send<Changed>('PUT', addressOf(named), terms);
  return new SeeOther(withQuery('/plans', { done: 'saved', plan: named.plan }));
}

async function deleteQuestion(visitor: Visitor, { params }: Asked): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.terms;
  const named = { plan: params.plan ?? '', from: params.from ?? '' };
  const { affects } = await visitor.ask.send<{ affects: Affects }>(
    'DELETE',
    `${addressOf(named)}?dryRun=true`,
  );
  return page(visitor, {
    title: t.deleteQuestion(named.plan, format.period(named.from)),
    crumb: html`<a href="/plans">${t.title}</a>`,
    section: 'plans',
    content: html`<section class="card"><h2>${t.affects.title}</h2>${await affectsView(visitor, affects)}<form class="actions" method="post"><button class="danger">${t.delete}</button><a class="button quiet" href="/plans">${texts.error.back}</a></form></section>`,
  });
}
