// The demo territory: forty made-up patients enrolled over the past days through the real API, with
// a test clock that is moved from ten days ago to now. Patients answer by the links in their
// phones, staff takes and closes the work that comes, and some is left open for the visitor.
import { join } from 'node:path';
import { breathless, enrol, enrolment, feverish, patient, well, worklist } from '../tests/lib/covid.mjs';
import { start } from '../tests/lib/server.mjs';

const days = 10;
const patients = 40;
const hour = 3_600_000;
const day = 24 * hour;

const given = ['Alice', 'Bruno', 'Chantal', 'Denis', 'Émilie', 'Farid', 'Ginette', 'Hugo', 'Inès', 'Jacques',
  'Karima', 'Louis', 'Mireille', 'Noël', 'Odile', 'Pierre', 'Quitterie', 'Raymond', 'Solange', 'Thomas'];
const family = ['ABADIE', 'BLANC', 'CARON', 'DUVAL', 'ÉVRARD', 'FABRE', 'GIRAUD', 'HAMEL', 'IMBERT', 'JOLY',
  'KLEIN', 'LEBLANC', 'MARTY', 'NOBLET', 'OLIVIER', 'PERRIN', 'QUENTIN', 'ROUX', 'SIMON', 'TESSIER'];

// The same territory every time: numbers in 0..1 from a name (FNV-1a with a finishing mix).
function chance(...names) {
  let hash = 2166136261;
  for (const c of names.join('/')) hash = Math.imul(hash ^ c.codePointAt(0), 16777619);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 2 ** 32;
}

function person(index, now) {
  const age = 24 + Math.floor(chance('age', index) * 62);
  const device = chance('device', index);
  const smartphone = device < (age >= 75 ? 0.45 : 0.9);
  const helper = !smartphone && chance('helper', index) < 0.4;
  const phone = `+3360000${String(1000 + index)}`;
  const born = new Date(now - age * 365.25 * day);
  const risks = age >= 60 && chance('risk', index) < 0.4 ? { diabetes: 'true' } : {};
  return {
    index, age, phone, helper_phone: `+3370000${String(1000 + index)}`,
    web: smartphone || helper,
    phone_of_form: helper ? `+3370000${String(1000 + index)}` : phone,
    resource: patient({
      given: given[index % given.length],
      family: family[(index * 7 + Math.floor(index / given.length)) % family.length],
      phone, birth: born.toISOString().slice(0, 10), gender: chance('gender', index) < 0.5 ? 'female' : 'male',
    }),
    answers: (at) => ({
      ...enrolment, ...risks, age: String(age),
      first_symptom_day: new Date(at - (1 + Math.floor(chance('onset', index) * 5)) * day).toISOString().slice(0, 10),
      ...(smartphone ? {} : { device: 'landline', connection: undefined, reads_sms: undefined }),
      ...(helper ? { helper: 'true', helper_name: given[(index + 3) % given.length], helper_phone: `+3370000${String(1000 + index)}` } : {}),
    }),
  };
}

function defined(answers) {
  return Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== undefined));
}

// Every fourth does not answer in the last day.
const silent = (index) => index % 4 === 1;

// How they are on a day: most get better, one in eight has fever for some days, one in fifteen is
// short of breath once.
function how(index, on_day) {
  const bad = chance('course', index);
  const peak = 2 + Math.floor(chance('peak', index) * 4);
  const temperature = (36.6 + chance('t', index, on_day)).toFixed(1);
  if (bad < 0.07 && on_day === peak) return breathless;
  if (bad < 0.2 && Math.abs(on_day - peak) <= 1) return { ...feverish, temperature: (39 + chance('f', index, on_day)).toFixed(1) };
  const mild = String(Math.max(0, Math.min(2, Math.round(2 - on_day / 3 + chance('m', index, on_day) - 0.5))));
  return { ...well, temperature, general: mild === '2' ? '1' : mild, cough: mild, sputum: '0', trend: on_day > peak ? 'better' : 'same' };
}

class Territory {
  constructor(server, now) {
    this.server = server;
    this.now = now;
    this.followed = [];
    this.seen = new Set();
  }

  async enrol_due(at) {
    const due = (index) => this.from() + (index / patients) * (days - 0.5) * day;
    while (this.followed.length < patients && due(this.followed.length) <= at) {
      const who = person(this.followed.length, this.now);
      const client = await this.server.login(who.index % 3 === 0 ? 'lucie' : 'bernard');
      await enrol(client, who.resource, defined(who.answers(at)));
      this.followed.push({ ...who, enrolled: at });
    }
  }
  from() { return this.now - days * day; }

  // Each link that came is answered some hours later, or forgotten; `late`: what is answered now.
  async answer(at, forget) {
    for (const message of this.server.messages()) {
      const found = /(\/f\/[^\s?]+)/.exec(message.text);
      if (!found || this.seen.has(message.id)) continue;
      this.seen.add(message.id);
      const who = this.followed.find((each) => each.phone === message.to || each.helper_phone === message.to);
      if (!who || forget(who)) continue;
      const on_day = Math.floor((at - who.enrolled) / day);
      const { status, text } = await this.server.nobody.send_form(found[1], how(who.index, on_day));
      if (status !== 200) throw new Error(`a patient's answers were refused (${status}): ${text.slice(0, 2000)}`);
    }
  }

  // Physicians begin after minutes, nurses after a while; each call takes some minutes.
  async work(at, leave) {
    for (const [account, after, takes, outcome] of [
      ['martin', 6, 9, (index) => ({ decision: index < 0.75 ? 'stay' : 'consultation' })],
      ['claire', 14, 7, (index) => ({ outcome: index < 0.6 ? 'reassured' : index < 0.85 ? 'consultation' : 'no_answer' })],
      ['nadia', 5, 20, () => ({ where: 'home' })],
    ]) {
      const client = await this.server.login(account);
      const mine = (await worklist(client)).filter((item) => !leave(item));
      if (mine.length === 0) continue;
      await this.pass(after);
      for (const item of mine) {
        await client.must('POST', `/api/work/${item.id}/take`);
        await client.must('POST', `/api/work/${item.id}/begin`);
      }
      await this.pass(takes);
      for (const item of mine) {
        await client.must('POST', `/api/work/${item.id}/complete`, { answers: this.came_of(item, outcome, at) });
      }
    }
  }
  came_of(item, outcome, at) {
    if (['after_emergency', 'unreachable'].includes(item.activity)) return { where: 'home' };
    if (item.activity !== 'daily_phone') return outcome(chance('work', item.id));
    const who = this.followed.find((each) => each.phone === item.patient.phone);
    return how(who.index, Math.floor((at - who.enrolled) / day));
  }
  pass(minutes) { return this.server.advance(`PT${minutes}M`); }

  // Time passes in steps of two hours; staff is there from 8 to 20. In the last day some patients
  // are silent and some of what comes is left for the visitor.
  async live(progress) {
    for (let at = this.from(); at < this.now - 2 * hour; at += 2 * hour) {
      await this.server.move_to(new Date(at).toISOString());
      const here = new Date(at).getUTCHours();
      const last_day = at > this.now - 25 * hour;
      if (here >= 7 && here < 19) await this.enrol_due(at);
      await this.answer(at, (who) => (last_day && silent(who.index)) || chance('forgets', who.index, Math.floor(at / day)) < 0.08);
      if (here >= 7 && here < 19) {
        await this.work(at, (item) => last_day && item.activity === 'nurse_call' && chance('left', item.id) < 0.5);
      }
      progress(`Living through ${days} days of the territory … ${Math.round((100 * (at - this.from())) / (days * day))} %`);
    }
  }

  // What the visitor finds: two who breathe badly and three with fever, minutes ago. A form that
  // nobody has answered is open until shortly before the next one, so at any time some are.
  async leave_alerts() {
    let left = 5;
    const done = new Set();
    for (const before of [12, 2]) {
      await this.server.move_to(new Date(this.now - before * 60_000).toISOString());
      for (const { to, text } of this.server.messages().reverse()) {
        const found = /(\/f\/[^\s?]+)/.exec(text);
        if (left === 0 || !found || done.has(to)) continue;
        const page = await this.server.nobody.get(`${found[1]}?all=1`);
        if (page.status !== 200 || !page.text.includes('name=breath') && !page.text.includes('name="breath"')) continue;
        const answers = left > 3 ? breathless : { ...feverish, temperature: `39.${left}` };
        const { status } = await this.server.nobody.send_form(found[1], answers);
        if (status !== 200) continue;
        done.add(to);
        --left;
      }
    }
    await this.server.move_to(new Date(this.now).toISOString());
    return left === 0;
  }
}

export async function make_territory(folder, port, progress) {
  const now = Date.now();
  const server = await start({
    folder, data: join(folder, 'demo.db'), clock: new Date(now - days * day).toISOString(),
    url: `http://127.0.0.1:${port}`,  // links in messages must open where the demo will be served
  });
  try {
    const territory = new Territory(server, now);
    await territory.live(progress);
    await territory.enrol_due(now);
    if (!(await territory.leave_alerts())) progress('(few patients have an open form just now: fewer alerts than usual)');
  } finally {
    await server.stop();
  }
}
