// Work that needs a skill goes to people who have it, over HTTP and on the pages; the others see why
// not, and whom to ask.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Browser, browser_missing, open, overhang, violations } from './lib/browser.mjs';
import { enrol, patient, worklist } from './lib/covid.mjs';
import { command, covid_home, password, people, start, temporary, until } from './lib/server.mjs';

const before_needs = '{activity: nurse_call, minutes: {pert: [3, 7, 20]}, skills: [';

// covid-home, whose nurses' calls need stitching: nobody learns it by their role.
function skilled(folder) {
  const home = join(folder, 'covid-home');
  cpSync(covid_home, home, { recursive: true });
  const edit = (file, change) => writeFileSync(join(home, file), change(readFileSync(join(home, file), 'utf8')));
  edit('organisation.yaml', (text) => {
    assert.ok(text.includes(before_needs));
    return text.replace(before_needs, `${before_needs}suture, `);
  });
  edit('texts/fr.yaml', (text) => `${text}skill.suture: points de suture\n`);
  edit('texts/en.yaml', (text) => `${text}skill.suture: stitches\n`);
  return home;
}

const account_add = (data, ...args) =>
  command(['account', 'add', '--data', data, ...args, '--password-file', '-'], { input: `${password}\n` });

test('work that needs a skill', { timeout: 300_000 }, async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'data.db');
  const packages = [skilled(folder)];
  let server = await start({ t, folder, data, packages, clock: '2020-03-26T09:00:00Z', accounts: people });
  assert.equal(await server.stop(), 0);

  await t.test('an account says its skills; unknown ones are refused', async () => {
    const wrong = await account_add(data, 'sam', '--skill', 'sutures');
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /no organisation has the skill 'sutures'.*\n?.*did you mean 'suture'\?/s);
    assert.equal((await account_add(data, 'sam', '--skill', 'suture')).code, 0);
    assert.match((await command(['account', 'list', '--data', data])).out, /^sam\tSam Taylor\tnurse\ten\tsuture$/m);
    assert.equal((await account_add(data, 'sam', '--skill', '')).code, 0);
    assert.match((await command(['account', 'list', '--data', data])).out, /^sam\tSam Taylor\tnurse\ten$/m);
    assert.equal((await account_add(data, 'sam', '--skill', 'suture')).code, 0);
    assert.equal((await account_add(data, 'sam', '--name', 'Sam Taylor')).code, 0, 'the rest stays');
    assert.match((await command(['account', 'list', '--data', data])).out, /^sam\tSam Taylor\tnurse\ten\tsuture$/m);
  });

  await t.test('an account says from which day on it has a skill', async () => {
    for (const wrong of ['suture@soon', 'suture@2020-02-30', 'suture@', '@2020-04-01']) {
      const refused = await account_add(data, 'nora', '--skill', wrong);
      assert.equal(refused.code, 1, wrong);
      assert.match(refused.err, /is no skill with the day of its beginning.*\n?.*--skill suture@2026-12-15/s);
    }
    assert.match((await account_add(data, 'nora', '--skill', 'sutures@2020-04-01')).err, /did you mean 'suture'\?/);
    const added = await account_add(data, 'nora', '--name', 'Nora Roy', '--role', 'nurse', '--language', 'en', '--skill', 'suture@2020-04-01', '--skill', 'nursing');
    assert.equal(added.code, 0, added.err);
    assert.equal((await account_add(data, 'nora', '--name', 'Nora Roy')).code, 0, 'the rest stays');
    assert.match((await command(['account', 'list', '--data', data])).out, /^nora\tNora Roy\tnurse\ten\tnursing,suture@2020-04-01$/m);
  });

  server = await start({ t, folder, data, packages, clock: '2020-03-26T09:00:00Z', accounts: people });
  t.after(() => server.stop());
  const claire = await server.login('claire');
  const sam = await server.login('sam');
  const who = patient({ family: 'SILENT' });
  await enrol(await server.login('bernard'), who);
  await server.move_to('2020-03-27T14:00:00Z');  // six hours of silence

  let call;
  await t.test('is offered to who has it, and kept back from who has not', async () => {
    call = await until('the call', async () => (await worklist(sam)).find((each) => each.activity === 'nurse_call'));
    assert.deepEqual((await sam.must('GET', '/api/me')).skills, ['suture']);
    const list = await claire.must('GET', '/api/worklist');
    assert.deepEqual(list.items, []);
    assert.equal(list.kept_back.length, 1);
    const { item, skills, who: could, reason, help } = list.kept_back[0];
    assert.equal(item.id, call.id);
    assert.deepEqual([skills, could], [['points de suture'], ['Sam Taylor']]);
    assert.equal(reason, "ce travail demande une compétence que vous n'avez pas : points de suture");
    assert.equal(help, 'peuvent le faire : Sam Taylor');
    assert.deepEqual((await claire.must('GET', `/api/work/${call.id}`)).kept_back, list.kept_back[0]);
    assert.equal((await sam.must('GET', `/api/work/${call.id}`)).kept_back, null);
  });

  await t.test('is refused to who lacks it, in both languages, and changes nothing', async () => {
    for (const [action, body] of [['take', {}], ['begin', {}], ['complete', { answers: { outcome: 'reassured' } }], ['error', { code: 'x' }]]) {
      const refused = await claire.post(`/api/work/${call.id}/${action}`, body);
      assert.equal(refused.status, 403, action);
      assert.equal(refused.json.error.help, 'peuvent le faire : Sam Taylor');
    }
    const { json } = await claire.post(`/api/work/${call.id}/take`, {}, { 'accept-language': 'en' });
    assert.equal(json.error.message, 'this work needs a skill that you do not have: stitches');
    assert.equal(json.error.help, 'who could do it: Sam Taylor');
    assert.equal((await worklist(sam))[0].owner, null);
  });

  await t.test('is kept back from a newcomer until the day, which the reason names', async () => {
    const nora = await server.login('nora');
    const me = await nora.must('GET', '/api/me');
    assert.deepEqual([me.skills, me.skills_from], [['nursing'], { suture: '2020-04-01' }]);
    const reason = 'this work needs a skill that you do not have: stitches (you have it from 1 April 2020 on)';
    assert.equal((await nora.must('GET', '/api/worklist')).kept_back[0].reason, reason);
    const refused = await nora.post(`/api/work/${call.id}/take`, {});
    assert.deepEqual([refused.status, refused.json.error.message], [403, reason]);
    const french = await nora.post(`/api/work/${call.id}/take`, {}, { 'accept-language': 'fr' });
    assert.match(french.json.error.message, /points de suture \(vous l'aurez à partir du 1er avril 2020\)$/);
  });

  await t.test('is shown on the pages with the reason, and cannot be taken there', { skip: browser_missing || false }, async () => {
    const browser = await Browser.launch(t, server.url);
    const page = await browser.logged_in('claire');
    await page.waitForSelector('#queue-kept-back');
    const row = page.locator('.row:has-text("SILENT")');
    assert.match(await row.textContent(), /points de suture.*Sam Taylor/);
    assert.deepEqual(await violations(page), []);
    assert.equal(await overhang(page), 0);
    await open(page, `#/work/${call.id}`, '.note');
    assert.match(await page.textContent('.note'), /points de suture.*Sam Taylor/);
    assert.equal(await page.locator('.questionnaire, [aria-keyshortcuts=t], a[href^="tel:"]').count(), 0);
    assert.equal((await worklist(sam))[0].owner, null, 'looking takes nothing');
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(browser.problems, []);
  });

  await t.test('is done by who has it', async () => {
    await sam.must('POST', `/api/work/${call.id}/take`);
    const done = await sam.must('POST', `/api/work/${call.id}/complete`, { answers: { outcome: 'reassured' } });
    assert.equal(done.done, true);
    assert.deepEqual((await claire.must('GET', '/api/worklist')).kept_back, []);
  });

  await t.test('is the newcomer\'s from the day on', async () => {
    await server.move_to('2020-04-01T08:00:00Z');
    const nora = await server.login('nora');
    assert.deepEqual((await nora.must('GET', '/api/me')).skills, ['nursing', 'suture']);
    const list = await nora.must('GET', '/api/worklist');
    assert.deepEqual(list.kept_back, []);
    const next = list.items.find((each) => each.activity === 'nurse_call');
    assert.ok(next, 'silence has gone on');
    await nora.must('POST', `/api/work/${next.id}/take`);
  });
});
