import { expect, test } from '@jest/globals';
import { html } from './html.ts';

test('text is escaped wherever it is put in, and templates nest', () => {
  const text = `<a href="x" title='y'>&</a>`;
  const escaped = '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;&lt;/a&gt;';
  expect(html`<p title="${text}">${[html`<b>${text}</b>`, text]}</p>`.toString()).toBe(
    `<p title="${escaped}"><b>${escaped}</b>${escaped}</p>`,
  );
});

test('nothing is written for what is not there, and 0 is', () => {
  expect(html`${null}${undefined}${false}${0}${''}`.toString()).toBe('0');
});
