/** Rebuilds and what-ifs: begun, watched while they run, compared, and promoted or not after a question. */

import { RULE_NAMES } from '../../../domain/rule.ts';
import { path } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { onceField } from '../shell/once.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, field, type Pages, SeeOther } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { operationsTabs } from './counting.ts';

interface Pair {
  live: number;
  rebuilt: number;
}

interface Rebuild {
  id: string;
  state: 'running' | 'caught-up' | 'promoted' | 'rolled-back' | 'discarded' | 'failed';
  startedAt: string;
  startedBy: string;
  error: string | null;
  rules: unknown;
  all: unknown;
  progress: {
    phase: 'load' | 'fold' | 'index' | 'compare' | 'follow' | 'rollback';
    done: number;
    total: number;
  };
  counts: { live: { windows: number }; rebuilt: { windows: number } } | null;
  differences: { count: number; items: { tenant: string; period: { id: string } }[] } | null;
  usage: {
    totals: { receptive: Pair; active: Pair; money?: { currency: string; live: string; rebuilt: string }[] };
  } | null;
}

const ACTIONS = ['promote', 'discard', 'rollback'] as const;
type Action = (typeof ACTIONS)[number];

export function rebuildPages(pages: Pages): void {
  pages.get('/operations/rebuilds', rebuilds);
  pages.post('/operations/rebuilds', start);
  pages.get('/operations/rebuilds/:id', rebuild);
  pages.get('/operations/rebuilds/:id/state', async (visitor, asked) =>
    state(visitor, await read(visitor, asked)),
  );
  for (const action of ACTIONS) {
    pages.get(`/operations/rebuilds/:id/${action}`, async (visitor, asked) =>
      ask(visitor, await read(visitor, asked), action),
    );
    pages.post(`/operations/rebuilds/:id/${action}`, async (visitor, { params, form }) => {
      const { id = '' } = params;
      const reason = field(form, 'reason');
      const changeRules = field(form, 'changeRules') === 'true' ? { changeRules: true } : {};
      const body =
        action === 'promote' && reason !== '' ? { accept: true, reason, ...changeRules } : undefined;
      await visitor.ask.send('POST', `${path`/v1/ops/rebuilds/${id}`}/${action}`, body);
      return new SeeOther(path`/operations/rebuilds/${id}`);
    });
  }
}

async function read({ ask }: Visitor, { params }: Asked): Promise<Rebuild> {
  return await ask.get<Rebuild>(path`/v1/ops/rebuilds/${params.id ?? ''}`);
}

async function start({ ask }: Visitor, { form }: Asked): Promise<SeeOther> {
  const rule = field(form, 'rule');
  const period = field(form, 'period');
  const timeline = [{ from: null, rule, hours: Number(field(form, 'hours')), activeWhen: 'sent' }];
  const body = rule === '' ? {} : { all: timeline, ...(period === '' ? {} : { period }) };
  const { id } = await ask.send<Rebuild>('POST', '/v1/ops/rebuilds', body);
  return new SeeOther(path`/operations/rebuilds/${id}`);
}

async function rebuilds(visitor: Visitor): Promise<Html> {
  const { texts } = visitor;
  const t = texts.operations.rebuild;
  const { items } = await visitor.ask.get<{ items: Rebuild[] }>('/v1/ops/rebuilds');
  const content = html`${operationsTabs(visitor, 'rebuilds')}
<div class="grid even"><section class="card"><h2>${t.start}</h2><p class="muted">${t.startHint}</p><form method="post">${onceField()}<button class="primary">${t.start}</button></form></section>
<section class="card"><h2>${t.whatIf}</h2><p class="muted">${t.whatIfHint}</p><form class="filters" method="post">${onceField()}<label>${t.rule}<select name="rule">${RULE_NAMES.map((rule) => html`<option value="${rule}">${texts.settings.rules.names[rule]}</option>`)}</select></label><label>${t.hours}<input name="hours" type="number" min="1" max="168" value="24" required></label><label>${t.period}<input name="period" pattern="[0-9]{4}-[0-9]{2}" placeholder="2026-10"></label><div class="actions"><button>${t.ask}</button></div></form></section></div>
<section class="card flush">${items.length === 0 ? empty(t.none, t.startHint) : table(visitor, items)}</section>`;
  return page(visitor, { title: texts.operations.tabs.rebuilds, section: 'operations', content });
}

function nameOf({ texts }: Visitor, { id, rules, all }: Rebuild): string {
  const t = texts.operations.rebuild;
  return rules === null && all === null ? t.of(id) : t.ofWhatIf(id);
}

function table(visitor: Visitor, items: readonly Rebuild[]): Html {
  const { texts, format, timeZone } = visitor;
  const t = texts.operations.rebuild;
  return html`<table class="cards"><thead><tr><th scope="col">${texts.operations.tabs.rebuilds}</th><th scope="col">${texts.finance.columns.status}</th><th scope="col">${t.started}</th><th scope="col" class="number">${t.differences}</th></tr></thead><tbody>${items.map(
    (one) =>
      html`<tr><th scope="row"><a href="${path`/operations/rebuilds/${one.id}`}">${nameOf(visitor, one)}</a></th><td data-label="${texts.finance.columns.status}">${stateTag(visitor, one)}</td><td data-label="${t.started}">${format.dateTime(one.startedAt, timeZone)}</td><td class="number" data-label="${t.differences}">${one.differences === null ? '–' : format.count(one.differences.count)}</td></tr>`,
  )}</tbody></table>`;
}

function stateTag({ texts }: Visitor, { state }: Rebuild): Html {
  const tone = state === 'failed' ? 'bad' : state === 'promoted' || state === 'caught-up' ? 'good' : '';
  return html`<span class="tag ${tone}">${texts.operations.rebuild.states[state]}</span>`;
}

async function rebuild(visitor: Visitor, asked: Asked): Promise<Html> {
  const found = await read(visitor, asked);
  const { texts } = visitor;
  return page(visitor, {
    title: nameOf(visitor, found),
    crumb: html`<a href="/operations/rebuilds">${texts.operations.tabs.rebuilds}</a>`,
    section: 'operations',
    content: html`<p class="note-box warn" data-live-lost="rebuild" hidden>${texts.operations.lost}</p><div id="rebuild" data-live="${`${path`/operations/rebuilds/${found.id}`}/state`}" data-every="2">${state(visitor, found)}</div>`,
  });
}

/** The part that is fetched again while it runs. */
function state(visitor: Visitor, found: Rebuild): Html {
  const { texts, format } = visitor;
  const t = texts.operations.rebuild;
  const { progress, differences, error } = found;
  const isRunning = found.state === 'running';
  const possible: Record<Rebuild['state'], Action[]> = {
    ...{ running: ['discard'], 'caught-up': ['promote', 'discard'], promoted: ['rollback'] },
    ...{ 'rolled-back': [], discarded: [], failed: ['discard'] },
  };
  return html`<div class="stack"><section class="card">${!isRunning && html`<span data-live-done hidden></span>`}<p>${stateTag(visitor, found)}${isRunning && html` ${t.phases[progress.phase]}`}</p>
${isRunning && html`<progress max="${Math.max(1, progress.total)}" value="${progress.done}" aria-label="${t.phases[progress.phase]}"></progress>`}
${error !== null && html`<p class="note-box bad" lang="en">${error}</p>`}
${differences !== null && html`<p><strong>${differences.count === 0 ? t.same : t.differ(differences.count, format.count(differences.count))}</strong></p>`}
<div class="actions">${possible[found.state].map((action) => html`<a class="button ${action === 'promote' && 'primary'}" href="${`${path`/operations/rebuilds/${found.id}`}/${action}`}">${t[action]}</a>`)}</div></section>
${comparison(visitor, found)}</div>`;
}

function comparison({ texts, format }: Visitor, { counts, usage }: Rebuild): Html | null {
  const t = texts.operations.rebuild;
  if (counts === null) return null;
  const row = (name: string, live: string, rebuilt: string) =>
    html`<tr><th scope="row">${name}</th><td class="number" data-label="${t.live}">${live}</td><td class="number" data-label="${t.rebuilt}">${rebuilt}</td></tr>`;
  const counted = (name: string, { live, rebuilt }: Pair) =>
    row(name, format.count(live), format.count(rebuilt));
  return html`<section class="card flush"><header><h2>${t.counts}</h2></header><table class="cards"><thead><tr><th scope="col"><span class="visually-hidden">${t.counts}</span></th><th scope="col" class="number">${t.live}</th><th scope="col" class="number">${t.rebuilt}</th></tr></thead><tbody>
${counted(t.windows, { live: counts.live.windows, rebuilt: counts.rebuilt.windows })}
${usage !== null && [counted(t.receptive, usage.totals.receptive), counted(t.active, usage.totals.active), (usage.totals.money ?? []).map(({ currency, live, rebuilt }) => row(t.total, format.money(live, currency), format.money(rebuilt, currency)))]}</tbody></table></section>`;
}

function ask(visitor: Visitor, found: Rebuild, action: Action): Html {
  const { texts, format } = visitor;
  const t = texts.operations.rebuild;
  const count = found.differences?.count ?? 0;
  const isWhatIf = found.rules !== null || found.all !== null;
  const asksWhy = action === 'promote' && (count > 0 || isWhatIf);
  const back = path`/operations/rebuilds/${found.id}`;
  return page(visitor, {
    title: `${t[action]}: ${nameOf(visitor, found)}`,
    crumb: html`<a href="${back}">${nameOf(visitor, found)}</a>`,
    section: 'operations',
    content: html`<section class="card"><p class="verdict">${t.questions[action](count, format.count(count))}</p><form class="form" method="post">${action === 'promote' && isWhatIf && html`<input type="hidden" name="changeRules" value="true"><p class="note-box warn">${t.changesRules}</p>`}${asksWhy && html`<label>${t.acceptReason}<input name="reason" required maxlength="1024"></label>`}<div class="actions"><button class="${action === 'promote' ? 'primary' : 'danger'}">${t[action]}</button><a class="button quiet" href="${back}">${texts.error.back}</a></div></form></section>`,
  });
}
