// What comes in broken, hostile or too big gets a clear answer; nothing is lost and the server goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { broken_copy, defects } from './lib/defects.mjs';
import { enrol, feverish, patient, well, worklist } from './lib/covid.mjs';
import { read_exposition } from './lib/exposition.mjs';
import { start, temporary, until } from './lib/server.mjs';

const opening = '2020-03-26T09:00:00Z';
const morning = '2020-03-27T08:00:00Z';
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };

let server, admin;
const hooks = [];
before(async () => {
  server = await start({ t: { after: (hook) => hooks.push(hook) }, clock: opening });
  admin = await server.login('admin');
});
after(async () => { for (const hook of hooks.reverse()) await hook(); });

async function alive() {
  assert.equal((await server.nobody.get('/health')).status, 200, server.errors());
}
function outcome(answer, status) {
  assert.equal(answer.status, status, answer.text.slice(0, 400));
  assert.equal(answer.json?.resourceType, 'OperationOutcome', answer.text.slice(0, 400));
  assert.ok(answer.json.issue[0].diagnostics?.length > 10 || answer.json.issue[0].details?.text?.length > 10, answer.text);
  return answer.json.issue[0];
}

const bodies = [
  ['no JSON', '{"resourceType":"Observation",', 400],
  ['two resources', `${JSON.stringify(observation)}${JSON.stringify(observation)}`, 400],
  ['a duplicate member', '{"resourceType":"Observation","status":"final","status":"final","code":{"text":"x"}}', 400],
  ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
  ['UTF-16', Buffer.from(`\ufeff${JSON.stringify(observation)}`, 'utf16le'), 400],
  ['nested a thousand deep', `${'['.repeat(1000)}${']'.repeat(1000)}`, 413],
  ['empty', '', 400],
  ['a list', '[]', 400],
  ['another type than the address', '{"resourceType":"Patient"}', 400],
  ['a type that R4 lacks', '{"resourceType":"Observatoin"}', 400],
  ['an unknown element', JSON.stringify({ ...observation, colour: 'red' }), 422],
  ['a code that the value set lacks', JSON.stringify({ ...observation, status: 'done' }), 422],
  ['a missing element', '{"resourceType":"Observation","status":"final"}', 422],
  ['a date that does not exist', JSON.stringify({ ...observation, effectiveDateTime: '2020-02-31' }), 422],
];
for (const [what, body, status] of bodies) {
  test(`FHIR: ${what} is refused with an OperationOutcome`, async () => {
    const answer = await admin.post('/fhir/Observation', body, { 'content-type': 'application/fhir+json' });
    // What is JSON and no valid resource: 422 says so best, 400 is allowed (FHIR R4, 3.1.0.8).
    outcome(answer, status === 422 && answer.status === 400 ? 400 : status);
    await alive();
  });
}

test('a body over the limit is refused before it is read whole', async () => {
  const answer = await admin.post('/fhir/Observation', `{"x":"${'a'.repeat(34 << 20)}"}`, { 'content-type': 'application/fhir+json' })
    .catch((problem) => problem);
  // The server may close while the client still writes; what it must not do is take it.
  if (answer.status !== undefined) outcome(answer, 413);
  await alive();
});

test('XML: entities, external or in a bomb, are refused and read nothing', async () => {
  const open = '<Patient xmlns="http://hl7.org/fhir"><id value="';
  for (const xml of [
    `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${open}&x;"/></Patient>`,
    `<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>${open}&c;"/></Patient>`,
    `${open}&undeclared;"/></Patient>`,
    `<?xml version="1.0" encoding="UTF-16"?>${open}x"/></Patient>`,
    '<Patient xmlns="http://hl7.org/fhir"><name>',
    '<Patient xmlns="urn:other"/>',
  ]) {
    const answer = await admin.post('/fhir/Patient', xml, { 'content-type': 'application/fhir+xml', accept: 'application/fhir+json' });
    assert.ok([400, 422].includes(answer.status), `${answer.status} ${answer.text.slice(0, 300)}`);
    outcome(answer, answer.status);
    assert.doesNotMatch(answer.text, /root:x?:0/);
  }
  await alive();
});

test('searches that are misspelt or hostile are refused, never ignored', async () => {
  for (const [query, says] of [
    ['Patient?famly=x', /family/], ['Patient?name:exakt=x', /exakt/], ['Patient?birthdate=2020-13-01', /2020-13-01/],
    ['Patient?_count=many', /_count|many/], ['Patient?_sort=colour', /colour/], ['Nothing?_id=1', /Nothing/],
    ["Patient?_has:Observation:nothing:code=1", /nothing/],
  ]) {
    const answer = await admin.get(`/fhir/${query}`);
    assert.ok([400, 404].includes(answer.status), `${query}: ${answer.status} ${answer.text.slice(0, 200)}`);
    outcome(answer, answer.status);
    assert.match(answer.text, says);
  }
  const harmless = await admin.get(`/fhir/Patient?name=${encodeURIComponent("'; DROP TABLE resource; --")}`);
  assert.equal(harmless.status, 200);
  assert.equal((await admin.get(`/fhir/Patient?name=${'a,'.repeat(4000)}a`)).status < 500, true);
  await alive();
});

test('/api: malformed bodies, unknown things and missing rights are told apart', async () => {
  const bernard = await server.login('bernard');
  for (const body of ['{', '[]', '"x"', '{"pathway": 7}', '{}', '{"pathway":"covid-home","patient":{"resourceType":"Patient","birthDate":"yesterday"}}']) {
    const answer = await bernard.post('/api/cases', body, { 'content-type': 'application/json' });
    assert.ok([400, 404, 422].includes(answer.status), `${body}: ${answer.status} ${answer.text}`);
    assert.ok(answer.json.error.message.length > 10 && answer.json.error.code, answer.text);
  }
  assert.equal((await bernard.post('/api/cases', 'a=b', { 'content-type': 'text/plain' })).status >= 400, true);
  assert.equal((await server.nobody.get('/api/worklist')).status, 401);
  assert.equal((await server.nobody.get('/fhir/Patient')).status, 401);
  assert.equal((await bernard.get('/api/work/999999-1')).status, 404);
  assert.equal((await bernard.get('/api/work/%00')).status >= 400, true);
  assert.equal((await bernard.ask('DELETE', '/api/worklist')).status, 405);
  assert.equal((await server.nobody.get('/api/outbox')).status, 401);
  assert.ok([403, 401].includes((await bernard.get('/api/outbox')).status));
  const claire = await server.login('claire');
  assert.equal((await claire.post('/api/cases', { pathway: 'covid-home', patient: patient(), start_first_work: true })).status, 403);
  await alive();
});

test('wrong passwords: the same answer for a wrong one and for nobody, then a pause', async () => {
  const wrong = await server.nobody.post('/api/login', { account: 'sam', password: 'not this one' });
  const nobody = await server.nobody.post('/api/login', { account: 'nobody', password: 'not this one' });
  assert.deepEqual([wrong.status, nobody.status], [401, 401]);
  assert.deepEqual(wrong.json, nobody.json);
  let last;
  for (let turn = 0; turn < 11; ++turn) last = await server.nobody.post('/api/login', { account: 'sam', password: `guess ${turn} of many` });
  assert.equal(last.status, 429);
  assert.equal((await server.nobody.post('/api/login', { account: 'claire', password: 'passerelle-demo' })).status, 200, 'others may log in');
});

test('the cookie alone changes nothing: a page of another site cannot act', async () => {
  const login = await server.nobody.post('/api/login', { account: 'claire', password: 'passerelle-demo' });
  const cookie = login.headers.get('set-cookie');
  assert.match(cookie, /HttpOnly/i);
  assert.match(cookie, /SameSite=Strict/i);
  const headers = { cookie: cookie.split(';')[0], 'content-type': 'application/json' };
  assert.equal((await server.nobody.get('/api/me', headers)).status, 200);
  assert.equal((await server.nobody.post('/api/work/1-1/take', '{}', headers)).status, 403);
});

// Bytes as they are: what fetch() would refuse to send. The answer's status, or 0 when it hung up.
function raw(text, { wait = 3000 } = {}) {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setTimeout(wait, () => socket.destroy());
    socket.on('data', (chunk) => { answer += chunk; });
    socket.on('error', () => {});
    socket.on('close', () => resolve(Number(/^HTTP\/1\.\d (\d+)/.exec(answer)?.[1] ?? 0)));
  });
}

test('HTTP: requests that two servers would read differently are refused', async () => {
  const refused = [
    'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!',
    'GET /health HTTP/1.1\r\n\r\n',
    'GET /health HTTP/9.9\r\nHost: x\r\n\r\n',
    'POST /api/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n',
    'nonsense\r\n\r\n',
    `GET /health HTTP/1.1\r\nHost: x\r\nX-Long: ${'a'.repeat(40_000)}\r\n\r\n`,
    `GET /${'a'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ];
  for (const text of refused) {
    const status = await raw(text);
    assert.ok(status === 0 || (status >= 400 && status < 600 && status !== 500), `${status} for ${text.slice(0, 60)}`);
  }
  await alive();
});

test('paths that climb out of the pages find nothing', async () => {
  for (const path of ['/../../../../etc/passwd', '/..%2f..%2f..%2fetc/passwd', '/assets/../../../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd']) {
    const { hostname, port } = new URL(server.url);
    const answer = await new Promise((resolve) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
      socket.setTimeout(3000, () => socket.destroy());
      socket.on('data', (chunk) => { text += chunk; });
      socket.on('close', () => resolve(text));
      socket.on('error', () => {});
    });
    assert.doesNotMatch(answer, /root:x?:0/, path);
  }
  await alive();
});

test('many slow and silent peers do not keep others out', async () => {
  const { hostname, port } = new URL(server.url);
  const sockets = Array.from({ length: 200 }, () => connect(Number(port), hostname, function () { this.write('POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{'); }));
  for (const socket of sockets) socket.on('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  const began = Date.now();
  await alive();
  await server.nobody.post('/api/login', { account: 'claire', password: 'passerelle-demo' });
  assert.ok(Date.now() - began < 3000);
  for (const socket of sockets) socket.destroy();
});

test('a patient\'s link: nonsense answers are told, and a wrong, used or late link opens nothing', async (t) => {
  const own = await start({ t, clock: opening });
  const bernard = await own.login('bernard');
  await enrol(bernard, patient({ phone: '+33600000001' }));
  await enrol(bernard, patient({ phone: '+33600000002', family: 'AUTRE' }));
  await own.move_to(morning);
  const [first, second] = [await own.link('+33600000001'), await own.link('+33600000002')];

  const nonsense = await own.nobody.send_form(first, { ...well, temperature: 'quite warm', breath: '9' });
  assert.equal(nonsense.status, 422, nonsense.text.slice(0, 200));
  assert.match(nonsense.text, /role=alert/);
  const huge = await own.nobody.send_form(first, { ...well, temperature: '9'.repeat(2_000_000) });
  assert.ok(huge.status >= 400 && huge.status < 500);
  const script = await own.nobody.send_form(first, { ...well, temperature: '"><script>alert(1)</script>' }, 'save');
  assert.ok(script.status < 500);
  assert.doesNotMatch((await own.nobody.get(`${first}?all=1`)).text, /<script>alert/);
  const latin = await own.nobody.ask('POST', `${first}?all=1`, Buffer.from('temperature=\xe9&action=send', 'latin1'), { 'content-type': 'application/x-www-form-urlencoded' });
  assert.ok(latin.status >= 400 && latin.status < 500);

  assert.equal((await own.nobody.get(`${first.slice(0, -3)}abc`)).status, 404);
  assert.equal((await own.nobody.get('/f/')).status, 404);
  assert.equal((await own.nobody.send_form(first, feverish)).status, 200);
  const used = await own.nobody.get(first);
  assert.match(used.text, /Already sent|Déjà envoyé/);
  assert.doesNotMatch(used.text, /39\.4|DUPONT/, 'whoever opens it later learns nothing');
  assert.match((await own.nobody.get(second)).text, /<form/, 'another\'s form is not touched by it');

  await own.move_to('2020-03-28T08:30:00Z');
  const late = await own.nobody.send_form(second, feverish);
  assert.ok([200, 409, 410].includes(late.status));
  assert.match(late.text, /This form is closed/);
  const alerts = (await worklist(await own.login('claire'))).filter((each) => each.patient.name.includes('AUTRE') && each.show?.daily);
  assert.equal(alerts.length, 0, 'what came late has changed nothing');
  for (let day = 0; day < 9; ++day) await own.advance('P1D');
  assert.ok([404, 410].includes((await own.nobody.get(second)).status), 'a link ends');
});

test('a package with a broken file is not served, and the findings are told', async (t) => {
  const folder = temporary(t);
  const copy = broken_copy(folder, defects[0]);
  await assert.rejects(start({ t, folder, packages: [copy] }), (problem) => {
    assert.equal(problem.code, 1, problem.message);
    assert.match(problem.message, /pathway\.bpmn:\d+/);
    return true;
  });
  writeFileSync(join(copy, 'organisation.yaml'), 'roles: [\n');
  await assert.rejects(start({ t, folder, packages: [copy] }), /organisation\.yaml:\d+/);
});

// A small disk of its own where that may be had, else a limit on the size of files, which the
// program meets in the same way.
function small_disk(folder) {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', disk], { stdio: 'ignore' });
    return {
      disk, prefix: [], free: (child, fill) => rmSync(fill),
      // Before the folder goes, whatever became of the test.
      leave: () => execFileSync('umount', ['-l', disk], { stdio: 'ignore' }),
    };
  } catch {
    return {
      disk, prefix: ['prlimit', '--fsize=3000000:unlimited'],
      free: (child) => execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:unlimited']),
      leave: () => {},
    };
  }
}

test('a full disk: writes are refused with a word, reads go on, and writing works again with space', async (t) => {
  const folder = temporary(t);
  const { disk, prefix, free, leave } = small_disk(folder);
  try {
    await fill_and_free(t, folder, disk, prefix, free);
  } finally {
    leave();
  }
});

async function fill_and_free(t, folder, disk, prefix, free) {
  const own = await start({ t, folder, data: join(disk, 'data.db'), clock: opening, prefix });
  const [system, admin] = [await own.login('system'), await own.login('admin')];
  const fill = join(disk, 'fill');
  if (prefix.length === 0) writeFileSync(fill, Buffer.alloc(2 << 20));
  const big = (index) => ({ ...observation, id: `o${index}`, note: [{ text: 'x'.repeat(20_000) + index }] });
  const kept = [];
  let refused;
  for (let index = 0; index < 2000 && !refused; ++index) {
    const answer = await system.put(`/fhir/Observation/o${index}`, big(index));
    if (answer.status === 201) kept.push(index);
    else refused = answer;
  }
  assert.ok(kept.length > 5 && refused, `${kept.length} kept`);
  outcome(refused, 503);
  assert.match(refused.text, /disk|space|full/i);
  assert.ok(Number(refused.headers.get('retry-after')) > 0);
  const writable = async () => read_exposition((await admin.get('/metrics')).text).value('passerelle_store_writable');
  const ill = await own.nobody.get('/health');
  assert.equal(ill.status, 503);
  assert.match(ill.json.error.message, /full|plein/);
  assert.equal((await admin.must('GET', '/api/status')).writable, false);
  assert.equal(await writable(), 0);
  for (const index of [kept[0], kept.at(-1)]) {
    const read = await system.get(`/fhir/Observation/o${index}`);
    assert.equal(read.status, 200, 'reads go on');
    assert.equal(read.json.note[0].text, big(index).note[0].text);
  }
  free(own.child, fill);
  // Nobody writes, and still it is seen that there is room.
  await until('the server to recover by itself', async () => (await own.nobody.get('/health')).status === 200);
  assert.equal(await writable(), 1);
  assert.equal((await admin.must('GET', '/api/status')).writable, true);
  let again;
  for (let turn = 0; turn < 50; ++turn) {
    again = await system.put('/fhir/Observation/after', { ...observation, id: 'after' });
    if (again.status === 201) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.equal(again.status, 201, again.text);
  const all = await system.must('GET', '/fhir/Observation?_summary=count');
  assert.equal(all.total, kept.length + 1, 'what was refused is not there, what was taken is');
  assert.equal(await own.stop(), 0);
  assert.ok(readdirSync(disk).includes('data.db'));
}
