/**
 * What is live on a page, and nothing that the page needs: it works without this.
 * `data-live` names a fragment that is fetched again every `data-every` seconds: never in a hidden tab, and ever more
 * seldom while it fails. A form that was sent is not sent a second time, and a choice in a filter shows at once.
 */

/** ms; however the fragment asks, a page sends no more than one request a second. */
const AT_LEAST = 1_000;
/** ms; as seldom as it gets while nothing answers. */
const AT_MOST = 60_000;

/** What people and this script did to an element, and no answer knows of. */
const KEPT = ['open', 'data-sent', 'aria-disabled'];

/**
 * What is the same thing in the next answer: of links, forms and rows the same one, of other elements the next of its kind.
 * @param {Node} node
 */
function sameAs(node) {
  if (!(node instanceof Element)) return node.nodeName;
  const own = ['id', 'href', 'action'].map((name) => node.getAttribute(name) ?? '');
  return [node.nodeName, ...own].join(' ');
}

/**
 * Makes a part what was answered, and touches nothing else: what is focused, unfolded or being read stays where it is.
 * @param {Node} part
 * @param {Node} fresh
 */
function update(part, fresh) {
  let at = part.firstChild;
  for (const node of [...fresh.childNodes]) {
    let known = at;
    while (known !== null && sameAs(known) !== sameAs(node)) known = known.nextSibling;
    if (known === null) {
      part.insertBefore(node, at);
      continue;
    }
    while (at !== null && at !== known) at = removed(at);
    if (known.nodeValue !== node.nodeValue) known.nodeValue = node.nodeValue;
    if (known instanceof Element && node instanceof Element) setAttributes(known, node);
    update(known, node);
    at = known.nextSibling;
  }
  while (at !== null) at = removed(at);
}

/** @param {ChildNode} node */
function removed(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

/**
 * @param {Element} known
 * @param {Element} fresh
 */
function setAttributes(known, fresh) {
  for (const name of known.getAttributeNames())
    if (!fresh.hasAttribute(name) && !KEPT.includes(name)) known.removeAttribute(name);
  for (const name of fresh.getAttributeNames()) {
    const value = fresh.getAttribute(name) ?? '';
    if (known.getAttribute(name) !== value) known.setAttribute(name, value);
  }
}

/** @param {HTMLElement} place */
function keepLive(place) {
  const { live = '', every = '5' } = place.dataset;
  place.tabIndex = -1;
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
      const hadFocus = place.contains(document.activeElement);
      update(place, new DOMParser().parseFromString(text, 'text/html').body);
      // What was focused is gone with what it was for; the way goes on from here.
      if (hadFocus && !place.contains(document.activeElement)) place.focus({ preventScroll: true });
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

// With the keyboard each choice on the way to another one is a change, so there only the button shows it.
let byKey = false;
document.addEventListener('keydown', () => {
  byKey = true;
});
document.addEventListener('pointerdown', () => {
  byKey = false;
});
document.addEventListener('change', ({ target }) => {
  if (target instanceof HTMLSelectElement && target.dataset.submits !== undefined && !byKey)
    target.form?.requestSubmit();
});

document.addEventListener('click', ({ target }) => {
  if (target instanceof Element && target.closest('[data-print]') !== null) window.print();
});
