/** The frame around every page: title, way about, language and session. */

import type { Language } from '../../../domain/description.ts';
import type { Texts } from '../texts/pt.ts';
import { assetAddress } from './assets.ts';
import { type Html, html, type Part } from './html.ts';
import { may, tenantAddress, type Visitor } from './visitor.ts';

type Section = 'overview' | 'invoices' | 'plans' | 'operations';
type TenantTab = 'month' | 'windows' | 'events' | 'conversation' | 'invoices' | 'settings';

interface PageParts {
  title: string;
  section?: Section;
  /** Above the title: where this is. */
  crumb?: Part;
  /** Beside the title. */
  aside?: Part;
  tabs?: { tenant: string; current: TenantTab; query?: string };
  content: Part;
}

/** A page of somebody who is signed in, or came by a portal link. */
export function page(visitor: Visitor, { title, section, crumb, aside, tabs, content }: PageParts): Html {
  return frame(visitor, {
    title,
    nav: visitor.portal === null ? navigation(visitor, section) : null,
    session: visitor.portal === null,
    content: html`<div class="head"><div>${crumb && html`<p class="crumb">${crumb}</p>`}<h1>${title}</h1></div>${
      aside && html`<div class="actions no-print">${aside}</div>`
    }</div>
${tabs === undefined ? null : tenantTabs(visitor, tabs)}
${content}`,
  });
}

interface Frame {
  language: Language;
  texts: Texts;
  address: string;
}

interface FrameParts {
  title: string;
  nav: Part;
  session: boolean;
  content: Part;
}

/** The frame alone, for pages before somebody is known. */
export function frame(
  { language, texts, address }: Frame,
  { title, nav, session, content }: FrameParts,
): Html {
  const t = texts.shell;
  return html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - ${t.product}</title>
<link rel="stylesheet" href="${assetAddress('style')}">
<link rel="icon" href="${assetAddress('icon')}" type="image/svg+xml">
<script type="module" src="${assetAddress('script')}"></script>
</head>
<body>
<a class="skip" href="#content">${t.skip}</a>
<header class="top"><div>
${brand(t.product, nav === null ? null : '/')}
${nav && html`<nav aria-label="${t.navigation}"><ul class="nav">${nav}</ul></nav>`}
<div class="session">
<form method="post" action="/language"><input type="hidden" name="next" value="${address}">
<button class="quiet" name="language" value="${t.otherLanguage.code}" lang="${t.otherLanguage.code}">${t.otherLanguage.name}</button></form>
${session && html`<form method="post" action="/sign-out"><button class="quiet">${t.signOut}</button></form>`}
</div>
</div></header>
<main id="content">
${content}
</main>
</body>
</html>
`;
}

function brand(product: string, address: string | null): Html {
  const sign = html`<svg viewBox="0 0 32 32" aria-hidden="true"><rect x="2" y="5" width="28" height="22" rx="6" fill="#0a6b53"/><path d="M8 16h16" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/><circle cx="10" cy="16" r="3.5" fill="#fff"/><circle cx="18" cy="16" r="2.5" fill="#fae0c6"/></svg>`;
  return address === null
    ? html`<span class="brand">${sign}${product}</span>`
    : html`<a class="brand" href="${address}">${sign}${product}</a>`;
}

/** What there is to see besides a tenant, for this key. */
function sectionsOf(visitor: Visitor): { section: Section; address: string }[] {
  const sections: { section: Section; address: string; shown: boolean }[] = [
    { section: 'overview', address: '/', shown: may(visitor, 'usage:read') },
    { section: 'invoices', address: '/invoices', shown: may(visitor, 'billing:read') },
    { section: 'plans', address: '/plans', shown: may(visitor, 'billing:read') },
    {
      section: 'operations',
      address: may(visitor, 'ops') ? '/operations' : '/operations/webhooks',
      shown: may(visitor, 'ops') || may(visitor, 'webhooks'),
    },
  ];
  return sections.filter(({ shown }) => shown);
}

/** Where somebody begins; the overview, where there is nothing else to see either. */
export function firstAddress(visitor: Visitor): string {
  return sectionsOf(visitor)[0]?.address ?? '/';
}

function navigation(visitor: Visitor, current: Section | undefined): Html[] {
  const { nav } = visitor.texts.shell;
  return sectionsOf(visitor).map(
    ({ section, address }) =>
      html`<li><a href="${address}"${section === current && html` aria-current="page"`}>${nav[section]}</a></li>`,
  );
}

function tenantTabs(visitor: Visitor, { tenant, current, query = '' }: NonNullable<PageParts['tabs']>): Html {
  const t = visitor.texts.tenant.tabs;
  const base = tenantAddress(visitor, tenant);
  const tabs: { tab: TenantTab; address: string; shown: boolean }[] = [
    { tab: 'month', address: `${base}${query}`, shown: may(visitor, 'usage:read') },
    { tab: 'windows', address: `${base}/windows${query}`, shown: may(visitor, 'usage:read') },
    {
      tab: 'events',
      address: `${base}/events`,
      shown: visitor.portal === null && may(visitor, 'usage:read'),
    },
    { tab: 'conversation', address: `${base}/conversation`, shown: may(visitor, 'usage:read') },
    { tab: 'invoices', address: `${base}/invoices`, shown: may(visitor, 'billing:read') },
    {
      tab: 'settings',
      address: `${base}/settings`,
      shown: visitor.portal === null && may(visitor, 'billing:read'),
    },
  ];
  return html`<nav class="tabs no-print" aria-label="${t.label}"><ul>${tabs
    .filter(({ shown }) => shown)
    .map(
      ({ tab, address }) =>
        html`<li><a href="${address}"${tab === current && html` aria-current="page"`}>${t[tab]}</a></li>`,
    )}</ul></nav>`;
}
