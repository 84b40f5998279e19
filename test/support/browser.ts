/** A real browser for tests of pages: Debian's Chromium, driven by Playwright. */

import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { afterEach } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** The one without windows, menus and profiles of its own takes half the time for the same pages. */
const CHROMIUM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

const opened = new Set<Browser>();

export async function openBrowser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('no Chromium: apt-get install chromium-headless-shell');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  opened.add(browser);
  return browser;
}

// A tab that is left open goes on asking for what is live on it.
afterEach(async () => {
  const contexts = [...opened].flatMap((browser) => browser.contexts());
  await Promise.all(contexts.map((context) => context.close()));
});

export interface Look {
  locale: 'pt-BR' | 'en-US';
  colorScheme: 'light' | 'dark';
  width: number;
}

export const DESKTOP: Look = { locale: 'pt-BR', colorScheme: 'light', width: 1440 };

/** Both languages, light and dark, wide and narrow. */
export const LOOKS: Look[] = [
  DESKTOP,
  { locale: 'en-US', colorScheme: 'dark', width: 1440 },
  { locale: 'pt-BR', colorScheme: 'dark', width: 360 },
  { locale: 'en-US', colorScheme: 'light', width: 360 },
];

/** A tab of a browser of its own, without a session. What its pages complain of is gathered in `complaints`. */
export async function newTab(
  browser: Browser,
  { locale, colorScheme, width }: Look = DESKTOP,
): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return { context, page, complaints };
}

export async function signIn(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/sign-in`);
  await page.fill('input[name=key]', key);
  await Promise.all([page.waitForURL(`${url}/`), page.click('main button.primary')]);
}

/** What axe finds serious or worse on the page, as sentences. */
export async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    // All it finds is made ready in the page that is looked at, and nothing is said of what is right: pages hold no frames,
    // for which it would open another page, and bring itself and every result there.
    .setLegacyMode()
    .options({ resultTypes: ['violations'] })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ html, any }) => `${html.slice(0, 200)} ${any[0]?.message ?? ''}`)
          .slice(0, 3)
          .join('; ')}`,
    );
}

/** By how many pixels the page is wider than the screen. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate<number>(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  );
}

/**
 * What is wrong with screens in a look: a status, a language, too large, wider than the screen, a barrier. Over `LOOKS` each
 * is looked at for barriers in both languages, light and dark, one on wide screens and the next on narrow ones.
 */
export async function faultsOf(
  page: Page,
  url: string,
  screens: readonly string[],
  { locale, width }: Look,
): Promise<object[]> {
  const faults: object[] = [];
  for (const [i, screen] of screens.entries()) {
    const answer = await page.goto(url + screen);
    const isOfThisWidth = (i % 2 === 0) === (width === DESKTOP.width);
    const found = {
      ...{ status: answer?.status(), overflow: await overflow(page) },
      barriers: isOfThisWidth ? await barriers(page) : [],
      isSmall: ((await answer?.body())?.length ?? 0) < 100_000,
      language: await page.getAttribute('html', 'lang'),
    };
    const whole = { status: 200, overflow: 0, barriers: [], isSmall: true };
    const wanted = { ...whole, language: locale === 'pt-BR' ? 'pt-BR' : 'en' };
    if (!isDeepStrictEqual(found, wanted)) faults.push({ screen, ...found });
  }
  return faults;
}
