// A package changes while cases run on it: they move to the new version, over HTTP while the server
// runs or by the command line while it does not, and what was promised to patients stays.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { enrol, feverish, patient, worklist } from './lib/covid.mjs';
import { command, covid_home, start, temporary, until } from './lib/server.mjs';

const opening = '2020-03-26T09:00:00Z';
const morning = '2020-03-27T08:00:00Z';  // 09:00 in Paris: the daily form, its reminder due at 12:00
const phone = '+33600000077';

function package_in(folder, name) {
  const home = join(folder, name, 'covid-home');
  cpSync(covid_home, home, { recursive: true });
  return home;
}

// Every occurrence; the text must be there.
function edit(home, file, from, to) {
  const path = join(home, file);
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from), `${file} holds ${from}`);
  writeFileSync(path, text.replaceAll(from, to));
}

function second_version(home) {
  edit(home, 'organisation.yaml', 'version: "1"', 'version: "2"');
  edit(home, 'pathway.bpmn', 'if now().hour &lt; 18 then duration("PT3H") else duration("PT1H30M")', 'duration("PT5H")');
}

const reminders = (server) => server.messages(phone).length - 1;  // beside the first day's link

test('a case moves to the new version of its package and its reminder comes when it was promised', async (t) => {
  const folder = temporary(t);
  const home = package_in(folder, 'now');
  const options = { t, folder, data: join(folder, 'data.db'), packages: [home] };
  let server = await start({ ...options, clock: opening });
  const opened = await enrol(await server.login('bernard'), patient({ phone }));
  await server.move_to(morning);
  const link = await server.link(phone);
  assert.equal(await server.stop(), 0);

  second_version(home);
  server = await start({ ...options, clock: opening });
  const admin = await server.login('admin');
  const read = async () => admin.must('GET', `/api/cases/${opened.case}`);
  assert.equal((await read()).version, '1', 'until somebody moves it');

  const address = '/api/pathways/covid-home/migration';
  assert.equal((await (await server.login('nadia')).post(address, { dry_run: true })).status, 403);
  assert.equal((await admin.post(address, {})).status, 400, 'nothing moves by mistake');
  assert.equal((await admin.post('/api/pathways/covid/migration', { dry_run: true })).status, 404);
  const plan = await admin.must('POST', address, { dry_run: true });
  assert.equal(plan.to, '2');
  assert.deepEqual(plan.versions.map(({ from, cases, moved, refused }) => [from, cases, moved, refused]), [['1', 1, 1, []]]);
  assert.deepEqual(plan.versions[0].elements.map(({ id, cases }) => [id, cases]), [['follow_up', 1], ['monitoring', 1], ['daily', 1]]);
  assert.equal((await read()).version, '1', 'a dry run changes nothing');

  const done = await admin.must('POST', address, { dry_run: false });
  assert.equal(done.versions[0].moved, 1);
  const moved = await read();
  assert.equal(moved.version, '2');
  const { activity, lifecycle, actor, data } = moved.timeline.at(-1);
  assert.deepEqual({ activity, lifecycle, actor, data }, {
    activity: 'case', lifecycle: 'resume', actor: 'admin', data: { from_version: '1', to_version: '2' },
  });

  await server.move_to('2020-03-27T10:59:00Z');
  assert.equal(reminders(server), 0);
  await server.move_to('2020-03-27T11:00:00Z');
  await until('the reminder of 12:00', () => reminders(server) === 1);
  assert.equal((await server.nobody.send_form(link, feverish)).status, 200, 'the link of version 1 opens the form');
  assert.deepEqual((await worklist(await server.login('claire'))).map((each) => each.activity), ['nurse_call']);

  // The next day goes by the new version: five hours, not three.
  await server.move_to('2020-03-28T08:00:00Z');
  await until('the link of the second day', () => server.messages(phone).length === 3);
  await server.move_to('2020-03-28T12:59:00Z');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(server.messages(phone).length, 3);
  await server.move_to('2020-03-28T13:00:00Z');
  await until('the reminder of 14:00', () => server.messages(phone).length === 4);
  assert.deepEqual((await admin.must('POST', address, { dry_run: false })).versions, []);
  await server.stop();
  assert.match((await command(['store', 'check', '--data', options.data])).out, /every invariant holds/);
});

test('passerelle migrate tells what would happen, moves what it can and says who stays', async (t) => {
  const folder = temporary(t);
  const home = package_in(folder, 'now');
  const options = { t, folder, data: join(folder, 'data.db'), packages: [home] };
  const server = await start({ ...options, clock: opening });
  const bernard = await server.login('bernard');
  const calm = await enrol(bernard, patient({ phone }));
  const ill = await enrol(bernard, patient({ family: 'MARTIN', phone: '+33600000078' }));
  await server.move_to(morning);
  assert.equal((await server.nobody.send_form(await server.link('+33600000078'), feverish)).status, 200);
  await until('the alert', async () => (await worklist(await server.login('claire'))).length === 1);
  await server.stop();

  const next = package_in(folder, 'next');
  second_version(next);
  writeFileSync(join(next, 'migration.yaml'), 'migrations:\n  - from: "1"\n    elements: {nurse_call: close_alert}\n');
  const compared = await command(['migrate', next, '--from', home]);
  assert.equal(compared.code, 0, compared.err);
  assert.ok(compared.out.includes(`${join(home, 'pathway.bpmn')}:`), 'places of the earlier version are files, too');
  assert.match(compared.out, /warning: a case of version 1 can stand at 'nurse_call'.* it was a task for people and is a script task \[migration-no-place\]/);

  const migrate = (...more) => command(['migrate', next, '--data', options.data, ...more]);
  const dry = await migrate('--dry-run');
  assert.equal(dry.code, 1, dry.err);
  assert.match(dry.out, /covid-home 1 -> 2: 1 of 2 open cases would move/);
  assert.match(dry.out, new RegExp(`case ${ill.case} stays on version 1: what stands at 'nurse_call'`));
  assert.equal(JSON.parse((await migrate('--dry-run', '--json')).out).versions[0].moved, 1);

  assert.match((await migrate()).out, /1 of 2 open cases moved/);
  const again = await migrate();
  assert.equal(again.code, 1);
  assert.match(again.out, /0 of 1 open case moved/);
  const after = await start({ ...options, packages: [next], clock: morning });
  const admin = await after.login('admin');
  assert.equal((await admin.must('GET', `/api/cases/${calm.case}`)).version, '2');
  assert.equal((await admin.must('GET', `/api/cases/${ill.case}`)).version, '1');
  assert.equal((await worklist(await after.login('claire')))[0].case, ill.case, 'whoever stays goes on');
  await after.stop();

  const wrong = await command(['migrate', next]);
  assert.equal(wrong.code, 2);
  writeFileSync(join(next, 'migration.yaml'), 'migrations:\n  - from: "1"\n    elements: {nurse_cal: first_call}\n');
  const misspelt = await command(['migrate', next, '--from', home]);
  assert.equal(misspelt.code, 1);
  assert.match(misspelt.out, /migration\.yaml:3:\d+: error: .*'first_call'.*\[migration-target\]/);
  assert.match(misspelt.out, /did you mean 'nurse_call'\?.*\[migration-source\]/s);
});
