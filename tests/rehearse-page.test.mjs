// The Rehearse page in a real browser: somebody who is no programmer changes staff, a threshold and
// arrivals, runs, watches, compares, sees it on the drawing and takes the report home.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Browser, browser_missing, open, overhang, screenshot, violations } from './lib/browser.mjs';
import { people, start, temporary } from './lib/server.mjs';

const nobody_waits = { reducedMotion: 'no-preference' };

async function choose(page, { days, trials }) {
  await page.click('summary:has-text("Length and precision"), summary:has-text("Durée et précision")');
  await page.fill('details:not(.own-changes) input[type=number] >> nth=0', String(days));
  await page.fill('details:not(.own-changes) input[type=number] >> nth=1', String(trials));
}

test('the Rehearse page', { skip: browser_missing || false, timeout: 600_000 }, async (t) => {
  const server = await start({ t, clock: '2020-03-26T09:00:00Z', accounts: people });
  t.after(() => server.stop());
  const browser = await Browser.launch(t, server.url);
  const folder = temporary(t);
  const admin = await browser.logged_in('admin', { locale: 'en-GB' });
  let rehearsed = '';

  await t.test('staff, a threshold and arrivals are changed and compared with what is planned', async () => {
    await open(admin, '#/rehearse', '.situations');
    await admin.click('summary:has-text("Change staff")');
    await admin.waitForSelector('.levers');
    assert.ok(await admin.locator('.levers li').count() >= 8, 'shifts, thresholds, arrivals');
    const nurses = admin.locator('.levers li:has-text("morning")').first();
    await nurses.locator('input').fill('-3');
    const fever = admin.locator('.levers li:has-text("fever")').first();
    await fever.locator('input').fill('38.5');
    await admin.locator('fieldset:has-text("Patients who come") input').first().fill('130');
    await admin.waitForSelector('.badge:has-text("3")');
    assert.equal(await admin.locator('.levers li.changed').count(), 3);
    assert.equal(await admin.locator('select').last().inputValue(), '', 'beside the same situation as planned');
    // One is taken back, and set again.
    await nurses.locator('button').click();
    assert.equal(await admin.locator('.levers li.changed').count(), 2);
    await nurses.locator('input').fill('-3');
    assert.deepEqual(await violations(admin), []);
    await nurses.evaluate((row) => row.scrollIntoView({ block: 'center' }));
    await screenshot(admin, 'rehearse-changes');
    await choose(admin, { days: process.env.PASSERELLE_SCREENSHOTS ? 12 : 4, trials: process.env.PASSERELLE_SCREENSHOTS ? 5 : 2 });
    await admin.click('button.main');
    await admin.waitForSelector('progress, .summary');
    await admin.waitForSelector('.summary', { timeout: 240_000 });
    rehearsed = await admin.evaluate(() => location.hash);
    assert.match(await admin.locator('main').innerText(), /Nurse of the centre, morning: − 3/);
    assert.match(await admin.locator('h2.result').innerText(), /changed/);
    assert.ok(await admin.locator('.differences li').count() > 0, 'something really changes');
  });

  await t.test('a change that leads nowhere is refused in words', async () => {
    const client = await server.login('admin');
    for (const changes of [[{ file: 'organisation.yaml', path: 'roles.nobody.people', to: 3 }],
      [{ file: 'organisation.yaml', path: 'roles.nurse.shifts.morning.people', to: 1e9 }],
      [{ file: 'cohort.yaml', path: 'arrivals.0.cumulative', times: 1e6 }], [{ remove: true }], 'more']) {
      const { status, json } = await client.post('/api/rehearsals', { pathway: 'covid-home', changes });
      assert.equal(status, 400, JSON.stringify(changes));
      assert.ok(json.error.message.length > 10);
    }
  });

  await t.test('it is seen on the drawing, by mouse, by keyboard and in words', async () => {
    await admin.click('button:has-text("Show it")');
    await admin.waitForSelector('.bpmn .djs-shape');
    const slider = admin.locator('.player input[type=range]');
    await slider.focus();
    const steps = Number(await slider.getAttribute('max')) + 1;
    assert.ok(steps > 100);
    // A morning of work.
    await slider.evaluate((input, at) => {
      input.value = at;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }, Math.round(steps * 0.86));
    await admin.waitForSelector('.bpmn .count');
    const told = await slider.getAttribute('aria-valuetext');
    assert.match(told, /\d/);
    await admin.keyboard.press('ArrowRight');
    assert.notEqual(await slider.getAttribute('aria-valuetext'), told, 'an arrow key is a step');
    assert.ok(await admin.locator('.moving li').count() > 0, 'the same in words');
    assert.deepEqual(await violations(admin), []);
    await admin.locator('.player').evaluate((player) => player.scrollIntoView({ block: 'start' }));
    await admin.waitForTimeout(300);
    await screenshot(admin, 'rehearse-drawing');
    await admin.click('button:has-text("Play")');
    await admin.waitForSelector('button:has-text("Pause")');
    const before = await slider.inputValue();
    await admin.waitForFunction((was) => document.querySelector('.player input[type=range]').value !== was, before);
    await admin.click('button:has-text("Pause")');
  });

  await t.test('cases move along the flows for those who like it', async () => {
    const context = await browser.inside.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB', ...nobody_waits });
    const page = await context.newPage();
    await context.addCookies(await admin.context().cookies());
    await page.goto(new URL(`/${rehearsed}`, server.url).href);
    await page.click('button:has-text("Show it")');
    await page.waitForSelector('.bpmn .djs-shape');
    await page.locator('.player input[type=range]').evaluate((input) => {
      input.value = Math.round(Number(input.max) * 0.85);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await page.click('button:has-text("Play")');
    await page.waitForSelector('.bpmn circle.mover', { state: 'attached' });
    await context.close();
  });

  await t.test('the report is taken home as one file, in the language of the reader', async () => {
    for (const [language, words, change] of [['en', 'In short', 'Nurse of the centre, morning: − 3'], ['fr', 'En bref', 'Infirmier du centre, matin : − 3']]) {
      await admin.evaluate((to) => { document.querySelector('a[download]').href = document.querySelector('a[download]').href.replace(/language=../, `language=${to}`); }, language);
      const [download] = await Promise.all([admin.waitForEvent('download'), admin.click('a[download]:has-text("Export")')]);
      assert.match(download.suggestedFilename(), /covid-home.*\.html$/);
      const path = join(folder, `${language}.html`);
      await download.saveAs(path);
      const html = readFileSync(path, 'utf8');
      assert.ok(html.includes(words) && html.includes(change));
      assert.doesNotMatch(html, /<script|https?:\/\//);
      // As somebody opens it from a mail: on a wide screen, on a phone, without a network.
      for (const width of [1280, 390]) {
        const reader = await browser.person({ width, height: 800 });
        await reader.goto(`file://${path}`);
        assert.equal(await overhang(reader), 0, `${width} px`);
        if (language === 'en' && width === 1280) await screenshot(reader, 'report');
        await reader.context().close();
      }
      const sighted = await browser.person({ width: 1280, height: 800 });
      await sighted.goto(`file://${path}`);
      assert.deepEqual(await violations(sighted), [], 'the report, too');
      await sighted.context().close();
    }
  });

  await t.test('on a phone nothing is wider than it, in French', async () => {
    const phone = await browser.logged_in('claire', { width: 390, height: 760 });
    await open(phone, '#/rehearse', '.situations');
    await phone.click('summary:has-text("Changer")');
    await phone.waitForSelector('.levers');
    assert.equal(await overhang(phone), 0);
    assert.deepEqual(await violations(phone), []);
    await open(phone, rehearsed, '.summary');
    await phone.click('button:has-text("La montrer")');
    await phone.waitForSelector('.bpmn .djs-shape');
    assert.equal(await overhang(phone), 0);
    assert.deepEqual(await violations(phone), []);
    await phone.context().close();
  });

  await t.test('no page has told the console an error', () => assert.deepEqual(browser.problems, []));
});
