// `./dev bench [--json F] [--filter REGEX] [--resources N]`: every figure with its unit and its
// ratio to the goal. The record's figures are measured on N resources (a million unless said).
// A ratio of 1 or more means that the goal is met, whichever way is good. Figures that wait for the
// disk have the disk's own syncs per second beside them.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { binary, covid_home, root } from '../tests/lib/server.mjs';
import { record, record_goals } from './bench-record.mjs';

const arguments_ = process.argv.slice(2);
const option = (name) => (arguments_.includes(name) ? arguments_[arguments_.indexOf(name) + 1] : undefined);
const json_file = option('--json');
const filter = option('--filter') ?? '.';
const resources = Number(option('--resources') ?? 1_000_000);
const suites = process.env.PASSERELLE_SUITES ?? join(root, '../shared/suites');

// What a figure must reach. `most`: not above; `least`: not below. In the figure's own unit.
const goals = {
  'rehearse: one replication of spring 2020': { most: 20 },
  'check covid-home': { most: 1 },
  'start of the binary': { most: 50 },
  'daily steps': { most: 15_000 },
  'save and load': { most: 10_000 },
  'feel/comparison': { most: 200 },
  'dmn/triage': { most: 20_000 },
  'dmn/first of 10 rules, 3 inputs': { least: 2_000_000 },
  'dmn/10 rules from JSON text': { least: 200_000 },
  'step/start, service, gateway, user, end': { least: 300_000 },
  'package/load covid-home': { most: 20_000_000 },
  'package/covid-home at rest: state': { most: 256 },
  'json/parse': { least: 300 },
  'json/write': { least: 300 },
  'fhir/validate': { least: 10 },
  'fhir/search values': { most: 100_000 },
  'fhir/path simple': { least: 1e6 },
  'store/commit in groups': { least: 2000 },
  'store/read': { least: 20_000 },
  'models/mm1, events': { least: 10e6 },
  'models/mm1, beside by hand': { most: 2 },
  'models/mm8, events': { least: 10e6 },
  'models/mm8, beside by hand': { most: 2 },
  'models/six step, patients': { least: 0.7e6 },
  'models/six step, beside by hand': { most: 2 },
  'models/mm1 with log, beside without log': { most: 1.5 },
  ...record_goals,
};

const rows = [];
function figure(name, value, unit, note = '') {
  const goal = goals[name];
  const ratio = goal === undefined ? undefined : goal.most !== undefined ? goal.most / value : value / goal.least;
  rows.push({ name, value, unit, goal: goal?.most ?? goal?.least, ratio, note });
  const number = value >= 100 ? value.toFixed(0) : value.toPrecision(3);
  const aim = goal?.aim === undefined ? '' : `, aim ${goal.aim}`;
  const against = goal === undefined ? '' : `${goal.most !== undefined ? 'at most' : 'at least'} ${goal.most ?? goal.least}${aim}`;
  console.log(`${name.padEnd(44)} ${number.padStart(10)} ${unit.padEnd(14)} ${against.padEnd(16)} ${ratio === undefined ? '' : `${ratio.toFixed(2)}×`.padStart(8)}  ${note}`);
}

// User and system time of a command, in seconds, and how long it took.
function timed(args) {
  const done = spawnSync('bash', ['-c', 'TIMEFORMAT="%U %S %R"; time "$@" >/dev/null 2>"$0"', '/dev/null', ...args], { encoding: 'utf8' });
  if (done.status !== 0 && done.status !== 1) throw new Error(`${args.join(' ')}: ended with ${done.status}`);
  const [user, system, real] = done.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { cpu: user + system, real, status: done.status };
}

function syncs_per_second(folder) {
  const file = join(folder, 'sync');
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(4096, 1);
  const began = process.hrtime.bigint();
  let count = 0;
  while (process.hrtime.bigint() - began < 1_000_000_000n) {
    writeSync(descriptor, block);
    fdatasyncSync(descriptor);
    ++count;
  }
  closeSync(descriptor);
  rmSync(file);
  return count;
}

function command_line(folder) {
  if (wanted('start of the binary')) {
    const runs = Array.from({ length: 9 }, () => timed([binary, 'feel', '1']).real * 1000).sort((a, b) => a - b);
    figure('start of the binary', Math.max(runs[4], 1), 'ms');
  }
  if (wanted('check covid-home')) {
    const { cpu, status } = timed([binary, 'check', covid_home]);
    figure('check covid-home', cpu, 's CPU', status === 0 ? '' : 'it has errors');
  }
  if (wanted('rehearse: one replication of spring 2020')) {
    const json = join(folder, 'rehearsal.json');
    const { cpu } = timed([binary, 'rehearse', covid_home, '--scenario', 'surge', '--replications', '1', '--threads', '1', '--json', json, '--quiet']);
    const { patients } = JSON.parse(execFileSync('cat', [json], { encoding: 'utf8', maxBuffer: 1 << 28 }));
    figure('rehearse: one replication of spring 2020', cpu, 's CPU', `${Math.round(patients.value)} patients`);
  }
}

const wanted = (name) => new RegExp(filter).test(name);

// Rehearsals of the models in bench/models; the ratio is to the same model written by hand.
function models(name, each) {
  if (each['patients/s'] !== undefined) figure(`${name}, patients`, each['patients/s'], '/s');
  figure(`${name}, events`, each['events/s'], '/s');
  const beside = name.endsWith('log') ? 'without log' : 'by hand';
  figure(`${name}, beside ${beside}`, each.ratio, 'times its CPU');
  if (each.stay !== undefined) figure(`${name}, mean stay`, each.stay, 'min', `by hand: ${each['stay by hand'].toFixed(1)} min`);
}

// Google Benchmark's own program: names are "room/what"; times per operation in nanoseconds of
// processor time (of the clock where the benchmark waits for a disk or a network), or a
// rate when the benchmark counts bytes or items and its goal is a rate.
function library(folder) {
  const program = join(dirname(binary), 'passerelle_bench');
  if (!existsSync(program)) return console.log(`the library's benchmarks: skipped: ${program} is not built (./dev bench builds it)`);
  const out = join(folder, 'bench.json');
  const syncs = syncs_per_second(folder);
  const done = spawnSync(program, [`--benchmark_out=${out}`, '--benchmark_out_format=json', `--benchmark_filter=${filter}`],
    { stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) throw new Error(`${program} ended with ${done.status ?? done.signal}`);
  if (!existsSync(out)) return;
  const text = execFileSync('cat', [out], { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (text.trim() === '') return;
  for (const each of JSON.parse(text).benchmarks) {
    const name = each.name.replace(/\/(process_time|real_time|threads:\d+|min_time:[\d.]+).*$/, '').replaceAll('_', ' ');
    if (name.startsWith('models/')) { models(name, each); continue; }
    const note = name.startsWith('store/commit') ? `the disk syncs ${syncs}/s` : '';
    if (each.bytes !== undefined) figure(`${name}: state`, each.bytes, 'bytes');
    if (each.bytes_per_second !== undefined) figure(name, each.bytes_per_second / 1e6, 'MB/s', note);
    else if (goals[name]?.least !== undefined) figure(name, each.items_per_second, '/s', note);
    else figure(name, (each.name.includes('real_time') ? each.real_time : each.cpu_time) * { ns: 1, us: 1e3, ms: 1e6, s: 1e9 }[each.time_unit], 'ns', note);
  }
}

const folder = mkdtempSync(join(existsSync(join(root, 'build')) ? join(root, 'build') : tmpdir(), 'bench-'));
try {
  command_line(folder);
  library(folder);
  await record({ folder, figure, wanted, suites, timed, syncs_per_second, resources });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const missed = rows.filter(({ ratio }) => ratio !== undefined && ratio < 1);
console.log(`${rows.length} figures, ${rows.filter(({ ratio }) => ratio >= 1).length} goals met, ${missed.length} missed${missed.length ? `: ${missed.map(({ name }) => name).join(', ')}` : ''}`);
if (json_file) writeFileSync(json_file, `${JSON.stringify({ at: new Date().toISOString(), figures: rows }, null, 2)}\n`);
