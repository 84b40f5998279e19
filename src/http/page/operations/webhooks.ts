/** Webhooks: whom the service tells what, with a secret that is shown once; what each was told, and telling it again. */

import { NOTIFICATION_TYPES } from '../../../domain/notification.ts';
import { path, Refused, withQuery } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { instantIn, localField } from '../shell/instants.ts';
import { page } from '../shell/layout.ts';
import { onceField, requestIn } from '../shell/once.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, field, fields, type Pages, SeeOther, WithStatus } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { operationsTabs } from './counting.ts';
import { tenantsIn } from './keys.ts';

interface Webhook {
  id: string;
  url: string;
  types: string[] | null;
  tenants: string[] | null;
  description: string;
  enabled: boolean;
  disabledBecause: 'gone' | 'retries-exhausted' | 'no-success' | null;
  failingSince: string | null;
}

interface Delivery {
  id: number;
  notification: string;
  type: string;
  tenant: string | null;
  state: 'waiting' | 'delivered' | 'failed';
  attempts: number;
  status: number | null;
  answer: string | null;
  error: string | null;
  createdAt: string;
  nextAt: string | null;
}

const LIST = '/operations/webhooks';
const ONE = `${LIST}/:id`;
const AT_ONCE = 50;

export function webhookPages(pages: Pages): void {
  pages.get(LIST, async (visitor) => await webhooks(visitor, null));
  pages.post(LIST, create);
  pages.get(ONE, async (visitor, asked) => await webhook(visitor, asked, null));
  pages.get(`${ONE}/deliveries`, async (visitor, { params }) => await deliveries(visitor, params.id ?? ''));
  pages.post(`${ONE}/enabled`, async ({ ask }, { params, form }) => {
    const enabled = field(form, 'enabled') === 'true';
    await ask.send('PATCH', path`/v1/webhooks/${params.id ?? ''}`, { enabled });
    return backTo(params);
  });
  for (const action of ['test', 'replay'] as const)
    pages.post(`${ONE}/${action}`, async ({ ask, timeZone }, { params, form }) => {
      const body = action === 'replay' ? { since: instantIn(field(form, 'since'), timeZone) } : undefined;
      await ask.send('POST', `${path`/v1/webhooks/${params.id ?? ''}`}/${action}`, body);
      return backTo(params, action);
    });
  pages.post(`${ONE}/rotate`, rotate);
  // Asked for again, as after a change of the language, the secret is not shown a second time.
  pages.get(`${ONE}/rotate`, (_visitor, { params }) => backTo(params));
  pages.post(`${ONE}/deliveries/:delivery/retry`, async ({ ask }, { params }) => {
    const { id = '', delivery = '' } = params;
    await ask.send('POST', path`/v1/webhooks/${id}/deliveries/${delivery}/retry`);
    return backTo(params, 'retry');
  });
  pages.get(`${ONE}/delete`, deleteQuestion);
  pages.post(`${ONE}/delete`, async ({ ask }, { params }) => {
    await ask.send('DELETE', path`/v1/webhooks/${params.id ?? ''}`);
    return new SeeOther(LIST);
  });
}

function backTo({ id = '' }: Asked['params'], done?: string): SeeOther {
  return new SeeOther(withQuery(path`/operations/webhooks/${id}`, { done }));
}

/** No redirect: the answer alone knows the secret. */
async function create(visitor: Visitor, { form }: Asked): Promise<Html | WithStatus> {
  const types = fields(form, 'types');
  try {
    const { secret } = await visitor.ask.send<{ secret: string }>(
      'POST',
      '/v1/webhooks',
      {
        ...{ url: field(form, 'url'), description: field(form, 'description') },
        ...{ types: types.length === 0 ? null : types, tenants: tenantsIn(form) },
      },
      requestIn({ form }),
    );
    return await webhooks(visitor, secretBox(visitor, secret));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const problem = problemBox(error.problem, visitor.language);
    return new WithStatus(await webhooks(visitor, problem, form), error.problem.status);
  }
}

function secretBox({ texts }: Visitor, secret: string): Html {
  return html`<div class="note-box good" role="status" tabindex="-1" autofocus><strong>${texts.webhooks.secret}</strong><code>${secret}</code></div>`;
}

async function rotate(visitor: Visitor, asked: Asked): Promise<Html> {
  const at = path`/v1/webhooks/${asked.params.id ?? ''}/rotate`;
  const { secret } = await visitor.ask.send<{ secret: string }>('POST', at);
  return await webhook(visitor, asked, secretBox(visitor, secret));
}

/** `note`: the secret of one that was made, or why none was; `typed`: what was not taken. */
async function webhooks(visitor: Visitor, note: Part, typed: Asked['form'] = {}): Promise<Html> {
  const { texts, ask } = visitor;
  const t = texts.webhooks;
  const chosen = fields(typed, 'types');
  const { items } = await ask.get<{ items: Webhook[] }>('/v1/webhooks', { limit: 1_000 });
  const table = html`<table class="cards"><thead><tr><th scope="col">${t.url}</th><th scope="col">${t.types}</th><th scope="col">${texts.operations.keys.tenants}</th><th scope="col">${texts.operations.keys.state}</th></tr></thead><tbody>${items.map(
    (one) =>
      html`<tr><th scope="row"><a href="${path`/operations/webhooks/${one.id}`}">${one.url}</a><span class="sub">${one.description}</span></th><td data-label="${t.types}">${one.types?.join(', ') ?? t.everything}</td><td data-label="${texts.operations.keys.tenants}">${whose(visitor, one)}</td><td data-label="${texts.operations.keys.state}">${stateTag(visitor, one)}</td></tr>`,
  )}</tbody></table>`;
  const content = html`${operationsTabs(visitor, 'webhooks')}${note}
<section class="card flush">${items.length === 0 ? empty(t.none, t.noneHint) : table}</section>
<section class="card"><h2>${t.create}</h2><form class="form" method="post" action="${LIST}">${onceField()}<label>${t.url}<input name="url" type="url" value="${field(typed, 'url')}" required maxlength="2048" placeholder="https://"></label><label>${t.description}<input name="description" value="${field(typed, 'description')}" maxlength="256"></label>
<fieldset><legend>${t.typesHint}</legend>${NOTIFICATION_TYPES.map((type) => html`<label class="check"><input type="checkbox" name="types" value="${type}"${chosen.includes(type) && html` checked`}>${type}</label>`)}</fieldset>
<label>${texts.operations.keys.tenantsHint}<input name="tenants" value="${field(typed, 'tenants')}"></label><div><button class="primary">${t.make}</button></div></form></section>`;
  return page(visitor, { title: texts.operations.tabs.webhooks, section: 'operations', content });
}

function whose({ texts }: Visitor, { tenants }: Webhook): string {
  return tenants === null ? texts.operations.keys.allTenants : tenants.slice(0, 10).join(', ');
}

function stateTag({ texts, format, timeZone }: Visitor, one: Webhook): Html {
  const t = texts.webhooks;
  if (!one.enabled)
    return html`<span><span class="tag bad">${t.disabled}</span>${one.disabledBecause !== null && html`<span class="sub">${t.because[one.disabledBecause]}</span>`}</span>`;
  if (one.failingSince !== null)
    return html`<span class="tag warn">${t.failing(format.dateTime(one.failingSince, timeZone))}</span>`;
  return html`<span class="tag good">${t.enabled}</span>`;
}

async function webhook(visitor: Visitor, { params, query }: Asked, note: Part): Promise<Html> {
  const { texts, ask } = visitor;
  const t = texts.webhooks;
  const { id = '' } = params;
  const one = await ask.get<Webhook>(path`/v1/webhooks/${id}`);
  const at = path`/operations/webhooks/${id}`;
  const done = Object.entries(t.done).find(([name]) => name === query.done)?.[1] ?? null;
  const button = (action: string, label: string, kind: string, value?: string) =>
    html`<form method="post" action="${`${at}/${action}`}">${onceField()}<button class="${kind}"${value !== undefined && html` name="enabled" value="${value}"`}>${label}</button></form>`;
  const content = html`${note}${done !== null && html`<p class="note-box good" role="status">${done}</p>`}
<section class="card"><dl class="facts"><dt>${texts.operations.keys.state}</dt><dd>${stateTag(visitor, one)}</dd><dt>${t.types}</dt><dd>${one.types?.join(', ') ?? t.everything}</dd><dt>${texts.operations.keys.tenants}</dt><dd>${whose(visitor, one)}</dd>${one.description !== '' && html`<dt>${t.description}</dt><dd>${one.description}</dd>`}</dl>
<div class="actions">${one.enabled && button('test', t.test, 'primary')}${button('enabled', one.enabled ? t.disable : t.enable, '', String(!one.enabled))}${button('rotate', t.rotate, '')}<a class="button quiet" href="${`${at}/delete`}">${texts.terms.delete}</a></div></section>
<p class="note-box warn" data-live-lost="deliveries" hidden>${texts.operations.lost}</p>
<div id="deliveries" data-live="${`${at}/deliveries`}" data-every="3">${await deliveries(visitor, id)}</div>
${one.enabled && html`<section class="card"><h2>${t.replay}</h2><p class="small muted">${t.replayHint}</p><form class="form" method="post" action="${`${at}/replay`}">${onceField()}<label>${t.since}<input type="datetime-local" name="since" required value="${localField(visitor.now - DAY_MS, visitor.timeZone)}"></label><div><button>${t.replay}</button></div></form></section>`}`;
  return page(visitor, {
    title: t.one,
    crumb: html`<a href="${LIST}">${texts.operations.tabs.webhooks}</a> / ${one.url}`,
    section: 'operations',
    content,
  });
}

const DAY_MS = 86_400_000;

/** The newest, as a part that is fetched again. */
async function deliveries(visitor: Visitor, id: string): Promise<Html> {
  const { texts, ask, format, timeZone } = visitor;
  const t = texts.webhooks;
  const { items } = await ask.get<{ items: Delivery[] }>(path`/v1/webhooks/${id}/deliveries`, {
    limit: AT_ONCE,
  });
  const tones = { waiting: 'warn', delivered: 'good', failed: 'bad' } as const;
  const answer = ({ status, error, answer: text }: Delivery) =>
    html`${status ?? error ?? '–'}${text !== null && text !== '' && html`<details><summary>${t.answer}</summary><pre tabindex="0">${text}</pre></details>`}`;
  const row = (one: Delivery) =>
    html`<tr id="${`delivery-${one.id}`}"><th scope="row" class="nowrap">${format.dateTime(one.createdAt, timeZone)}<span class="sub">${one.id}</span></th><td data-label="${t.types}"><span>${one.type}<span class="sub">${one.tenant ?? ''}</span></span></td><td data-label="${texts.operations.keys.state}"><span><span class="tag ${tones[one.state]}">${t.states[one.state]}</span>${one.nextAt !== null && html`<span class="sub">${t.next(format.dateTime(one.nextAt, timeZone))}</span>`}</span></td><td class="number" data-label="${t.attempts}">${format.count(one.attempts)}</td><td data-label="${t.answer}"><div>${answer(one)}</div></td><td><form method="post" action="${path`/operations/webhooks/${id}/deliveries/${String(one.id)}/retry`}"><button class="quiet" aria-label="${`${t.retry}: ${one.type} ${one.id}`}">${t.retry}</button></form></td></tr>`;
  return html`<section class="card flush">${items.every(({ state }) => state !== 'waiting') && html`<span data-live-done hidden></span>`}<header><h2>${t.deliveries}</h2></header>${
    items.length === 0
      ? empty(t.noDeliveries, t.noDeliveriesHint)
      : html`<table class="cards"><thead><tr><th scope="col">${t.at}</th><th scope="col">${t.types}</th><th scope="col">${texts.operations.keys.state}</th><th scope="col" class="number">${t.attempts}</th><th scope="col">${t.answer}</th><th scope="col"><span class="visually-hidden">${t.retry}</span></th></tr></thead><tbody>${items.map(row)}</tbody></table>`
  }</section>`;
}

async function deleteQuestion(visitor: Visitor, { params }: Asked): Promise<Html> {
  const { texts, ask } = visitor;
  const t = texts.webhooks;
  const { id, url } = await ask.get<Webhook>(path`/v1/webhooks/${params.id ?? ''}`);
  const back = path`/operations/webhooks/${id}`;
  return page(visitor, {
    title: t.deleteQuestion,
    crumb: html`<a href="${back}">${url}</a>`,
    section: 'operations',
    content: html`<section class="card"><p class="verdict">${t.deleteWhat(url)}</p><form class="actions" method="post"><button class="danger">${texts.terms.delete}</button><a class="button quiet" href="${back}">${texts.error.back}</a></form></section>`,
  });
}
