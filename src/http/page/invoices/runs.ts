/** Closing a month for everybody: the question, the progress while it runs, and what became of each tenant. */

import type { InvoiceOut } from '../../finance/invoice-schemas.ts';
import { path, Refused, withQuery } from '../shell/ask.ts';
import { problemTitle, sentence } from '../shell/failure.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { currentMonth, empty } from '../shell/parts.ts';
import { type Asked, field, type Pages, SeeOther } from '../shell/routes.ts';
import { may, type Visitor } from '../shell/visitor.ts';
import { sumText } from '../usage/money.ts';
import { tenantNames } from '../usage/month.ts';
import { question } from './changes.ts';

interface Run {
  id: number;
  period: string;
  state: 'running' | 'finished';
  startedAt: string;
  progress: { total: number; waiting: number; final: number; open: number; nothing: number };
}

interface Report extends Run {
  items: {
    tenant: string;
    state: 'waiting' | 'final' | 'open' | 'nothing';
    invoice: string | null;
    problem: { type: string; title: string; detail: string } | null;
  }[];
}

const NEW = '/invoice-runs/new';
const MOST = 1_000;

export function runPages(pages: Pages): void {
  pages.get('/invoice-runs', runs);
  pages.atOneMoment(NEW, runQuestion);
  pages.post(NEW, startRun);
  pages.get('/invoice-runs/:id', run);
  pages.get('/invoice-runs/:id/progress', async (visitor, asked) =>
    progress(visitor, await reportOf(visitor, asked), await tenantNames(visitor)),
  );
}

async function runQuestion(visitor: Visitor, { query }: Asked): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.finance.run;
  const period = query.period ?? currentMonth(visitor);
  const drafts = await allOf(visitor, period, 'draft');
  const final = await allOf(visitor, period, 'final');
  const total = sumText(
    format,
    drafts.map(({ total, currency }) => ({ amount: total, currency })),
  );
  const back = withQuery('/invoices', { period });
  const count = format.count(drafts.length);
  return question(visitor, {
    title: t.title(format.period(period)),
    crumb: html`<a href="${back}">${texts.finance.invoices}</a>`,
    content: html`<p class="verdict">${drafts.length === 0 ? t.nothing : t.question(drafts.length, count, total)}</p>
<ul>${final.length > 0 && html`<li>${t.already(final.length, format.count(final.length))}</li>`}<li>${t.after}</li></ul>
<form class="actions" method="post"><input type="hidden" name="period" value="${period}">${drafts.length > 0 && html`<button class="primary">${t.confirm(drafts.length, count)}</button>`}<a class="button quiet" href="${back}">${texts.error.back}</a></form>`,
  });
}

async function allOf({ ask }: Visitor, period: string, status: 'draft' | 'final'): Promise<InvoiceOut[]> {
  const found: InvoiceOut[] = [];
  let cursor: string | undefined;
  do {
    const answer = await ask.get<{ items: InvoiceOut[]; nextCursor: string | null }>('/v1/invoices', {
      ...{ period, status, cursor, limit: MOST },
    });
    found.push(...answer.items);
    cursor = answer.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** Where one is running already, as after a second click, that one is shown. */
async function startRun({ ask }: Visitor, { form }: Asked): Promise<SeeOther> {
  try {
    const body = { period: field(form, 'period'), tenants: null };
    const { id } = await ask.send<Run>('POST', '/v1/invoice-runs', body);
    return new SeeOther(`/invoice-runs/${id}`);
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.type !== '/problems/invoice-run-running') throw error;
    return new SeeOther('/invoice-runs');
  }
}

async function runs(visitor: Visitor): Promise<Html> {
  const { texts, format, ask, timeZone } = visitor;
  const t = texts.finance.run;
  const { items } = await ask.get<{ items: Run[] }>('/v1/invoice-runs');
  const table = html`<table class="cards"><thead><tr><th scope="col">${t.runs}</th><th scope="col">${texts.finance.columns.status}</th><th scope="col">${t.started}</th><th scope="col" class="number">${t.counts.final}</th><th scope="col" class="number">${t.counts.open}</th></tr></thead>
<tbody>${items.map(
    (one) =>
      html`<tr><th scope="row"><a href="${`/invoice-runs/${one.id}`}">${t.runOf(String(one.id), format.period(one.period))}</a></th><td data-label="${texts.finance.columns.status}"><span class="tag ${one.state === 'finished' && 'good'}">${t.states[one.state]}</span></td><td data-label="${t.started}">${format.dateTime(one.startedAt, timeZone)}</td><td class="number" data-label="${t.counts.final}">${format.count(one.progress.final)}</td><td class="number" data-label="${t.counts.open}">${format.count(one.progress.open)}</td></tr>`,
  )}</tbody></table>`;
  return page(visitor, {
    title: t.runs,
    crumb: html`<a href="/invoices">${texts.finance.invoices}</a>`,
    section: 'invoices',
    aside: may(visitor, 'billing:write') && html`<a class="button primary" href="${NEW}">${t.button}</a>`,
    content: html`<section class="card flush">${items.length === 0 ? empty(texts.shell.nothing, null) : table}</section>`,
  });
}

async function reportOf({ ask }: Visitor, { params }: Asked): Promise<Report> {
  return await ask.get<Report>(path`/v1/invoice-runs/${params.id ?? ''}`, { limit: MOST });
}

async function run(visitor: Visitor, asked: Asked): Promise<Html> {
  const { texts, format } = visitor;
  const t = texts.finance.run;
  const [report, names] = await Promise.all([reportOf(visitor, asked), tenantNames(visitor)]);
  return page(visitor, {
    title: t.runOf(String(report.id), format.period(report.period)),
    crumb: html`<a href="/invoice-runs">${t.runs}</a>`,
    section: 'invoices',
    content: html`<p class="note-box warn" data-live-lost="progress" hidden>${t.lost}</p>
<div id="progress" class="live" data-live="${`/invoice-runs/${report.id}/progress`}" data-every="2">${progress(visitor, report, names)}</div>`,
  });
}

/** The part of the page that is fetched again while the run goes on. */
function progress(
  visitor: Visitor,
  { state, progress: counts, items }: Report,
  names: ReadonlyMap<string, string>,
): Html {
  const { texts, format, language } = visitor;
  const t = texts.finance.run;
  const { total, waiting } = counts;
  const done = total - waiting;
  const columns = texts.finance.columns;
  const problem = (of: Report['items'][number]['problem']) =>
    of &&
    html`<a href="${of.type}">${problemTitle(of, language)}</a><span class="sub">${sentence(of.detail, language)}</span>`;
  return html`<div class="stack"><section class="card" role="status">${state === 'finished' && html`<span data-live-done hidden></span>`}<p><span class="tag ${state === 'finished' && 'good'}">${t.states[state]}</span> ${t.progress(format.count(done), format.count(total))}</p><progress max="${Math.max(1, total)}" value="${total === 0 ? 1 : done}" aria-label="${t.runs}"></progress></section>
<section class="card flush"><table class="cards"><thead><tr><th scope="col">${columns.tenant}</th><th scope="col">${columns.status}</th><th scope="col">${columns.number}</th></tr></thead><tbody>${items.map(
    (one) =>
      html`<tr><th scope="row">${names.get(one.tenant) ?? one.tenant}<span class="sub">${one.tenant}</span></th><td data-label="${columns.status}"><span><span class="tag ${one.state === 'final' ? 'good' : one.state === 'open' && 'warn'}">${t.tenantStates[one.state]}</span>${problem(one.problem)}</span></td><td data-label="${columns.number}">${one.invoice === null ? '–' : html`<a href="${path`/invoices/${one.invoice}`}">${one.invoice}</a>`}</td></tr>`,
  )}</tbody></table></section></div>`;
}
