/** Whether everything holds together: what the last verification found, and one that is asked for now. */

import { type Html, html } from '../shell/html.ts';
import { page } from '../shell/layout.ts';
import { type Pages, SeeOther } from '../shell/routes.ts';
import type { Visitor } from '../shell/visitor.ts';
import { operationsTabs } from './counting.ts';

interface Verification {
  of: 'projection' | 'invoices';
  state: 'waiting' | 'holds' | 'broken' | 'never';
  requestedAt: string | null;
  verifiedAt: string | null;
  difference: string | null;
  mend: string | null;
}

const AT = '/operations/verification';

export function verificationPages(pages: Pages): void {
  pages.get(AT, verification);
  pages.get(`${AT}/state`, state);
  pages.post(AT, async ({ ask }) => {
    await ask.send('POST', '/v1/ops/verification');
    return new SeeOther(AT);
  });
}

async function verification(visitor: Visitor): Promise<Html> {
  const { texts } = visitor;
  const t = texts.operations.verification;
  return page(visitor, {
    title: texts.operations.tabs.verification,
    section: 'operations',
    aside: html`<form method="post"><button class="primary">${t.now}</button></form>`,
    content: html`${operationsTabs(visitor, 'verification')}<p class="muted">${t.hint}</p>
<p class="note-box warn" data-live-lost="verification" hidden>${texts.operations.lost}</p>
<div id="verification" data-live="${`${AT}/state`}" data-every="2">${await state(visitor)}</div>`,
  });
}

const TONES = { waiting: 'warn', holds: 'good', broken: 'bad', never: '' } as const;

/** The part that is fetched again while it runs. */
async function state({ ask, texts, format, timeZone }: Visitor): Promise<Html> {
  const t = texts.operations.verification;
  const { items } = await ask.get<{ items: Verification[] }>('/v1/ops/verification');
  const isDone = items.every((one) => one.state !== 'waiting');
  return html`<div class="grid even" role="status">${isDone && html`<span data-live-done hidden></span>`}${items.map(
    ({ of, state, verifiedAt, difference, mend }) =>
      html`<section class="card"><h2>${t.of[of]}</h2><p><span class="tag ${TONES[state]}">${t.states[state]}</span></p><p class="muted">${t.what[of]}</p><p class="small muted">${verifiedAt === null ? t.notYet : t.last(format.dateTime(verifiedAt, timeZone))}</p>${difference !== null && html`<div class="note-box bad" lang="en"><p>${difference}</p><p>${mend}</p></div>`}</section>`,
  )}</div>`;
}
