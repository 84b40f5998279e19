/**
 * What is live on a page, and nothing that the page needs: it works without this.
 * `data-live` names a fragment that is fetched again every `data-every` seconds: never in a hidden tab, and ever more
 * seldom while it fails. A form that was sent is not sent a second time, and a choice in a filter shows at once.
 */

/** ms; however the fragment asks, a page sends no more than one request a second. */
const AT_LEAST = 1_000;
/** ms; as seldom as it gets while nothing answers. */
const AT_MOST = 60_000;

/** @param {HTMLElement} place */
function keepLive(place) {
  const { live = '', every = '5' } = place.dataset;
  const usual = Math.max(AT_LEAST, Number(every) * 1_000);
  let wait = usual;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;

  const next = () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(refresh, wait);
  };

  const refresh = async () => {
    try {
      const answer = await fetch(live, { headers: { accept: 'text/html' }, redirect: 'error' });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      const focused = place.contains(document.activeElement);
      if (!focused)
        place.replaceChildren(...new DOMParser().parseFromString(text, 'text/html').body.childNodes);
      place.classList.remove('live-bad');
      document.querySelector(`[data-live-lost="${place.id}"]`)?.setAttribute('hidden', '');
      wait = usual;
      if (place.querySelector('[data-live-done]') !== null) return;
    } catch {
      wait = Math.min(AT_MOST, wait * 2);
      place.classList.add('live-bad');
      document.querySelector(`[data-live-lost="${place.id}"]`)?.removeAttribute('hidden');
    }
    next();
  };

  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(refresh, AT_LEAST);
  });
  next();
}

for (const place of document.querySelectorAll('[data-live]'))
  if (place instanceof HTMLElement) keepLive(place);

// Where tabs are wider than the screen, the one that is open is seen.
for (const tab of document.querySelectorAll('nav [aria-current]'))
  tab.scrollIntoView({ block: 'nearest', inline: 'center' });

document.addEventListener('submit', (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== 'post') return;
  if (form.dataset.sent !== undefined) event.preventDefault();
  form.dataset.sent = '';
  for (const button of form.querySelectorAll('button')) button.setAttribute('aria-disabled', 'true');
});

// Back from the next page, as the browser kept it.
window.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    form.removeAttribute('data-sent');
    for (const button of form.querySelectorAll('button')) button.removeAttribute('aria-disabled');
  }
});

document.addEventListener('change', ({ target }) => {
  if (target instanceof HTMLSelectElement && target.dataset.submits !== undefined)
    target.form?.requestSubmit();
});

document.addEventListener('click', ({ target }) => {
  if (target instanceof Element && target.closest('[data-print]') !== null) window.print();
});
