// The record's figures: a real server on a real file, loaded over HTTP by the driver of bench/load.
// Driver and server share the machine; `server CPU` beside a rate is what one request costs the
// server alone, user and system, so that a busy machine cannot hide it.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { add_accounts, binary, start, until } from '../tests/lib/server.mjs';

export const record_goals = {
  'record/import Synthea': { least: 5000, aim: 9000 },
  'record/import NDJSON': { least: 5000, aim: 9000 },
  'record/ready': { most: 500 },
  'record/memory at start': { most: 64 },
  'record/read by id': { least: 20_000 },
  'record/read by id, p99': { most: 5 },
  'record/search patient and code': { least: 8000 },
  'record/search newest 10 of a patient': { least: 8000 },
  'record/search chained': { most: 5 },
  'record/search _has': { most: 5 },
  'record/search chained, common': { most: 5 },
  'record/search _has, common': { most: 5 },
  'record/transactions of 2, 64 clients': { least: 2000 },
  'record/transactions of 2, 1 client, of SQLite alone': { least: 0.5 },
  'record/export': { least: 100_000 },
  'record/memory after all': { most: 512 },
};

const load_program = join(dirname(binary), 'passerelle_load');
const system = { account: 'bench', name: 'Bench', roles: ['system'], language: 'en' };
const megabytes = (bytes) => `${Math.round(bytes / 1e6)} MB`;

function load(...args) {
  return JSON.parse(execFileSync(load_program, args.map(String), { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

// Seconds of processor time of a process; its resident memory in MiB.
function cpu_of(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
function memory_of(pid, what = 'VmRSS') {
  return Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

// `timed` and `syncs_per_second` are tools/bench.mjs's own.
export async function record({ folder, figure, wanted, suites, timed, syncs_per_second, resources }) {
  if (!existsSync(load_program))
    return console.log(`the record's figures: skipped: ${load_program} is not built (./dev bench builds it)`);
  if (wanted('record/import Synthea')) import_synthea();
  if (!Object.keys(record_goals).some((name) => wanted(name) && name !== 'record/import Synthea')) return;
  const data = join(folder, 'million.db');
  import_many(data);
  await memory_at_start();
  await serve(data);

  function imported(data, source) {
    const syncs = syncs_per_second(folder);
    const { real, cpu } = timed([binary, 'import', '--data', data, '--quiet', source]);
    const stats = execFileSync(binary, ['store', 'stats', '--data', data], { encoding: 'utf8' });
    const count = Number(/^resources +(\d+)/m.exec(stats)[1]);
    return { rate: count / real, note: `${count} resources in ${real.toFixed(1)} s, ${cpu.toFixed(1)} s CPU; file of ${megabytes(statSync(data).size)}; the disk syncs ${syncs}/s` };
  }

  function import_synthea() {
    const from = join(suites, 'synthea');
    if (!existsSync(from)) return console.log(`record/import Synthea: skipped: ${from} is not present`);
    const data = join(folder, 'synthea.db');
    const { rate, note } = imported(data, from);
    figure('record/import Synthea', rate, 'resources/s', `${readdirSync(from).filter((name) => name.endsWith('.bz2')).length} files; ${note}`);
    rmSync(data);
  }

  // A hundredth are patients.
  function import_many(data) {
    const source = join(folder, 'records');
    mkdirSync(source);
    const patients = Math.round(resources / 100);
    execFileSync(load_program, ['records', '--patients', String(patients), '--observations', String(resources - patients), source]);
    const { rate, note } = imported(data, source);
    rmSync(source, { recursive: true });
    figure('record/import NDJSON', rate, 'resources/s', note);
  }

  async function memory_at_start() {
    if (!wanted('record/memory at start')) return;
    const server = await start({ folder, data: join(folder, 'empty.db') });
    figure('record/memory at start', memory_of(server.child.pid), 'MiB', 'covid-home, an empty file');
    await server.stop();
  }

  async function serve(data) {
    await add_accounts(data, [system]);
    const began = process.hrtime.bigint();
    const server = await start({ folder, data });
    if (wanted('record/ready'))
      figure('record/ready', Number(process.hrtime.bigint() - began) / 1e6, 'ms', 'from its start to "listening"');
    try {
      await measure(server);
    } finally {
      await server.stop();
    }
  }

  async function measure(server) {
    const { token } = await new_session(server);
    const patients = Math.round(resources / 100), observations = resources - patients;
    const call = (path, { connections = 64, seconds = 5, range = patients, method = 'GET', body } = {}) => {
      const args = ['http', '--port', new URL(server.url).port, '--connections', connections, '--seconds', seconds,
        '--range', range, '--method', method, '--path', path, '--header', `Authorization: Bearer ${token}`];
      if (body) args.push('--body', body, '--header', 'Content-Type: application/fhir+json');
      const before = cpu_of(server.child.pid);
      const figures = load(...args);
      if (figures.refused > 0) throw new Error(`${path}: ${figures.refused} refused: ${figures.first_refusal.slice(0, 1000)}`);
      const cpu = (cpu_of(server.child.pid) - before) * 1e6 / figures.requests;
      return { ...figures, rate: figures.requests / figures.seconds, note: `server CPU ${cpu.toFixed(0)} µs; p50 ${figures.p50.toFixed(2)} ms, p99 ${figures.p99.toFixed(2)} ms` };
    };
    const rate = (name, path, options) => {
      if (!wanted(name)) return;
      const figures = call(path, options);
      figure(name, figures.rate, '/s', figures.note);
      if (record_goals[`${name}, p99`]) figure(`${name}, p99`, figures.p99, 'ms', '64 connections');
    };
    const latency = (name, path, range) => {
      if (!wanted(name)) return;
      const figures = call(path, { connections: 1, seconds: 3, range });
      figure(name, figures.p50, 'ms', figures.note);
    };
    const warm = { connections: 64, seconds: 3, range: observations };
    call('/fhir/Observation/o{n}', warm);
    rate('record/read by id', '/fhir/Observation/o{n}', { range: observations });
    rate('record/search patient and code', '/fhir/Observation?patient=p{n}&code=http://loinc.org%7C8867-4');
    rate('record/search newest 10 of a patient', '/fhir/Observation?patient=p{n}&_sort=-date&_count=10');
    latency('record/search chained', '/fhir/Observation?patient.identifier=urn:bench%7C{n}&code=8867-4', patients);
    latency('record/search _has', '/fhir/Patient?_has:Observation:patient:code=rare-{n}', 10);
    latency('record/search chained, common', '/fhir/Observation?patient.gender=female&code=8867-4&_count=10', 1);
    latency('record/search _has, common', '/fhir/Patient?_has:Observation:patient:code=8867-4&_count=10', 1);
    transactions(rate, call);
    await exported(server, token);
    if (wanted('record/memory after all'))
      figure('record/memory after all', memory_of(server.child.pid), 'MiB', `${resources} resources; ${Math.round(memory_of(server.child.pid, 'VmHWM'))} MiB at most`);
  }

  async function new_session(server) {
    return server.nobody.must('POST', '/api/login', { account: system.account, password: 'passerelle-demo' });
  }

  function transactions(rate, call) {
    const body = join(folder, 'transaction.json');
    const entry = (id) => `{"fullUrl":"urn:uuid:${id}","resource":{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4","display":"Heart rate"}]},"subject":{"reference":"Patient/p1"},"effectiveDateTime":"2020-03-26T09:10:00+01:00","valueQuantity":{"value":{n},"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}},"request":{"method":"POST","url":"Observation"}}`;
    writeFileSync(body, `{"resourceType":"Bundle","type":"transaction","entry":[${entry('2f1e0e0a-6b51-4c86-9c35-3f30ea3f0f01')},${entry('2f1e0e0a-6b51-4c86-9c35-3f30ea3f0f02')}]}`);
    const post = { method: 'POST', body, range: 150 };
    const many = 'record/transactions of 2, 64 clients', one = 'record/transactions of 2, 1 client';
    if (wanted(many)) {
      const syncs = syncs_per_second(folder);
      const figures = call('/fhir', post);
      figure(many, figures.rate, '/s', `${figures.note}; the disk syncs ${syncs}/s`);
    }
    if (wanted(one)) {
      const { commits_per_second } = load('sqlite', folder);
      const figures = call('/fhir', { ...post, connections: 1, seconds: 3 });
      const again = load('sqlite', folder).commits_per_second;
      const alone = (commits_per_second + again) / 2;
      figure(one, figures.rate, '/s', `${figures.note}; SQLite alone: ${alone.toFixed(0)}/s`);
      figure(`${one}, of SQLite alone`, figures.rate / alone, 'of its rate', 'both with a sync of the disk each');
    }
  }

  // From the kick-off until the export is whole and on the disk.
  async function exported(server, token) {
    if (!wanted('record/export')) return;
    const headers = { authorization: `Bearer ${token}`, accept: 'application/fhir+json', prefer: 'respond-async' };
    const before = cpu_of(server.child.pid);
    const began = process.hrtime.bigint();
    const kicked = await fetch(`${server.url}/fhir/$export`, { headers });
    const status = kicked.headers.get('content-location');
    if (kicked.status !== 202) throw new Error(`$export: ${kicked.status} ${await kicked.text()}`);
    const manifest = await until('the export', async () => {
      const answer = await fetch(status, { headers });
      const text = await answer.text();
      if (answer.status > 202) throw new Error(`the export: ${answer.status} ${text}`);
      return answer.status === 200 ? JSON.parse(text) : undefined;
    }, 600);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const count = manifest.output.reduce((sum, file) => sum + (file.count ?? 0), 0);
    const cpu = cpu_of(server.child.pid) - before;
    figure('record/export', count / seconds, 'resources/s', `${count} in ${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s CPU`);
    await fetch(status, { method: 'DELETE', headers });
  }
}
