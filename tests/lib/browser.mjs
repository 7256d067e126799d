// A headless Chromium for tests of the pages, and axe-core inside it.
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { password, root } from './server.mjs';

const program = process.env.PASSERELLE_CHROMIUM ?? '/usr/bin/chromium';
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const switches = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

export const browser_missing = existsSync(program) ? '' : `skipped: ${program} is not installed`;

// What went wrong inside pages is kept in `problems`: an error in the console fails the test.
export class Browser {
  static async launch(t, url) {
    const inside = await chromium.launch({ executablePath: program, args: switches });
    t.after(() => inside.close());
    return new Browser(inside, url);
  }
  constructor(inside, url) {
    Object.assign(this, { inside, url, problems: [] });
  }

  // A person's own browser: cookies and language of their own. Paris, wherever the test runs.
  async person({ width = 1280, height = 800, locale = 'fr-FR', scripts = true } = {}) {
    const context = await this.inside.newContext({
      viewport: { width, height }, locale, timezoneId: 'Europe/Paris', reducedMotion: 'reduce', javaScriptEnabled: scripts,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.on('pageerror', (error) => this.problems.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // Refusals (4xx) are told by the browser as errors; whether they are right is the test's business.
      if (message.type() === 'error' && !/status of 4\d\d/.test(message.text()))
        this.problems.push(`${page.url()}: ${message.text()} (${message.location().url})`);
    });
    return page;
  }
  async logged_in(account, options) {
    const page = await this.person(options);
    await page.goto(this.url);
    await page.fill('#account', account);
    await page.fill('#password', password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('main h1 >> nth=0');
    await page.waitForSelector('header nav');
    return page;
  }
}

// Goes there within the page, as a click on a link would, and waits until it says something.
export async function open(page, hash, wait = 'main h1') {
  await page.evaluate((to) => { location.hash = to; }, hash);
  await page.waitForSelector(wait);
  await page.waitForFunction(() => !document.querySelector('.loading'));
}

// What axe-core finds, a line each.
export async function violations(page) {
  await page.evaluate(readFileSync(axe, 'utf8'));
  return page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return found.violations.map(({ id, help, nodes }) => `${id} (${help}): ${nodes.map((node) => node.target.join(' ')).slice(0, 4).join(', ')}`);
  });
}

// How far the page can be scrolled sideways.
export const overhang = (page) => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

// For the README, only when asked for: PASSERELLE_SCREENSHOTS=1.
const largest = 200_000;
export async function screenshot(page, name) {
  if (!process.env.PASSERELLE_SCREENSHOTS) return;
  const folder = join(root, 'docs/screenshots');
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size > largest) throw new Error(`${path} has ${size} bytes, more than ${largest}: a README loads slowly`);
}
