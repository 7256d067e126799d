// `./dev demo --once`: the four verbs without a browser. Each line is a result that was looked at;
// the exit code is 0 only when all held.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { breathless, call, enrol, feverish, patient, worklist } from '../tests/lib/covid.mjs';
import { broken_copy, defects } from '../tests/lib/defects.mjs';
import { command, covid_home, start } from '../tests/lib/server.mjs';

const phone = '+33600000001';

async function check() {
  const clean = await command(['check', covid_home]);
  assert.equal(clean.code, 0, clean.out);
  const said = [clean.out.trim().split('\n').at(-1)];
  for (const defect of defects) {
    const folder = mkdtempSync(join(tmpdir(), 'passerelle-broken-'));
    try {
      const { code, out } = await command(['check', broken_copy(folder, defect)]);
      const line = out.split('\n').find((each) => each.includes(': error: ') && each.endsWith(`[${defect.finding}]`));
      assert.ok(code === 1 && line, `${defect.what}: expected ${defect.finding} in\n${out}`);
      assert.match(line, defect.says);
      said.push(`a copy with ${defect.what}:\n      ${line.replace(`${folder}/covid-home/`, '')}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return said;
}

async function rehearse(folder) {
  const promise = join(folder, 'promise.json');
  const { code, err } = await command(['rehearse', covid_home, '--days', '10', '--replications', '4', '--seed', '1',
    '--against', 'two-nurses-fewer', '--json', promise, '--quiet']);
  assert.equal(code, 0, err);
  const result = JSON.parse(readFileSync(promise, 'utf8'));
  const urgent = result.indicators.find((each) => each.id === 'urgent_in_time');
  const { value } = urgent;
  assert.ok(value > 0 && value <= 1, JSON.stringify(urgent).slice(0, 300));
  assert.ok(urgent.low <= value && value <= urgent.high, '95 % interval around the value');
  const differences = result.comparison.differences;
  assert.ok(differences.length > 0);
  return [
    `10 days, 4 replications: urgent alerts answered in time ${(100 * value).toFixed(1)} % (${(100 * urgent.low).toFixed(1)} to ${(100 * Math.min(1, urgent.high)).toFixed(1)})`,
    `two nurses fewer on the same patients: ${differences.filter((each) => each.real).length} of ${differences.length} differences are real`,
  ];
}

async function run(folder) {
  const said = [];
  const server = await start({ folder, data: join(folder, 'centre.db'), clock: '2020-03-26T09:00:00Z' });
  try {
    const [bernard, claire, sam, martin] = await Promise.all(['bernard', 'claire', 'sam', 'martin'].map((each) => server.login(each)));
    const opened = await enrol(bernard, patient({ phone }));
    said.push(`Dr Bernard enrolled a patient: case ${opened.case}`);

    await server.move_to('2020-03-27T08:00:00Z');  // 09:00 in Paris
    const seen = new Set();
    const first = await server.link(phone, seen);
    seen.add(first);
    const page = await server.nobody.get(`${first}?all=1`);
    assert.equal(page.status, 200, page.text);
    assert.match(page.text, /<form method=post/);
    assert.ok(Buffer.byteLength(page.text) < 30_000, 'the page is light');
    said.push(`next morning a link came by SMS; the form it opens weighs ${(Buffer.byteLength(page.text) / 1000).toFixed(1)} kB`);

    const sent = await server.nobody.send_form(first, feverish);
    assert.equal(sent.status, 200, sent.text);
    const [alert] = (await worklist(claire)).filter((each) => each.activity === 'nurse_call');
    assert.ok(alert, 'a simple alert is in the worklist');
    assert.equal(Date.parse(alert.due) - Date.parse(alert.opened), 4 * 3_600_000);
    said.push(`39.4 °C: a nurse is to call within four hours (${alert.title}, until ${alert.due})`);

    await claire.must('POST', `/api/work/${alert.id}/take`);
    const refused = await sam.post(`/api/work/${alert.id}/take`);
    assert.equal(refused.status, 409, refused.text);
    assert.match(refused.text, /Claire Petit/);
    said.push('Claire opened it; Sam is told that Claire has it');
    await claire.must('POST', `/api/work/${alert.id}/begin`);
    const closed = await claire.must('POST', `/api/work/${alert.id}/complete`, { answers: { outcome: 'reassured' } });
    assert.equal(closed.done, true);
    assert.ok(!(await worklist(claire)).some((each) => each.id === alert.id));
    said.push('she called and reassured: the alert is closed');

    await server.move_to('2020-03-28T08:00:00Z');
    const second = await server.link(phone, seen);
    assert.equal((await server.nobody.send_form(second, breathless)).status, 200);
    const [urgent] = (await worklist(martin)).filter((each) => each.activity === 'physician_call');
    assert.ok(urgent && urgent.priority === 2, 'an urgent alert is in the worklist');
    assert.equal(Date.parse(urgent.due) - Date.parse(urgent.opened), 30 * 60_000);
    await server.advance('PT12M');
    assert.equal((await call(martin, urgent, { decision: 'stay' })).done, true);
    said.push('short of breath the day after: a physician is to call within 30 minutes, and did after 12');
    const again = await server.nobody.send_form(second, breathless);
    assert.equal(again.status, 200);
    assert.equal((await worklist(martin)).filter((each) => each.activity === 'physician_call').length, 0);
    said.push('the same form sent twice: no second alert');
  } finally {
    await server.stop();
  }
  return said;
}

async function review(folder) {
  const json = join(folder, 'review.json');
  const { code, err } = await command(['review', join(folder, 'centre.db'), '--against', join(folder, 'promise.json'),
    '--json', json, '--html', join(folder, 'review.html')]);
  assert.equal(code, 0, err);
  const result = JSON.parse(readFileSync(json, 'utf8'));
  assert.equal(result.log.cases, 1);
  const urgent = result.indicators.find((each) => each.id === 'urgent_in_time');
  const text = JSON.stringify(urgent);
  assert.ok(urgent.promise, `the promise stands beside reality: ${text.slice(0, 300)}`);
  assert.equal(urgent.result.value, 1, text.slice(0, 300));
  return [
    `${result.log.cases} case, ${result.log.events} events; urgent alerts answered in time: 1 of 1, beside the rehearsal's promise`,
    'too few to judge the promise, and it says so, in text, JSON and a page for print',
  ];
}

// 0 when everything held.
export async function walk() {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-demo-'));
  try {
    for (const [verb, does] of [['check', check], ['rehearse', rehearse], ['run', run], ['review', review]]) {
      const began = Date.now();
      try {
        const said = await does(folder);
        console.log(`${verb}: held (${((Date.now() - began) / 1000).toFixed(1)} s)`);
        for (const line of said) console.log(`    ${line}`);
      } catch (problem) {
        console.log(`${verb}: DID NOT HOLD\n${problem.stack}`);
        return 1;
      }
    }
    console.log('All four verbs held.');
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
