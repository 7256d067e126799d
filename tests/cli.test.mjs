// The command line: what it says, and what it ends with, when things go right and wrong.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { broken_copy, defects } from './lib/defects.mjs';
import { binary, command, covid_home, root, start, temporary } from './lib/server.mjs';

const observation = {
  resourceType: 'Observation', id: 'o1', status: 'final', code: { text: 'temperature' },
  valueQuantity: { value: 38.5, unit: '°C', system: 'http://unitsofmeasure.org', code: 'Cel' },
};

test('--version and --help answer on standard output', async () => {
  assert.match((await command(['--version'])).out, /^passerelle \d+\.\d+\.\d+/);
  const { code, out } = await command(['--help']);
  assert.equal(code, 0);
  for (const name of ['check', 'rehearse', 'run', 'review', 'import', 'account', 'store', 'suite', 'feel', 'dmn', 'fhirpath', 'validate', 'bpmn'])
    assert.match(out, new RegExp(`^ +${name}\\b`, 'm'));
  assert.match(out, /Exit codes: 0 .* 1 .* 2 .* 3 /s);
});

test('a wrong command line says what is wrong, gives an example that works, and ends with 2', async () => {
  for (const args of [[], ['chek'], ['check'], ['rehearse', covid_home, '--days', 'many'],
    ['rehearse', covid_home, '--seed', '-1'], ['rehearse', covid_home, '--seed', '99999999999999999999'], ['rehearse', covid_home, '--log', 'log.xml'], ['run', covid_home],
    ['rehearse', covid_home, '--warm-up', 'long'], ['rehearse', covid_home, '--most', '20'], ['rehearse', covid_home, '--precision', '5', '--batches', '4'],
    ['rehearse', covid_home, '--against', 'base'], ['rehearse', covid_home, '--scenario', 'surge', '--against', 'surge'], ['rehearse', covid_home, '--against', 'surge', '--against', 'surge'],
    ['review', 'x.xes', '--language', 'de'], ['check', covid_home, '--colour'], ['suite', 'nothing', '.'],
    ['feel', 'x', '--context', '[1]'], ['bpmn', 'a.bpmn', '--compare', 'b.bpmn', '--layout']]) {
    const { code, out, err } = await command(args);
    assert.equal(code, 2, `${args.join(' ')}: ${err}`);
    assert.equal(out, '');
    assert.match(err, /^passerelle: /);
    assert.match(err, /for example: passerelle |for example: --/);
  }
});

test('what is not there ends with 3 and names the path', async () => {
  for (const args of [['check', '/no/such'], ['review', '/no/such.xes'], ['review', '/no/such.db'], ['store', 'stats', '--data', '/no/such.db'],
    ['dmn', '/no/such.dmn'], ['bpmn', '/no/such.bpmn'], ['fhirpath', 'id', '/no/such.json'], ['validate', '/no/such.json'], ['rehearse', '/no/such']]) {
    const { code, err } = await command(args);
    assert.equal(code, 3, `${args.join(' ')}: ${err}`);
    assert.match(err, /\/no\/such/);
  }
});

test('covid-home has no errors', async () => {
  const { code, out } = await command(['check', covid_home]);
  assert.equal(code, 0, out);
  assert.match(out, /^covid-home: 0 errors, \d+ warnings? in \d+ files\n$/m);
  assert.doesNotMatch(out, /\u001b/, 'colours are for terminals');
});

test('heart-failure is clean, its examples hold, and it can be rehearsed', async () => {
  const package_ = join(root, 'pathways/heart-failure');
  const checked = await command(['check', package_]);
  assert.equal(checked.code, 0, checked.out);
  assert.match(checked.out, /^heart-failure: 0 errors, 0 warnings in \d+ files\n$/m);
  const rehearsed = await command(['rehearse', package_, '--replications', '2', '--days', '60', '--quiet']);
  assert.equal(rehearsed.code, 0, rehearsed.err);
  assert.match(rehearsed.out, /Telemonitoring nurse/);
});

test('pathology-lab is clean, its examples hold, and its scenarios can be rehearsed', async () => {
  const package_ = join(root, 'pathways/pathology-lab');
  const checked = await command(['check', package_]);
  assert.equal(checked.code, 0, checked.out);
  assert.match(checked.out, /^pathology-lab: 0 errors, 0 warnings in \d+ files\n$/m);
  for (const scenario of ['ai-reading', 'algorithm-down']) {
    const rehearsed = await command(['rehearse', package_, '--replications', '1', '--days', '21', '--quiet', '--scenario', scenario]);
    assert.equal(rehearsed.code, 0, rehearsed.err);
    assert.match(rehearsed.out, /Expert pathologists/);
  }
});

for (const defect of defects) {
  test(`check finds ${defect.what}`, async (t) => {
    const folder = broken_copy(temporary(t), defect);
    const { code, out } = await command(['check', folder]);
    assert.equal(code, 1, out);
    const line = out.split('\n').find((each) => each.endsWith(`[${defect.finding}]`) && each.includes(': error: '));
    assert.ok(line, `no ${defect.finding} in\n${out}`);
    assert.match(line, new RegExp(`^${folder}/${defect.file}[^:]*:\\d+`), 'file and line');
    assert.match(line, defect.says);
    const json = JSON.parse((await command(['check', folder, '--json'])).out);
    const finding = json.findings.find((each) => each.id === defect.finding);
    assert.ok(finding.line > 0 && finding.why && finding.help, JSON.stringify(finding));
    assert.ok(json.errors > 0);
  });
}

test('check writes SARIF, with accepted warnings suppressed and apart from the others', async (t) => {
  const defect = defects.find((each) => each.finding === 'rule-unknown-option');
  const folder = broken_copy(temporary(t), defect);
  const staff = join(folder, 'organisation.yaml');
  writeFileSync(staff, readFileSync(staff, 'utf8')
    .replace('{from: 2020-03-09, people: 2}\n          - {from: 2020-03-24', '{from: 2020-03-09, people: 1}\n          - {from: 2020-03-24'));
  writeFileSync(join(folder, 'accepted.yaml'),
    'accepted:\n  - {finding: single-person, about: coordinator, author: A. Martin, reason: small start, until: 2999-12-31}\n');
  const file = join(folder, '..', 'check.sarif');
  const { code, out } = await command(['check', folder, '--sarif', file]);
  assert.equal(code, 1, out);
  assert.match(out, /accepted until 2999-12-31: 'unreachable'.*\[single-person\]; A\. Martin: small start\n/);
  assert.match(out, /, 0 warnings, 1 accepted in \d+ files\n$/);
  const sarif = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(sarif.version, '2.1.0');
  const [run] = sarif.runs;
  const rules = new Map(run.tool.driver.rules.map((rule) => [rule.id, rule]));
  assert.equal(rules.size, run.tool.driver.rules.length, 'every rule once');
  for (const rule of rules.values()) {
    assert.ok(rule.shortDescription.text && rule.fullDescription.text && rule.help.text, rule.id);
    assert.match(rule.help.markdown, /Example: /, rule.id);
    assert.ok(['error', 'warning'].includes(rule.defaultConfiguration.level), rule.id);
  }
  for (const result of run.results) {
    assert.ok(rules.has(result.ruleId) && result.message.text, result.ruleId);
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    assert.match(artifactLocation.uri, /^file:\/\/\/.+\/covid-home\/./);
    if (region) assert.ok(region.startLine >= 1 && (region.startColumn ?? 1) >= 1);
  }
  const wrong = run.results.find((each) => each.ruleId === 'rule-unknown-option');
  assert.deepEqual([wrong.level, wrong.suppressions], ['error', undefined]);
  const lines = readFileSync(join(folder, 'pathway.bpmn'), 'utf8').split('\n');
  assert.match(lines[wrong.locations[0].physicalLocation.region.startLine - 1], /no_anser/);
  const taken = run.results.find((each) => each.ruleId === 'single-person');
  assert.deepEqual(taken.suppressions,
    [{ kind: 'external', status: 'accepted', justification: 'small start (A. Martin, until 2999-12-31)' }]);
  const json = JSON.parse((await command(['check', folder, '--json'])).out);
  assert.deepEqual(json.accepted.map((each) => [each.id, each.author, each.until]), [['single-person', 'A. Martin', '2999-12-31']]);
  assert.equal(json.warnings, 0);
});

test('feel: a result, a reason for none, an error with its place', async () => {
  assert.equal((await command(['feel', '0.1 + 0.2'])).out, '0.3\n');
  assert.equal((await command(['feel', 'first name + "!"', '--context', '{"first name": "Zoé"}'])).out, 'Zoé!\n');
  assert.equal((await command(['feel', '[1, "a"]', '--json'])).out, '[1,"a"]\n');
  assert.match((await command(['feel', 'now()', '--now', '2020-03-26T09:00:00Z', '--zone', 'Europe/Paris'])).out, /^2020-03-26T10:00:00/);
  const reason = await command(['feel', 'number("abc")']);
  assert.deepEqual([reason.code, reason.out], [1, 'null\n']);
  assert.match(reason.err, /^note: /);
  const wrong = await command(['feel', '1 +']);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /1:\d/);
});

test('dmn replay: a decision a line, and which rules fired', async (t) => {
  const file = join(covid_home, 'triage.dmn');
  const inputs = join(temporary(t), 'inputs.ndjson');
  const line = (enrolment) => JSON.stringify({ enrolment });
  writeFileSync(inputs, [
    line({ device: 'landline', helper: false }), line({ device: 'landline', helper: true }), '{broken', ''].join('\n'));
  const { code, out, err } = await command(['dmn', 'replay', file, '--decision', 'Channel', '--inputs', inputs]);
  assert.equal(code, 1, 'one line could not be read');
  const answers = out.trim().split('\n').map((each) => JSON.parse(each));
  assert.deepEqual(answers[0].result, 'phone');
  assert.deepEqual(answers[0].fired, [{ table: 'Channel', rule: 3, id: 'cr3' }]);
  assert.deepEqual(answers[1].result, 'caregiver');
  assert.equal(answers[2].line, 3);
  assert.ok(answers[2].error);
  assert.match(err, /^2 decisions, 1 line that could not be read$/m);
  assert.match(err, /never fired:\n.*rule 1 of Channel/);
  assert.equal((await command(['dmn', 'replay', file, '--inputs', inputs])).code, 2);
  assert.equal(answers[0].why, undefined, 'words are for those who ask');
  const worded = await command(['dmn', 'replay', file, '--decision', 'Channel', '--inputs', inputs, '--words', '--language', 'fr']);
  const [first] = worded.out.trim().split('\n').map((each) => JSON.parse(each));
  assert.equal(first.why[0].rule, 't_channel/cr3');
  assert.deepEqual(first.why[0].met, ['Ouvre seul un lien\u00a0: non', 'Un proche répond pour lui\u00a0: sans réponse ou non (non)', 'Le centre appelle\u00a0: oui']);
  assert.equal(first.why[0].note, 'l’équipe appelle et remplit le formulaire');
});

test('dmn: lists decisions, takes one, tells the rules that fired', async () => {
  const file = join(covid_home, 'triage.dmn');
  assert.match((await command(['dmn', file])).out, /^Channel {2}\(needs .*enrolment/m);
  const input = { enrolment: { device: 'landline', helper: false } };
  const { code, out, err } = await command(['dmn', file, '--decision', 'Channel', '--input', JSON.stringify(input)]);
  assert.equal(code, 0, err);
  assert.equal(out, '"phone"\n');
  const english = { LC_ALL: '', LC_MESSAGES: '', LANG: 'en_GB.UTF-8' };
  const told = await command(['dmn', file, '--decision', 'Channel', '--input', JSON.stringify(input)], { env: english });
  assert.match(told.err, /triage\.dmn:\d+:\d+: rule 3 of Channel: Opens a link alone: no; A relative answers for them: not answered or no \(no\); The centre calls: yes → “phone” \(staff calls and fills in the form\)/);
  const hot = ['dmn', file, '--decision', 'Triage', '--input', '{"daily": {"temperature": 39.2, "cough": 3}, "previous": null}'];
  const french = await command([...hot, '--language', 'fr']);
  assert.match(french.err, /règle 13 de Simple reasons → Fièvre\n +\S+: règle 4 de Temperature level: Température, °C\u00a0: de 39 à moins de 40 \(39,2\)/);
  assert.match(french.err, /Toussez-vous \? au moins «\u00a0Beaucoup\u00a0» \(Beaucoup\)/);
  assert.match(french.err, /et \d+ règles dont rien ne résulte ici/, 'what is normal is summed up');
  assert.match((await command(hot, { env: { ...english, LANG: 'fr_FR.UTF-8' } })).err, /règle 13 de/, 'the language of the environment');
  const slip = await command(['dmn', file, '--decision', 'Channel', '--input', JSON.stringify({ enrolmnt: {} })]);
  assert.match(slip.err, /the file has no input 'enrolmnt'; did you mean 'enrolment'\?/);
  assert.match(slip.err, /the input 'enrolment' is not given and counts as missing/);
  const unknown = await command(['dmn', file, '--decision', 'Chanel']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /it has:\n[^]*Channel/);
});

test('fhirpath: on JSON and on XML', async (t) => {
  const folder = temporary(t);
  const json = join(folder, 'o.json');
  writeFileSync(json, JSON.stringify(observation).replace('38.5', '38.50'));
  assert.equal((await command(['fhirpath', 'Observation.value.value', json])).out, '38.50\n');
  const xml = join(folder, 'o.xml');
  writeFileSync(xml, '<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>');
  assert.equal((await command(['fhirpath', 'Patient.active', xml, '--types'])).out, 'FHIR.boolean\ttrue\n');
  const entity = join(folder, 'e.xml');
  writeFileSync(entity, '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient xmlns="http://hl7.org/fhir"><active value="&x;"/></Patient>');
  const refused = await command(['fhirpath', 'Patient.active', entity]);
  assert.equal(refused.code, 1);
  assert.doesNotMatch(refused.out + refused.err, /root:/);
});

test('rehearse: the same seed gives the same result, bit for bit, on 1, 2 and 4 threads', async (t) => {
  const folder = temporary(t);
  const results = [];
  for (const [run, threads] of [[0, 1], [1, 1], [2, 2], [3, 4]]) {
    const json = join(folder, `${run}.json`);
    const log = join(folder, `${run}.xes`);
    const { code, err, out } = await command(['rehearse', covid_home, '--days', '8', '--replications', '4',
      '--seed', '7', '--threads', String(threads), '--json', json, '--log', log, '--quiet']);
    assert.equal(code, 0, err);
    results.push([readFileSync(json, 'utf8'), readFileSync(log, 'utf8'), out]);
  }
  for (const result of results.slice(1)) assert.deepEqual(result, results[0]);
  const rehearsal = JSON.parse(results[0][0]);
  assert.equal(rehearsal.pathway, 'covid-home');
  assert.ok(rehearsal.indicators.length > 5);

  // Another seed meets other people: a result that never changes would pass the test above, too.
  const other = join(folder, 'other.json');
  await command(['rehearse', covid_home, '--days', '8', '--replications', '4', '--seed', '8', '--json', other, '--quiet']);
  assert.notEqual(readFileSync(other, 'utf8'), results[0][0]);
});

test('rehearse speaks as people do: one day, and French with its names and colons', async () => {
  const { code, err, out } = await command(['rehearse', covid_home, '--scenario', 'base', '--days', '1', '--replications', '1', '--against', 'surge', '--language', 'fr', '--quiet']);
  assert.equal(code, 0, err);
  assert.match(out, /^Répétition : Covid/);
  assert.match(out, /^1 jour, 1 réplication, /m);
  assert.equal(out.match(/^ +Hospitalisés /gm).length, 2, 'in the comparison, too');
  assert.match(out, /^ +Infirmier du centre : occupation .*[\d,]+\u00a0%.* \+?-?[\d,]+\u00a0points/m, 'shares differ by points');
  const cut = await command(['rehearse', join(root, 'bench/models/six-step'), '--days', '8', '--warm-up', '1', '--sensitivity', '20', '--batches', '3', '--quiet']);
  assert.match(cut.out, /3 batches of one replication/);
  const nowhere = await command(['rehearse', covid_home, '--search', 'nope.yaml', '--quiet']);
  assert.equal(nowhere.code, 3);
  assert.match(nowhere.err, /nope\.yaml: there is no such file, neither here nor in the package/);
});

test('rehearse --against compares two scenarios on the same patients; an unknown one is told', async (t) => {
  const json = join(temporary(t), 'r.json');
  const { code, err, out } = await command(['rehearse', covid_home, '--days', '8', '--replications', '3',
    '--against', 'threshold-38-5', '--json', json, '--quiet']);
  assert.equal(code, 0, err);
  assert.match(out, /38\.5/);
  const result = JSON.parse(readFileSync(json, 'utf8'));
  assert.ok(result.comparison.differences.length > 0);
  assert.equal(result.against.scenario, 'threshold-38-5');
  const unknown = await command(['rehearse', covid_home, '--scenario', 'threshhold-38-5', '--quiet']);
  assert.equal(unknown.code, 1);
  assert.match(unknown.err, /threshold-38-5/, 'the scenarios that there are');
});

test('rehearse --against may be repeated: all comparisons are judged as one table', async (t) => {
  const json = join(temporary(t), 'r.json');
  const { code, err, out } = await command(['rehearse', '--against', 'threshold-38-5', '--against', 'two-nurses-fewer',
    covid_home, '--days', '8', '--replications', '3', '--json', json, '--quiet']);
  assert.equal(code, 0, err);
  assert.equal(out.match(/On the same patients/g).length, 2);
  const result = JSON.parse(readFileSync(json, 'utf8'));
  assert.deepEqual(result.comparisons.map((each) => each.after), ['threshold-38-5', 'two-nurses-fewer']);
  assert.equal(result.others.length, 2);
});

test('rehearse --report writes one page that needs nothing else, in both languages', async (t) => {
  const folder = temporary(t);
  for (const [language, words] of [['en', ['In short', '2. Logic', 'Assumptions']], ['fr', ['En bref', '2. Logique', 'Hypothèses']]]) {
    const report = join(folder, `${language}.html`);
    const { code, err } = await command(['rehearse', covid_home, '--scenario', 'two-nurses-fewer', '--against', 'base', '--days', '8',
      '--replications', '3', '--language', language, '--report', report, '--quiet']);
    assert.equal(code, 0, err);
    const html = readFileSync(report, 'utf8');
    for (const word of words) assert.ok(html.includes(word), word);
    assert.doesNotMatch(html, /<script|https?:\/\//);
    assert.match(html, /passerelle rehearse .*--scenario two-nurses-fewer --against base --days 8/);
  }
  const nowhere = await command(['rehearse', covid_home, '--days', '2', '--report', '/no/such/r.html', '--quiet']);
  assert.equal(nowhere.code, 3, 'before anything is rehearsed');
});

test('rehearse writes every file that it was asked for, or says that it will not', async (t) => {
  const folder = temporary(t);
  const [report, log, json] = ['r.html', 'l.events', 'x.json'].map((name) => join(folder, name));
  const searched = await command(['rehearse', covid_home, '--search', 'staffing.yaml', '--report', report, '--quiet']);
  assert.notEqual(searched.code, 0);
  assert.match(searched.err, /--report/);
  const model = join(root, 'bench/models/six-step');
  const varied = await command(['rehearse', model, '--days', '2', '--replications', '2', '--quiet', '--sensitivity', '50', '--log', log, '--json', json]);
  assert.equal(varied.code, 0, varied.err);
  assert.ok(existsSync(log));
  assert.ok(JSON.parse(readFileSync(json, 'utf8')).sensitivity);
});

test('rehearse finds out at once that a file cannot be written', async (t) => {
  const folder = temporary(t);
  const json = join(folder, 'before.json');
  writeFileSync(json, 'before');
  const long = join(folder, 'x'.repeat(250));
  for (const option of ['--json', '--report', '--animation', '--log'])
    for (const path of ['/no/such/f.xes', '/proc/f.xes', `${long}.xes`, join(folder, 'folder.xes')]) {
      mkdirSync(join(folder, 'folder.xes'), { recursive: true });
      const { code, out, err } = await command(['rehearse', covid_home, '--days', '2', option, path, '--quiet', ...option === '--json' ? [] : ['--json', json]]);
      assert.equal(code, 3, `${option} ${path}: ${err}`);
      assert.equal(out, '', 'before anything is rehearsed');
      assert.ok(err.includes(path), err);
      assert.match(err, /; (name|make|give) /, 'what to do');
    }
  assert.equal(readFileSync(json, 'utf8'), 'before');
  assert.deepEqual(readdirSync(folder).sort(), ['before.json', 'folder.xes'], 'and nothing is left behind');
  const twice = await command(['rehearse', covid_home, '--json', json, '--report', join(folder, '.', 'before.json'), '--quiet']);
  assert.equal(twice.code, 2);
  assert.match(twice.err, /--json and --report name the same file/);
  for (const option of ['--json', '--report', '--animation', '--log'])
    assert.equal((await command(['rehearse', covid_home, option, ''])).code, 2, `${option} of an empty variable`);
});

// Started, and stopped by Ctrl-C after so many milliseconds.
function stopped_after(wait, args) {
  const child = spawn(binary, ['rehearse', ...args]);
  const said = { out: '', err: '' };
  child.stdout.on('data', (piece) => { said.out += piece; });
  child.stderr.on('data', (piece) => { said.err += piece; });
  setTimeout(() => child.kill('SIGINT'), wait);
  return once(child, 'close').then(([code]) => ({ code, ...said }));
}

test('rehearse stopped by Ctrl-C tells what the first replications tell', async (t) => {
  const folder = temporary(t);
  const [json, report, log, again] = ['s.json', 'r.html', 'l.xes', 'again.json'].map((name) => join(folder, name));
  const args = [covid_home, '--days', '8', '--seed', '3'];
  const outputs = ['--json', json, '--report', report, '--log', log];
  let stopped;
  for (let wait = 2_000; !stopped?.out && wait < 100_000; wait *= 2)
    stopped = await stopped_after(wait, [...args, '--replications', '5000', ...outputs]);
  assert.equal(stopped.code, 130, stopped.err);
  const found = JSON.parse(readFileSync(json, 'utf8'));
  assert.equal(found.stopped_of, 5000);
  assert.match(stopped.out, new RegExp(`Stopped after ${found.replications} of 5000 replications`));
  assert.match(readFileSync(report, 'utf8'), /Stopped after \d+ of 5000 replications/);
  assert.match(stopped.err, /l\.xes was not written/);
  assert.deepEqual(readdirSync(folder).sort(), ['r.html', 's.json']);
  await command(['rehearse', ...args, '--replications', String(found.replications), '--json', again, '--quiet']);
  assert.equal(readFileSync(again, 'utf8'), readFileSync(json, 'utf8').replace('"stopped_of": 5000', '"stopped_of": null'));
});

test('rehearse stopped before two replications are finished says so, and leaves files as they were', async (t) => {
  const folder = temporary(t);
  const json = join(folder, 's.json');
  writeFileSync(json, 'before');
  const { code, out, err } = await stopped_after(1_000, [covid_home, '--scenario', 'surge', '--days', '365', '--json', json, '--quiet']);
  assert.equal(code, 130);
  assert.equal(out, '');
  assert.match(err, /stopped after [01] of 10 replications/);
  assert.deepEqual(readdirSync(folder), ['s.json']);
  assert.equal(readFileSync(json, 'utf8'), 'before');
});

test('a second Ctrl-C ends a rehearsal at once', async (t) => {
  const pipe = join(temporary(t), 'nobody-reads');
  execFileSync('mkfifo', [pipe]);
  const child = spawn(binary, ['rehearse', join(root, 'bench/models/six-step'), '--days', '1', '--replications', '2', '--json', pipe, '--quiet']);
  await once(child.stdout, 'data');  // it now waits for somebody who reads the pipe
  child.kill('SIGINT');
  setTimeout(() => child.kill('SIGINT'), 500);
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGINT');
});

test('rehearse says that check finds errors, and goes on', async (t) => {
  const folder = broken_copy(temporary(t), defects.find((each) => each.finding === 'hours-without-cover'));
  const args = ['rehearse', folder, '--days', '1', '--replications', '1'];
  const told = await command(args);
  assert.equal(told.code, 0, told.err);
  const errors = (await command(['check', folder])).out.match(/(\d+) errors?, /)[1];
  assert.match(told.err, new RegExp(`^passerelle: this package has ${errors} errors?; .*passerelle check ${folder}`));
  assert.equal((await command([...args, '--quiet'])).err, '');
  assert.equal((await command(['rehearse', covid_home, '--days', '1', '--replications', '1'])).err, '');
});

test('rehearse --search finds the cheapest staffing that keeps the promises, and says how sure', async (t) => {
  const folder = temporary(t);
  const [staffing, json] = ['s.yaml', 'r.json'].map((name) => join(folder, name));
  writeFileSync(staffing, 'may_change:\n  - {role: nurse, shift: week, least: 1, most: 4, cost_per_hour: 38}\n'
    + '  - {role: nurse, shift: weekend, least: 1, most: 2, cost_per_hour: 52}\ntargets: [alert_in_time]\n');
  const heart_failure = join(root, 'pathways/heart-failure');
  const args = ['rehearse', heart_failure, '--days', '40', '--warm-up', '10', '--quiet', '--search'];
  const { code, err, out } = await command([...args, staffing, '--json', json]);
  assert.equal(code, 0, err);
  assert.match(out, /Cheapest staffing that meets all targets/);
  assert.match(out, /On duty, by hour of the week/);
  const found = JSON.parse(readFileSync(json, 'utf8'));
  assert.equal(found.complete, true);
  assert.equal(found.possible, 8);
  const best = found.tried[found.best];
  assert.equal(best.verdict, 'meets');
  assert.ok(best.cost_a_week <= found.tried[0].cost_a_week, 'than all that is allowed');
  writeFileSync(staffing, 'may_change:\n  - {role: nurse, shift: nights, least: 1, most: 4, cost_per_hour: 38}\n');
  const wrong = await command([...args, staffing]);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /s\.yaml:2.*week, weekend/s);
});

test('rehearse --animation tells where everybody is, step by step', async (t) => {
  const file = join(temporary(t), 'a.json');
  const { code, err } = await command(['rehearse', covid_home, '--days', '8', '--replications', '1', '--animation', file, '--quiet']);
  assert.equal(code, 0, err);
  const animated = JSON.parse(readFileSync(file, 'utf8'));
  const call = animated.activities.find((each) => each.id === 'nurse_call');
  assert.equal(call.waiting.length, animated.steps);
  assert.ok(Math.max(...call.in_hand) > 0 && Math.min(...call.waiting) >= 0);
  assert.ok(animated.moves.some((each) => each.from === 'enrol'));
});

test('review: a rehearsed log against its own promise, as text, page and JSON', async (t) => {
  const folder = temporary(t);
  const [promise, log, html, json, xes] = ['p.json', 'l.xes', 'r.html', 'r.json', 'again.xes'].map((name) => join(folder, name));
  await command(['rehearse', covid_home, '--days', '10', '--replications', '3', '--json', promise, '--log', log, '--quiet']);
  const { code, out, err } = await command(['review', log, '--package', covid_home, '--against', promise,
    '--html', html, '--json', json, '--log', xes, '--language', 'fr']);
  assert.equal(code, 0, err);
  assert.ok(out.length > 500);
  assert.match(readFileSync(html, 'utf8'), /^<!doctype html>/i);
  const review = JSON.parse(readFileSync(json, 'utf8'));
  assert.ok(review.log.cases > 50);
  assert.ok(review.indicators.every((each) => each.id));
  assert.equal(readFileSync(xes, 'utf8'), readFileSync(log, 'utf8'), 'a log comes back as it was');
  const wrong = await command(['review', log, '--against', promise]);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--package/);
});

test('review: a broken log says where', async (t) => {
  const log = join(temporary(t), 'broken.xes');
  writeFileSync(log, '<log>\n<trace>\n<event>\n</trace></log>');
  const { code, err } = await command(['review', log]);
  assert.equal(code, 1);
  assert.match(err, /broken\.xes:4/);
});

test('account and store: passwords from standard input, short ones refused, backup never overwrites', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'centre.db');
  const add = (account, secret) => command(['account', 'add', account, '--data', data, '--name', 'Claire Petit',
    '--role', 'nurse', '--role', 'coordinator', '--password-file', '-'], { input: `${secret}\n` });
  assert.equal((await add('claire', 'short')).code, 1);
  assert.equal((await add('claire', 'long enough')).code, 0);
  const { out } = await command(['account', 'list', '--data', data]);
  assert.equal(out, 'claire\tClaire Petit\tnurse,coordinator\tfr\n');
  assert.doesNotMatch(readFileSync(data, 'latin1'), /long enough/);
  assert.match((await command(['store', 'check', '--data', data])).out, /every invariant holds/);
  assert.match((await command(['store', 'stats', '--data', data])).out, /^resources +0$/m);
  const copy = join(folder, 'copy.db');
  assert.equal((await command(['store', 'backup', '--data', data, '--to', copy])).code, 0);
  assert.equal((await command(['account', 'list', '--data', copy])).out, out);
  assert.equal((await command(['store', 'backup', '--data', data, '--to', copy])).code, 3);
  assert.ok(!existsSync(join(folder, 'none.db')));
});

test('store: an index made anew and a compacted file find and hold the same', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'centre.db');
  const file = join(folder, 'o.ndjson');
  writeFileSync(file, `${JSON.stringify(observation)}\n`);
  assert.equal((await command(['import', '--data', data, file])).code, 0);
  await (await start({ t, data })).stop();
  const again = await command(['store', 'reindex', '--data', data]);
  assert.equal(again.code, 0, again.err);
  assert.match(again.out, /: \d+ resources indexed anew/);
  const compacted = await command(['store', 'compact', '--data', data]);
  assert.equal(compacted.code, 0, compacted.err);
  assert.match(compacted.out, /\d+ bytes before, \d+ now/);
  assert.match((await command(['store', 'check', '--data', data])).out, /every invariant holds/);
  assert.equal((await command(['store', 'compact', '--data', join(folder, 'none.db')])).code, 3);
  assert.ok(!existsSync(join(folder, 'none.db')));
});

test('account: a role that no package of the data file has is refused with the nearest', async (t) => {
  const data = join(temporary(t), 'centre.db');
  const add = (account, role) => command(['account', 'add', account, '--data', data, '--role', role, '--password-file', '-'],
    { input: 'long enough\n' });
  const before = await add('claire', 'nurse');
  assert.equal(before.code, 0);
  assert.match(before.err, /knows no package yet: nobody has checked that 'nurse'/);
  await (await start({ t, data })).stop();
  const slip = await add('sam', 'nurze');
  assert.equal(slip.code, 1);
  assert.match(slip.err, /no organisation has the role 'nurze'/);
  assert.match(slip.err, /did you mean 'nurse'\? A role of a new package/);
  for (const role of ['nurse', 'system', 'admin']) assert.equal((await add('sam', role)).err, '');
});

test('store check finds damage', async (t) => {
  const data = join(temporary(t), 'centre.db');
  await command(['account', 'add', 'claire', '--data', data, '--password-file', '-'], { input: 'long enough\n' });
  const bytes = readFileSync(data);
  bytes.fill(0x5a, 4096, 12_288);
  writeFileSync(data, bytes);
  const { code, err } = await command(['store', 'check', '--data', data]);
  assert.notEqual(code, 0, err);
});

test('suite: counts, names what failed, refuses an empty folder', async (t) => {
  const folder = temporary(t);
  assert.equal((await command(['suite', 'bpmn', folder])).code, 3);
  writeFileSync(join(folder, 'a.bpmn'), readFileSync(join(covid_home, 'pathway.bpmn')));
  writeFileSync(join(folder, 'b.bpmn'), '<not-bpmn/>');
  const { code, out } = await command(['suite', 'bpmn', folder]);
  assert.equal(code, 1);
  assert.match(out, /^failed: b\.bpmn: /m);
  assert.match(out, /\n1 passed, 1 failed\n$/);
});

test('bpmn: writes a model again, draws what is not drawn, says where two part', async (t) => {
  const folder = temporary(t);
  const original = join(covid_home, 'pathway.bpmn');
  const copy = join(folder, 'copy.bpmn');
  assert.equal((await command(['bpmn', original, '--out', copy])).code, 0);
  assert.match((await command(['bpmn', original, '--compare', copy])).out, /mean the same/);

  const bare = join(folder, 'bare.bpmn');
  writeFileSync(bare, readFileSync(original, 'utf8').replace(/<bpmndi:BPMNDiagram[^]*<\/bpmndi:BPMNDiagram>/, ''));
  const parted = await command(['bpmn', original, '--compare', bare]);
  assert.equal(parted.code, 1);
  assert.match(parted.out, /pathway\.bpmn:\d+:\d+: \/definitions.*\/BPMNDiagram.*: only the first has this/);
  const drawn = (await command(['bpmn', bare])).out;
  assert.ok(drawn.match(/BPMNShape /g).length >= readFileSync(original, 'utf8').match(/BPMNShape /g).length - 2);
  assert.equal((await command(['bpmn', bare, '--layout'])).out, drawn, 'the same twice');

  writeFileSync(bare, '<?xml version="1.0"?>\n<!DOCTYPE x>\n<definitions/>');
  const refused = await command(['bpmn', bare]);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /bare\.bpmn:\d+:\d+: a document type is not taken/);
});

test('output into a full disk is an error', { skip: !existsSync('/dev/full') }, async () => {
  const { spawnSync } = await import('node:child_process');
  const { openSync } = await import('node:fs');
  const { binary } = await import('./lib/server.mjs');
  const done = spawnSync(binary, ['feel', '1'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'], cwd: root });
  assert.equal(done.status, 3);
});

test('import: what is FHIR goes in and is found, the rest is told with file and line', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'data.db');
  const lines = [observation, { ...observation, id: 'o2' }].map((each) => JSON.stringify(each));
  writeFileSync(join(folder, 'a.ndjson'), `${lines[0]}\n{"resourceType":"Observation"\n${lines[1]}\n`);
  const { gzipSync } = await import('node:zlib');
  const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [
    { fullUrl: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a', resource: { resourceType: 'Patient', name: [{ family: 'DUPONT' }] }, request: { method: 'POST', url: 'Patient' } },
    { fullUrl: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0b', resource: { ...observation, id: undefined, subject: { reference: 'urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a' } }, request: { method: 'POST', url: 'Observation' } },
  ] };
  writeFileSync(join(folder, 'b.json.gz'), gzipSync(JSON.stringify(bundle)));
  const { code, out, err } = await command(['import', '--data', data, join(folder, 'a.ndjson'), join(folder, 'b.json.gz')]);
  assert.equal(code, 1, err);
  assert.match(err, /a\.ndjson:2: error: /);
  assert.match(out, /^4 resources from 2 files; 1 problem/);
  assert.match((await command(['store', 'stats', '--data', data])).out, /^resources +4$/m);
  const clean = await command(['import', '--data', data, join(folder, 'b.json.gz')]);
  assert.equal(clean.code, 0, clean.err);
  assert.equal((await command(['import', '--data', data, join(folder, 'none.json')])).code, 3);
});
