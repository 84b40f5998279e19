/** API keys: made, with a secret that is shown once, and revoked after a question. */

import { SCOPES } from '../../../keys/rights.ts';
import { path, Refused } from '../shell/ask.ts';
import { problemBox } from '../shell/failure.ts';
import { type Html, html, type Part } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { onceField, requestIn } from '../shell/once.ts';
import { empty } from '../shell/parts.ts';
import { type Asked, field, fields, type Pages, SeeOther, WithStatus } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { operationsTabs } from './counting.ts';

interface ListedKey {
  id: string;
  name: string;
  scopes: string[];
  tenants: string[] | null;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
}

const REVOKE = '/operations/keys/:id/revoke';

export function keyPages(pages: Pages): void {
  pages.get('/operations/keys', async (visitor) => await keys(visitor, null));
  pages.post('/operations/keys', create);
  pages.get(REVOKE, revokeQuestion);
  pages.post(REVOKE, async ({ ask }, { params }) => {
    await ask.send('DELETE', path`/v1/ops/keys/${params.id ?? ''}`);
    return new SeeOther('/operations/keys');
  });
}

/** Those of a field that lists them; null: all. */
export function tenantsIn(form: Asked['form']): string[] | null {
  const tenants = field(form, 'tenants')
    .split(',')
    .map((tenant) => tenant.trim())
    .filter((tenant) => tenant !== '');
  return tenants.length === 0 ? null : tenants;
}

/** No redirect: the answer alone knows the secret. */
async function create(visitor: Visitor, { form }: Asked): Promise<Html | WithStatus> {
  const { texts, language, ask } = visitor;
  try {
    const { secret } = await ask.send<{ secret: string }>(
      'POST',
      '/v1/ops/keys',
      {
        ...{ name: field(form, 'name'), scopes: fields(form, 'scopes') },
        tenants: tenantsIn(form),
      },
      requestIn({ form }),
    );
    const made = html`<div class="note-box good" role="status" tabindex="-1" autofocus><strong>${texts.operations.keys.made}</strong><code>${secret}</code></div>`;
    return await keys(visitor, made);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const shown = await keys(visitor, problemBox(error.problem, language), form);
    return new WithStatus(shown, error.problem.status);
  }
}

/** `note`: the secret of one that was made, or why none was; `typed`: what was not taken. */
async function keys(visitor: Visitor, note: Part, typed: Asked['form'] = {}): Promise<Html> {
  const { texts, ask, key } = visitor;
  const t = texts.operations.keys;
  const { items } = await ask.get<{ items: ListedKey[] }>('/v1/ops/keys', { limit: 1_000 });
  const own = SCOPES.filter((scope) => key.scopes.has(scope));
  const chosen = fields(typed, 'scopes');
  const content = html`${operationsTabs(visitor, 'keys')}${note}
<section class="card flush">${items.length === 0 ? empty(t.none, null) : table(visitor, items)}</section>
<section class="card"><h2>${t.create}</h2><form class="form" method="post" action="/operations/keys">${onceField()}<label>${t.name}<input name="name" value="${field(typed, 'name')}" required maxlength="256"></label>
<fieldset><legend>${t.scopes}</legend>${own.map((scope) => html`<label class="check"><input type="checkbox" name="scopes" value="${scope}"${chosen.includes(scope) && html` checked`}>${scope}</label>`)}</fieldset>
<label>${t.tenantsHint}<input name="tenants" value="${field(typed, 'tenants')}"></label><div><button class="primary">${t.make}</button></div></form></section>`;
  return page(visitor, { title: texts.operations.tabs.keys, section: 'operations', content });
}

function table(visitor: Visitor, items: readonly ListedKey[]): Html {
  const { texts, format, timeZone, now } = visitor;
  const t = texts.operations.keys;
  const stateOf = ({ revokedAt, expiresAt }: ListedKey) =>
    revokedAt !== null ? 'revoked' : expiresAt !== null && Date.parse(expiresAt) <= now ? 'ended' : 'good';
  return html`<table class="cards"><thead><tr><th scope="col">${t.name}</th><th scope="col">${t.scopes}</th><th scope="col">${t.tenants}</th><th scope="col">${t.used}</th><th scope="col">${t.state}</th></tr></thead><tbody>${items.map(
    (one) =>
      html`<tr><th scope="row">${one.name}<span class="sub">${one.id}</span></th><td data-label="${t.scopes}">${one.scopes.join(', ')}</td><td data-label="${t.tenants}">${one.tenants === null ? t.allTenants : one.tenants.slice(0, 10).join(', ')}</td><td data-label="${t.used}">${one.lastUsedAt === null ? '–' : format.dateTime(one.lastUsedAt, timeZone)}</td><td data-label="${t.state}"><span><span class="tag ${stateOf(one) === 'good' ? 'good' : 'bad'}">${t[stateOf(one)]}</span>${one.revokedAt === null && html` <a href="${path`/operations/keys/${one.id}/revoke`}">${t.revoke}</a>`}</span></td></tr>`,
  )}</tbody></table>`;
}

async function revokeQuestion(visitor: Visitor, { params }: Asked): Promise<Html> {
  const { texts, ask } = visitor;
  const t = texts.operations.keys;
  const { name } = await ask.get<ListedKey>(path`/v1/ops/keys/${params.id ?? ''}`);
  return page(visitor, {
    title: `${t.revoke}: ${name}`,
    crumb: html`<a href="/operations/keys">${texts.operations.tabs.keys}</a>`,
    section: 'operations',
    content: html`<section class="card"><p class="verdict">${t.revokeQuestion(name)}</p><form class="actions" method="post"><button class="danger">${t.revoke}</button><a class="button quiet" href="/operations/keys">${texts.error.back}</a></form></section>`,
  });
}
