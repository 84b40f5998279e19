/** A page driven by keys alone, where every stop on the way has to be seen. */

import type { Page } from 'playwright-core';

/** Stops between two things that somebody does. */
const MOST_STOPS = 150;

interface Stop {
  isThere: boolean;
  /** What cannot be seen of it; null: nothing. */
  hidden: string | null;
  name: string;
}

export interface Keyboard {
  /** Tab until the focus is on what this selects. */
  to(selector: string): Promise<void>;
  /** Shift+Tab until it is. */
  back(selector: string): Promise<void>;
  /** Goes to a field and types over what is in it. */
  type(selector: string, text: string): Promise<void>;
  /** Goes to a list of choices and takes one by its value. */
  choose(selector: string, value: string): Promise<void>;
  /** Goes to a button, link or box and presses it. */
  press(selector: string, key?: 'Enter' | 'Space'): Promise<void>;
  /** What the focus is on, as a tag with what names it. */
  focused(): Promise<string>;
}

export function keyboardOn(page: Page): Keyboard {
  const go = async (selector: string, key: 'Tab' | 'Shift+Tab') => {
    const passed: string[] = [];
    for (let stops = 0; stops < MOST_STOPS; stops++) {
      await page.keyboard.press(key);
      const stop = await page.evaluate<Stop>(`(${lookAtFocus})(${JSON.stringify(selector)})`);
      if (stop.hidden !== null) throw new Error(`the focus is not seen on ${stop.name}: ${stop.hidden}`);
      if (stop.isThere) return;
      passed.push(stop.name);
    }
    throw new Error(`the keyboard does not get to ${selector}, but to ${passed.join(', ')}`);
  };
  const to = async (selector: string) => await go(selector, 'Tab');
  return {
    to,
    back: async (selector) => await go(selector, 'Shift+Tab'),
    async type(selector, text) {
      await to(selector);
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(text);
    },
    async choose(selector, value) {
      await to(selector);
      const values = await page
        .locator(':focus option')
        .evaluateAll((all) => all.map((one) => (one as unknown as { value: string }).value));
      if (!values.includes(value)) throw new Error(`${selector} has only ${values.join(', ')}`);
      await page.keyboard.press('Home');
      for (let i = 0; i < values.indexOf(value); i++) await page.keyboard.press('ArrowDown');
    },
    async press(selector, key = 'Enter') {
      await to(selector);
      await page.keyboard.press(key);
    },
    focused: async () => (await page.evaluate<Stop>(`(${lookAtFocus})('body')`)).name,
  };
}

/** Runs in the page. The document itself is a stop on the way around, where nothing is marked. */
const lookAtFocus = `(selector) => {
  const at = document.activeElement;
  const named = ['name', 'value', 'href', 'action', 'aria-label', 'role'].map((name) => at.getAttribute(name));
  const name = [at.tagName.toLowerCase(), ...named.filter((text) => text !== null)].join(' ');
  if (at === document.body) return { isThere: false, hidden: null, name };
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const { left, top, width, height } = at.getClientRects()[0] ?? at.getBoundingClientRect();
  const above = document.elementFromPoint(left + width / 2, top + Math.min(height, innerHeight - top) / 2);
  const isMarked = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
  const isOnTop = above !== null && (at.contains(above) || above.contains(at));
  const hidden = !isMarked ? 'it has no outline' : isOnTop ? null : 'something covers it';
  return { isThere: at.matches(selector), hidden, name };
}`;
