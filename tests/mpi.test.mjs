// One rehearsal by several programs: what `mpirun -n N` finds is what one finds, bit for bit.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { binary, covid_home, root, temporary } from './lib/server.mjs';

const library = join(dirname(binary), 'passerelle_mpi.so');
const missing = existsSync('/usr/bin/mpirun') ? '' : 'skipped: mpirun is not installed';
const without = existsSync(library) ? '' : 'skipped: built without MPI (PASSERELLE_MPI)';
const skip = missing || without || false;

// More programs than cores, as root, on this machine alone.
const mpirun = ['--oversubscribe', '--allow-run-as-root', '--mca', 'btl', 'self,vader', '--mca', 'btl_base_warn_component_unused', '0'];

function run(program, args) {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 600_000, maxBuffer: 64 << 20 }, (error, out, err) => {
      if (error && typeof error.code !== 'number') reject(new Error(`${program}: ${error.message}\n${err}`));
      else resolve({ code: error ? error.code : 0, out, err });
    });
  });
}
const alone = (args) => run(binary, args);
const together = (count, args) => run('mpirun', ['-n', String(count), ...mpirun, binary, ...args]);

// What is printed and what is written.
async function both(t, count, args) {
  const folder = temporary(t);
  const [one, many] = ['one.json', 'many.json'].map((name) => join(folder, name));
  const first = await alone(['rehearse', ...args, '--json', one, '--quiet']);
  assert.equal(first.code, 0, first.err);
  const second = await together(count, ['rehearse', ...args, '--json', many, '--quiet']);
  assert.equal(second.code, 0, second.err);
  assert.equal(second.out, first.out, 'one of them speaks, for all');
  assert.equal(readFileSync(many, 'utf8'), readFileSync(one, 'utf8'));
}

test('four programs find what one finds', { skip }, (t) =>
  both(t, 4, [covid_home, '--days', '8', '--replications', '6', '--seed', '7']));

test('two find the same comparison', { skip }, (t) =>
  both(t, 2, [covid_home, '--days', '8', '--replications', '3', '--against', 'threshold-38-5', '--against', 'two-nurses-fewer']));

test('three add the same replications for a precision', { skip }, (t) =>
  both(t, 3, [covid_home, '--days', '6', '--replications', '4', '--precision', '20', '--most', '12']));

test('two vary the same figures', { skip }, (t) =>
  both(t, 2, [join(root, 'bench/models/six-step'), '--days', '5', '--replications', '2', '--sensitivity', '50']));

test('two search the same staffing', { skip }, (t) => {
  const staffing = join(temporary(t), 'staffing.yaml');
  writeFileSync(staffing, 'may_change:\n  - {role: nurse, shift: week, least: 1, most: 3, cost_per_hour: 38}\n'
    + 'targets: [alert_in_time]\nreplications: 60\n');
  return both(t, 2, [join(covid_home, '../heart-failure'), '--days', '20', '--search', staffing]);
});

test('what is wrong is told once, and nobody waits for ever', { skip }, async () => {
  const { code, err } = await together(2, ['rehearse', covid_home, '--scenario', 'none', '--quiet']);
  assert.notEqual(code, 0);
  assert.equal(err.match(/passerelle: /g)?.length, 1, err);
});

test('programs that were given other options do not wait for each other', { skip }, async (t) => {
  const one = ['rehearse', join(root, 'bench/models/six-step'), '--days', '2', '--replications', '2', '--quiet'];
  const report = join(temporary(t), 'report.html');
  for (const [first, second] of [[['--seed', '1'], ['--seed', '2']], [['--sensitivity', '50', '--report', report], ['--sensitivity', '50']]]) {
    const { code, err } = await run('mpirun', ['-n', '1', ...mpirun, binary, ...one, ...first, ':', '-n', '1', binary, ...one, ...second]);
    assert.notEqual(code, 0);
    assert.match(err, /than program 0/);
  }
});

test('without its library the program says so instead of doing the work twice', { skip: missing || false }, async (t) => {
  const elsewhere = join(temporary(t), 'passerelle');
  writeFileSync(elsewhere, readFileSync(binary), { mode: 0o755 });
  const { code, err } = await run('mpirun', ['-n', '2', ...mpirun, elsewhere, 'rehearse', covid_home, '--days', '2', '--quiet']);
  assert.notEqual(code, 0);
  assert.match(err, /built without MPI/);
});
