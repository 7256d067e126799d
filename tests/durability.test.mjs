// Kill it anywhere: nothing that was acknowledged is lost, nothing is done twice.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { call, enrol, feverish, patient, well, worklist } from './lib/covid.mjs';
import { command, start, temporary, until } from './lib/server.mjs';

const count = 1000;
const opening = '2020-03-26T09:00:00Z';
const morning = '2020-03-27T08:00:00Z';  // 09:00 in Paris
const phone_of = (index) => `+336${String(10_000_000 + index)}`;
const answers_of = (index) => (index % 4 === 0 ? feverish : well);

// Work of so many at a time; stops early when `work` says so.
async function in_parallel(width, items, work) {
  const queue = items.entries();
  await Promise.all(Array.from({ length: width }, async () => {
    for (const [at, item] of queue) if (await work(item, at) === false) return;
  }));
}

// How often each case completed an activity, by the log that the file gives.
async function completions(data, folder) {
  const csv = join(folder, 'events.csv');
  const { code, err } = await command(['review', data, '--log', csv]);
  assert.equal(code, 0, err);
  const [head, ...lines] = readFileSync(csv, 'utf8').trim().split('\n');
  const columns = head.split(',');
  const at = (name) => columns.findIndex((each) => each.includes(name));
  const [of_case, of_activity, of_lifecycle] = [at('case'), at('activity'), at('lifecycle')];
  const counts = new Map();
  for (const line of lines) {
    const cells = line.split(',');
    const key = `${cells[of_activity]} ${cells[of_lifecycle]}`;
    if (!counts.has(key)) counts.set(key, new Map());
    const cases = counts.get(key);
    cases.set(cells[of_case], (cases.get(cells[of_case]) ?? 0) + 1);
  }
  return (activity, lifecycle = 'complete') => counts.get(`${activity} ${lifecycle}`) ?? new Map();
}

test('kill -9 in the middle of 1,000 forms loses none that was acknowledged and repeats no task', async (t) => {
  const folder = temporary(t);
  const options = { t, folder, data: join(folder, 'data.db') };
  let server = await start({ ...options, clock: opening });
  const bernard = await server.login('bernard');
  await in_parallel(16, Array.from({ length: count }, (_, index) => index), async (index) => {
    await enrol(bernard, patient({ family: `PATIENT${index}`, phone: phone_of(index) }));
  });
  await server.move_to(morning);
  await server.link(phone_of(count - 1), new Set(), { seconds: 60 });
  const links = new Map();
  for (let turn = 0; links.size < count && turn < 600; ++turn) {
    for (const { to, text } of server.messages()) links.set(to, /(\/f\/[^\s?]+)/.exec(text)[1]);
    if (links.size < count) await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(links.size, count, 'each patient has a link');

  const acknowledged = new Set();
  let sent = 0;
  const indices = Array.from({ length: count }, (_, index) => index);
  await in_parallel(32, indices, async (index) => {
    if (++sent === 600) server.child.kill('SIGKILL');
    try {
      const answer = await server.nobody.send_form(links.get(phone_of(index)), answers_of(index));
      if (answer.status === 200) acknowledged.add(index);
      return true;
    } catch {
      return false;  // the connection broke: whether it arrived is what the retry finds out
    }
  });
  await server.kill();
  assert.ok(acknowledged.size >= 400 && acknowledged.size < count, `${acknowledged.size} were acknowledged before the kill`);

  server = await start({ ...options, clock: morning });
  const martin = await server.login('admin');
  const stored = await martin.must('GET', '/fhir/QuestionnaireResponse?questionnaire:below=daily&_summary=count')
    .catch(() => martin.must('GET', '/fhir/QuestionnaireResponse?_summary=count'));
  assert.ok(stored.total >= acknowledged.size, `${stored.total} answers for ${acknowledged.size} acknowledged`);

  // Every patient sends again, as a phone does when no answer came.
  let already = 0;
  await in_parallel(32, indices, async (index) => {
    const answer = await server.nobody.send_form(links.get(phone_of(index)), answers_of(index));
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    if (/Already sent/.test(answer.text)) ++already;
    else assert.ok(!acknowledged.has(index), `the acknowledged form of patient ${index} was lost`);
    return true;
  });
  assert.ok(already >= acknowledged.size);

  const alerts = (await worklist(await server.login('claire'))).filter((each) => each.activity === 'nurse_call');
  assert.equal(alerts.length, count / 4, 'one alert for each who has fever');
  assert.equal(new Set(alerts.map((each) => each.case)).size, count / 4);
  assert.equal(await server.stop(), 0);

  const completed = await completions(options.data, folder);
  for (const activity of ['enrol', 'invite', 'daily', 'triage']) {
    const cases = completed(activity);
    assert.equal(cases.size, count, activity);
    assert.ok([...cases.values()].every((times) => times === 1), `${activity} happened twice`);
  }
  assert.equal(completed('nurse_call', 'schedule').size, count / 4);
  assert.ok([...completed('nurse_call', 'schedule').values()].every((times) => times === 1));
  assert.match((await command(['store', 'check', '--data', options.data])).out, /every invariant holds/);
});

test('kill -9 while time passes: every timer fires once and no message is doubled', async (t) => {
  const folder = temporary(t);
  const options = { t, folder, data: join(folder, 'data.db') };
  const patients = 60;
  let server = await start({ ...options, clock: opening });
  const bernard = await server.login('bernard');
  for (let index = 0; index < patients; ++index) await enrol(bernard, patient({ phone: phone_of(index) }));
  // Four kills at different moments of the same passage of time.
  for (const after of [30, 80, 150, 260]) {
    const passing = server.move_to('2020-03-28T16:00:00Z').then(() => true, () => false);
    await new Promise((resolve) => setTimeout(resolve, after));
    await server.kill();
    await passing;
    server = await start({ ...options, clock: opening });
  }
  await server.move_to('2020-03-28T16:00:00Z');
  // Whoever was sending at a kill at that very moment is believed dead after five minutes.
  await server.move_to('2020-03-28T16:06:00Z');
  await until('all messages', () => server.messages().length >= 4 * patients);
  await new Promise((resolve) => setTimeout(resolve, 500));  // one too many would come now
  const texts = new Map();
  for (const { to, text } of server.messages()) texts.set(to, [...(texts.get(to) ?? []), text.replace(/https?:\S+/, 'LINK')]);
  assert.equal(texts.size, patients);
  for (const each of texts.values()) assert.equal(each.length, 4, `two invitations and two reminders, not ${JSON.stringify(each)}`);
  await server.stop();
  const completed = await completions(options.data, folder);
  for (const [activity, times] of [['invite', 2], ['reminder_due', 2], ['daily_late', 2], ['daily_missed', 1], ['next_slot', 2]]) {
    const cases = completed(activity);
    assert.equal(cases.size, patients, activity);
    assert.ok([...cases.values()].every((each) => each === times), `${activity}: ${JSON.stringify([...cases.values()])}`);
  }
});

test('a second server on the same data file is refused, and the first goes on', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'data.db');
  const server = await start({ t, folder, data, clock: opening });
  await assert.rejects(start({ t, folder, data, clock: opening }), (problem) => {
    assert.equal(problem.code, 3, problem.message);
    assert.match(problem.message, /data\.db/);
    return true;
  });
  assert.equal((await command(['store', 'stats', '--data', data])).code, 3);
  assert.equal((await server.nobody.get('/health')).status, 200);
  await enrol(await server.login('bernard'));
  await server.stop();
  const again = await start({ t, folder, data, clock: opening });
  assert.equal((await again.nobody.get('/health')).status, 200, 'a file that was closed can be opened');
});

test('a form sent twice at the same time counts once', async (t) => {
  const server = await start({ t, clock: opening });
  await enrol(await server.login('bernard'), patient({ phone: phone_of(1) }));
  await server.move_to(morning);
  const link = await server.link(phone_of(1));
  const answers = await Promise.all(Array.from({ length: 8 }, () => server.nobody.send_form(link, feverish)));
  assert.deepEqual([...new Set(answers.map((each) => each.status))], [200]);
  assert.equal(answers.filter((each) => /Thank you/.test(each.text)).length >= 1, true);
  const alerts = (await worklist(await server.login('claire'))).filter((each) => each.activity === 'nurse_call');
  assert.equal(alerts.length, 1);
});

test('work completed twice with one key is done once; two nurses cannot both have it', async (t) => {
  const server = await start({ t, clock: opening });
  await enrol(await server.login('bernard'), patient({ phone: phone_of(1) }));
  await server.move_to(morning);
  await server.nobody.send_form(await server.link(phone_of(1)), feverish);
  const [claire, sam] = [await server.login('claire'), await server.login('sam')];
  const [alert] = (await worklist(claire)).filter((each) => each.activity === 'nurse_call');
  const taken = await Promise.all([claire, sam].map((each) => each.post(`/api/work/${alert.id}/take`)));
  assert.deepEqual(taken.map((each) => each.status).sort(), [200, 409]);
  const winner = taken[0].status === 200 ? claire : sam;
  const done = await Promise.all([1, 2, 3].map(() => winner.post(`/api/work/${alert.id}/complete`,
    { answers: { outcome: 'reassured' } }, { 'idempotency-key': 'once' })));
  assert.deepEqual(done.map((each) => each.status), [200, 200, 200]);
  assert.ok(!(await worklist(claire)).some((each) => each.id === alert.id));
  const again = await winner.post(`/api/work/${alert.id}/complete`, { answers: { outcome: 'hospital' } });
  assert.equal(again.status, 409, again.text);
});

test('what was acknowledged before a restart is there after it: history, work, sessions', async (t) => {
  const folder = temporary(t);
  const options = { t, folder, data: join(folder, 'data.db') };
  let server = await start({ ...options, clock: opening });
  await enrol(await server.login('bernard'), patient({ phone: phone_of(1) }));
  await server.move_to(morning);
  await server.nobody.send_form(await server.link(phone_of(1)), feverish);
  const claire = await server.login('claire');
  const [before] = await worklist(claire);
  await server.kill();
  server = await start({ ...options, clock: morning });
  claire.url = server.url;
  assert.deepEqual(await worklist(claire), [before], 'the same work, in the same session');
  await call(claire, before, { outcome: 'reassured' });
  assert.deepEqual(await worklist(claire), []);
});
