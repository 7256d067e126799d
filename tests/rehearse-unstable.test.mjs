// What has no mean, and who has changed to a new way of working, on the Rehearse page: in both
// languages, in words.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Browser, browser_missing, open, overhang, violations } from './lib/browser.mjs';
import { covid_home, people, start, temporary } from './lib/server.mjs';

// Three nurses for hundreds of patients; calls are taken up one by one.
function too_few(t) {
  const folder = join(temporary(t), 'covid-home');
  cpSync(covid_home, folder, { recursive: true });
  const file = join(folder, 'organisation.yaml');
  const written = readFileSync(file, 'utf8');
  const changed = written.replace('{role: nurse, initial: 1.6, exponent: 0.35,',
    '{role: nurse, adoption: {rows: [{at: 2020-03-09, share: 0}, {at: 2020-03-19, share: 1}]}, old_way: 1.3, initial: 1.6, exponent: 0.35,');
  assert.notEqual(changed, written);
  writeFileSync(file, changed);
  writeFileSync(join(folder, 'scenarios/hardly-anybody.yaml'),
    'id: hardly-anybody\nname: {en: Hardly anybody, fr: Presque personne}\nquestion: {en: What if hardly anybody comes?, fr: Et si presque personne ne vient ?}\nchanges:\n'
    + ['morning', 'afternoon'].map((shift) => `  - {file: organisation.yaml, path: roles.nurse.shifts.${shift}.people, to: 1}\n`).join(''));
  return folder;
}

test('the Rehearse page says what has no mean', { skip: browser_missing || false, timeout: 300_000 }, async (t) => {
  const server = await start({ t, clock: '2020-03-26T09:00:00Z', accounts: people, packages: [too_few(t)] });
  t.after(() => server.stop());
  const browser = await Browser.launch(t, server.url);
  const client = await server.login('admin');
  const rehearse = async (order) => {
    const { id } = await client.must('POST', '/api/rehearsals', { pathway: 'covid-home', days: 12, replications: 3, seed: 1, ...order });
    return `#/rehearse/${id}`;
  };

  await t.test('more than can be done, before anything else', async () => {
    const page = await browser.logged_in('admin', { locale: 'en-GB' });
    await open(page, await rehearse({ scenario: 'hardly-anybody', against: '' }), 'main h1');
    await page.waitForSelector('.summary', { timeout: 240_000 });
    const said = await page.locator('main').innerText();
    assert.match(said, /what waits grows without end/);
    assert.match(await page.locator('.waits li').first().innerText(), /grows without end/, 'the worst comes first');
    assert.match(await page.locator('.differences').innerText(), /now grows without end/);
    assert.match(said, /The new way of working/);
    assert.match(said, /of \d+ people at the end/);
    assert.deepEqual(await violations(page), []);
    await page.context().close();
  });

  await t.test('in French, on a phone', async () => {
    const page = await browser.logged_in('claire', { width: 390, height: 760 });
    await open(page, await rehearse({ scenario: 'hardly-anybody', replications: 1 }), 'main h1');
    await page.waitForSelector('.summary', { timeout: 240_000 });
    const said = await page.locator('main').innerText();
    assert.match(said, /croît sans fin/);
    assert.match(said, /Avec un seul essai/);
    assert.match(said, /personnes sur \d+ à la fin/);
    assert.doesNotMatch(said, /More of|One replication|grows/, 'nothing of it in English');
    assert.equal(await overhang(page), 0);
    assert.deepEqual(await violations(page), []);
    await page.context().close();
  });

  await t.test('no page has told the console an error', () => assert.deepEqual(browser.problems, []));
});
