/** A portal link made by hand: what a platform makes through the API, for whoever wants to send one. */

import { path } from '../shell/ask.ts';
import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { onceField } from '../shell/once.ts';
import { type Asked, field, type Pages, SeeOther } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { tenantName } from '../usage/month.ts';

const MINUTES = [15, 60, 480, 1_440] as const;

export function portalLinkPages(pages: Pages): void {
  pages.post('/tenants/:tenant/portal-link', make);
  // Asked for again, as after a change of the language, the link is not shown a second time.
  pages.get(
    '/tenants/:tenant/portal-link',
    (_visitor, { params }) => new SeeOther(path`/tenants/${params.tenant ?? ''}/settings`),
  );
}

export function portalLinkForm({ texts, format }: Visitor, tenant: string): Html {
  const t = texts.settings.portal;
  return html`<section class="card"><h2>${t.title}</h2><p class="small muted">${t.hint}</p><form class="form" method="post" action="${path`/tenants/${tenant}/portal-link`}">${onceField()}<label>${t.minutes}<select name="minutes">${MINUTES.map((minutes) => html`<option value="${minutes}"${minutes === 60 && html` selected`}>${format.duration(minutes * 60_000)}</option>`)}</select></label><label class="check"><input type="checkbox" name="invoices" value="yes" checked>${t.invoices}</label><div><button>${t.make}</button></div></form></section>`;
}

/** No redirect: the answer alone knows the address. */
async function make(visitor: Visitor, { params, form }: Asked): Promise<Html> {
  const { texts, format, timeZone } = visitor;
  const tenant = params.tenant ?? '';
  const t = texts.settings.portal;
  const { url, expiresAt } = await visitor.ask.send<{ url: string; expiresAt: string }>(
    'POST',
    path`/v1/tenants/${tenant}/portal-links`,
    { minutes: Number(field(form, 'minutes')), invoices: field(form, 'invoices') === 'yes' },
  );
  return page(visitor, {
    title: t.title,
    crumb: html`<a href="${path`/tenants/${tenant}/settings`}">${await tenantName(visitor, tenant)}</a>`,
    section: 'overview',
    content: html`<section class="card"><div class="note-box good" role="status" tabindex="-1" autofocus><strong>${t.made}</strong><a href="${url}" rel="noreferrer"><code>${url}</code></a></div><p>${t.until(format.dateTime(expiresAt, timeZone))}</p></section>`,
  });
}
