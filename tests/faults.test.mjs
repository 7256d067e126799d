// What goes wrong around a server: it is killed a hundred times, stopped under load, its clock is
// set. Nothing that was acknowledged is lost, and nothing happens twice.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { enrol, patient, well, worklist } from './lib/covid.mjs';
import { SystemClock } from './lib/clock.mjs';
import { read_exposition } from './lib/exposition.mjs';
import { command, start, temporary, until } from './lib/server.mjs';

const opening = '2020-03-26T09:00:00Z';
const morning = '2020-03-27T08:00:00Z';
const phone_of = (index) => `+336${String(10_000_000 + index)}`;
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// Mulberry32: the same instants and the same work in every run.
function random_of(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const note = (number, id) => ({
  resourceType: 'Observation', ...(id ? { id } : {}), status: 'final', code: { coding: [{ code: 'kill' }] },
  valueInteger: number,
});

// What one client has asked for and been told. `unsure`: asked, and the server died before it told.
class Ledger {
  constructor(random, links) {
    Object.assign(this, { random, links, number: 0, acknowledged: 0, created: new Map(), unsure: 0, deleted: new Set(), maybe_deleted: new Set(),
      own: [], pairs: new Map(), maybe_pairs: new Set(), cases: new Set(), forms: new Set(), sent: new Set() });
  }

  // Works until the server is gone.
  async work(worker, system, bernard, nobody) {
    const mine = this.own[worker] ??= { asked: 0, told: 0 };
    const kinds = [this.create, this.update, this.pair, this.erase, this.open_case, this.send_form];
    for (;;) {
      const kind = kinds[this.random(kinds.length)];
      try {
        await kind.call(this, { worker, mine, system, bernard, nobody });
        ++this.acknowledged;
      } catch (problem) {
        if (problem.code === 'ERR_ASSERTION') throw problem;
        return;
      }
    }
  }
  async create({ system }) {
    const number = ++this.number;
    ++this.unsure;
    const answer = await system.post('/fhir/Observation', note(number));
    assert.equal(answer.status, 201, answer.text);
    --this.unsure;
    this.created.set(answer.json.id, number);
  }
  async update({ worker, mine, system }) {
    const value = ++mine.asked;
    const answer = await system.put(`/fhir/Observation/own${worker}`, note(value, `own${worker}`));
    assert.ok(answer.status < 300, answer.text);
    mine.told = value;
  }
  async pair({ system }) {
    const number = ++this.number;
    const entry = ['a', 'b'].map((half) => ({ resource: note(number, `pair${number}${half}`), request: { method: 'PUT', url: `Observation/pair${number}${half}` } }));
    this.maybe_pairs.add(number);
    const answer = await system.post('/fhir', { resourceType: 'Bundle', type: 'transaction', entry });
    assert.equal(answer.status, 200, answer.text);
    this.maybe_pairs.delete(number);
    this.pairs.set(number, true);
  }
  async erase({ system }) {
    const [id] = this.created.keys();
    if (!id) return;
    this.created.delete(id);
    this.maybe_deleted.add(id);
    const answer = await system.delete(`/fhir/Observation/${id}`);
    assert.equal(answer.status, 204, answer.text);
    this.maybe_deleted.delete(id);
    this.deleted.add(id);
  }
  async open_case({ bernard }) {
    const who = patient({ family: 'KILLED', phone: phone_of(1_000_000 + ++this.number) });
    const answer = await bernard.post('/api/cases', { pathway: 'covid-home', patient: who, start_first_work: true });
    assert.equal(answer.status, 201, answer.text);
    this.cases.add(answer.json.case);
  }
  async send_form({ nobody }) {
    const link = this.links.pop();
    if (!link) return;
    this.sent.add(link);
    const answer = await nobody.send_form(link, well);
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    this.forms.add(link);
  }

  // Asks for many resources at once: {id: resource or undefined}.
  async read_all(system, ids) {
    const found = new Map();
    for (let at = 0; at < ids.length; at += 500) {
      const some = ids.slice(at, at + 500);
      const bundle = await system.must('POST', '/fhir', { resourceType: 'Bundle', type: 'batch', entry: some.map((id) => ({ request: { method: 'GET', url: `Observation/${id}` } })) });
      bundle.entry.forEach((entry, index) => found.set(some[index], entry.resource));
    }
    return found;
  }
  async verify(system, admin) {
    const pairs = [...this.pairs.keys(), ...this.maybe_pairs];
    const ids = [...this.created.keys(), ...this.deleted, ...pairs.flatMap((number) => [`pair${number}a`, `pair${number}b`]), ...this.own.map((_, worker) => `own${worker}`)];
    const found = await this.read_all(system, ids);
    for (const [id, number] of this.created) assert.equal(found.get(id)?.valueInteger, number, `created ${id} is lost`);
    for (const id of this.deleted) assert.ok(found.get(id) === undefined || found.get(id).resourceType === 'OperationOutcome', `deleted ${id} is back`);
    for (const number of pairs) {
      const halves = ['a', 'b'].map((half) => found.get(`pair${number}${half}`)?.valueInteger === number);
      assert.equal(halves[0], halves[1], `half of transaction ${number} is there`);
      if (this.pairs.has(number)) assert.ok(halves[0], `transaction ${number} is lost`);
    }
    this.own.forEach(({ asked, told }, worker) => {
      const value = found.get(`own${worker}`)?.valueInteger ?? 0;
      assert.ok(value >= told && value <= asked, `own${worker} is ${value}, told ${told}, asked ${asked}`);
      this.own[worker] = { asked, told: value };
    });
    for (const id of this.cases) assert.equal((await admin.get(`/api/cases/${id}`)).status, 200, `case ${id} is lost`);
  }
  // What was verified at every kill is looked at once more in the end.
  turn_page() {
    const page = Object.assign(Object.create(Ledger.prototype), { ...this, own: [] });
    Object.assign(this, { created: new Map(), deleted: new Set(), maybe_deleted: new Set(), pairs: new Map(), maybe_pairs: new Set(), cases: new Set() });
    return page;
  }
}

async function links_for(server, count) {
  const bernard = await server.login('bernard');
  const queue = Array.from({ length: count }, (_, index) => index);
  await Promise.all(Array.from({ length: 8 }, async () => {
    for (let index = queue.pop(); index !== undefined; index = queue.pop()) await enrol(bernard, patient({ phone: phone_of(index) }));
  }));
  await server.move_to(morning);
  const links = new Map();
  await until('the links', () => {
    for (const { to, text } of server.messages()) links.set(to, /(\/f\/[^\s?]+)/.exec(text)[1]);
    return links.size === count;
  }, 60);
  return [...links.values()];
}

test('kill -9 at 100 random instants under mixed load: nothing acknowledged is lost, and the file stays sound', async (t) => {
  const folder = temporary(t);
  const options = { t, folder, data: join(folder, 'data.db') };
  let server = await start({ ...options, clock: opening });
  const links = await links_for(server, 150);
  const [system, bernard, admin] = [await server.login('system'), await server.login('bernard'), await server.login('admin')];
  const random = random_of(20_200_326);
  const ledger = new Ledger(random, links);
  const pages = [];
  const port = Number(new URL(server.url).port);
  const kills = Number(process.env.PASSERELLE_KILLS ?? 100);
  for (let turn = 1; turn <= kills; ++turn) {
    const working = Promise.all(Array.from({ length: 6 }, (_, worker) => ledger.work(worker, system, bernard, server.nobody)));
    // After so much work, however quick the machine is, and then anywhere within the next.
    const enough = ledger.acknowledged + random(16);
    for (let waited = 0; waited < 3000 && ledger.acknowledged < enough; ++waited) await pause(1);
    await pause(random(12));
    await server.kill();
    await working;
    if (turn % 25 === 0) {
      const checked = await command(['store', 'check', '--data', options.data]);
      assert.equal(checked.code, 0, `after kill ${turn}: ${checked.err}`);
    }
    server = await start({ ...options, clock: morning, port });
    await ledger.verify(system, admin);
    pages.push(ledger.turn_page());
  }
  const sum = (of) => pages.reduce((count, page) => count + of(page), 0);
  const told = [sum((page) => page.created.size), sum((page) => page.pairs.size), sum((page) => page.deleted.size), sum((page) => page.cases.size), ledger.forms.size];
  t.diagnostic(`acknowledged: ${told[0]} creates, ${told[1]} transactions, ${told[2]} deletions, ${told[3]} cases, ${told[4]} forms; ${ledger.own.reduce((all, { told: value }) => all + value, 0)} updates`);
  for (const count of told) assert.ok(count >= kills / 5, `the load was mixed: ${told}`);
  for (const page of pages) await page.verify(system, admin);
  // Every form again, as a phone does whose answer was lost.
  for (const link of ledger.sent) {
    const answer = await server.nobody.send_form(link, well);
    assert.equal(answer.status, 200, answer.text.slice(0, 300));
    if (ledger.forms.has(link)) assert.match(answer.text, /Already sent/, 'an acknowledged form was lost');
  }
  const created = await system.must('GET', '/fhir/Observation?code=kill&_summary=count');
  const sure = sum((page) => page.created.size + 2 * page.pairs.size) + ledger.own.filter(({ told: value }) => value > 0).length;
  const possible = sure + ledger.unsure + sum((page) => page.maybe_deleted.size + 2 * page.maybe_pairs.size);
  assert.ok(created.total >= sure && created.total <= possible, `${created.total} of ${sure} to ${possible}`);
  assert.equal(await server.stop(), 0);
  const checked = await command(['store', 'check', '--data', options.data]);
  assert.equal(checked.code, 0, checked.err);
  assert.match(checked.out, /every invariant holds/);
});

test('SIGTERM under load: what was answered is there, and nothing was done without an answer', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'data.db');
  let server = await start({ t, folder, data });
  const system = await server.login('system');
  const told = new Map();
  const unanswered = [];
  let put_off = 0, stopping = false;
  const work = async (worker) => {
    for (let at = 0; ; ++at) {
      const id = `w${worker}-${at}`;
      try {
        const answer = await system.put(`/fhir/Observation/${id}`, note(at, id));
        if (answer.status === 201) told.set(id, at);
        else if (answer.status === 503 && stopping) ++put_off;
        else assert.fail(`${answer.status} ${answer.text}`);
        if (answer.status === 503) return;
      } catch (problem) {
        if (problem.code === 'ERR_ASSERTION') throw problem;
        // Nobody listens any more; anything else is a request without an answer.
        if (problem.cause?.code !== 'ECONNREFUSED') unanswered.push([id, problem.cause?.code ?? String(problem)]);
        return;
      }
    }
  };
  const working = Promise.all(Array.from({ length: 32 }, (_, worker) => work(worker)));
  await until('the load to be there', () => told.size >= 150, 60);
  stopping = true;
  const began = Date.now();
  assert.equal(await server.stop(), 0);
  const took = Date.now() - began;
  await working;
  t.diagnostic(`${told.size} written, ${put_off} put off, ${unanswered.length} without an answer, stopped in ${took} ms`);
  server = await start({ t, folder, data });
  system.url = server.url;
  const found = await new Ledger().read_all(system, [...told.keys(), ...unanswered.map(([id]) => id)]);
  for (const [id, value] of told) assert.equal(found.get(id)?.valueInteger, value, `${id} is lost`);
  // A connection that was idle may be closed just as a client begins to use it: then nothing was done.
  for (const [id, why] of unanswered) assert.notEqual(found.get(id)?.resourceType, 'Observation', `${id} was done and not answered: ${why}`);
});

test('the clock is set back and forth: versions keep their order, timers fire once, time does not stand still', async (t) => {
  const folder = temporary(t);
  const clock = new SystemClock(folder, opening);
  const options = { t, folder, data: join(folder, 'data.db'), env: clock.env };
  const hour = 3_600_000;
  let server = await start(options);
  const [system, admin, bernard] = [await server.login('system'), await server.login('admin'), await server.login('bernard')];
  const { token } = await admin.must('POST', '/api/accounts/system/token', { days: 30 });
  const lasting = Object.assign(Object.create(Object.getPrototypeOf(system)), { url: server.url, token });
  const write = async (value) => (await lasting.must('PUT', '/fhir/Observation/one', note(value, 'one'))).meta;
  const server_now = async () => new Date((await admin.must('GET', '/api/status')).now).getTime();
  const metas = [await write(1)];
  await enrol(bernard, patient({ phone: phone_of(1) }));

  clock.step(-2 * hour);
  const [before, started] = [await server_now(), Date.now()];
  metas.push(await write(2));
  await pause(1600);
  const later = await server_now();
  const passed = Date.now() - started;
  assert.ok(later - before >= 1000 && later - before <= passed + 1000, `time goes on: ${later - before} of ${passed} ms`);
  const shown = read_exposition((await admin.get('/metrics')).text).value('passerelle_clock_ahead_seconds');
  assert.ok(shown > 7000 && shown <= 7200, `${shown} s ahead`);
  assert.equal((await system.ask_once('GET', '/api/me', undefined, {})).status, 200, 'whoever is logged in stays so');
  metas.push(await write(3));

  // Forward, past the first form; back again, and forward: one message.
  clock.step(2 * hour + (new Date(morning) - new Date(opening)));
  await server.link(phone_of(1));
  metas.push(await write(4));
  clock.step(-26 * hour);
  await pause(1200);
  metas.push(await write(5));
  clock.step(26 * hour);
  await pause(1200);
  metas.push(await write(6));
  assert.equal(server.messages(phone_of(1)).length, 1, 'the timer fired once');
  assert.equal((await system.ask_once('GET', '/api/me', undefined, {})).status, 401, 'twelve hours have passed: the session is over');
  assert.equal((await lasting.ask_once('GET', '/api/me', undefined, {})).status, 200, 'the token of 30 days is not');

  // A start with a clock that is behind all that the file knows.
  await server.kill();
  clock.step(-48 * hour);
  server = await start(options);
  for (const client of [system, admin, lasting]) client.url = server.url;
  metas.push(await write(7));
  const times = metas.map((meta) => new Date(meta.lastUpdated).getTime());
  assert.deepEqual(metas.map((meta) => meta.versionId), ['1', '2', '3', '4', '5', '6', '7']);
  assert.deepEqual(times, [...times].sort((a, b) => a - b), 'lastUpdated never runs backward');
  const history = await lasting.must('GET', '/fhir/Observation/one/_history');
  assert.deepEqual(history.entry.map((entry) => entry.resource.valueInteger), [7, 6, 5, 4, 3, 2, 1]);
  const since = await lasting.must('GET', `/fhir/Observation/one/_history?_since=${metas[3].lastUpdated}`);
  assert.deepEqual(since.entry.map((entry) => entry.resource.valueInteger), [7, 6, 5, 4]);
  clock.step(48 * hour);
  await pause(1200);
  await admin.login();
  assert.equal(server.messages(phone_of(1)).length, 1);
  assert.equal(await server.stop(), 0);
  assert.equal((await command(['store', 'check', '--data', options.data])).code, 0);
});
