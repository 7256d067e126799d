// Definitions that change what others mean: French identities as a package, and search parameters
// that are indexed while the server is killed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { add_accounts, command, people, root, start, temporary, until } from './lib/server.mjs';

const fr_core = join(root, 'records/fr-core');
const fr = 'https://hl7.fr/ig/fhir/core';
const profile = `${fr}/StructureDefinition/fr-core-patient-ins`;

// A made-up patient with an INS number of the NIR's authority.
const french = (number) => ({
  resourceType: 'Patient', meta: { profile: [profile] },
  extension: [
    { url: `${fr}/StructureDefinition/fr-core-identity-reliability`,
      extension: [{ url: 'identityStatus', valueCoding: { system: `${fr}/CodeSystem/fr-core-cs-identity-status`, code: 'QUAL' } }] },
    { url: 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace',
      valueAddress: { extension: [{ url: `${fr}/StructureDefinition/fr-core-address-insee-code`, valueCoding: { code: '2A004' } }] } }],
  identifier: [{ use: 'official', type: { coding: [{ system: `${fr}/CodeSystem/fr-core-cs-v2-0203`, code: 'INS-NIR' }] },
    system: 'urn:oid:1.2.250.1.213.1.4.8', value: number }],
  name: [{ use: 'official', family: 'Durand', given: ['Anne'],
    extension: [{ url: `${fr}/StructureDefinition/fr-core-patient-birth-list-given-name`, valueString: 'Anne Zoé' }] }],
  gender: 'male', birthDate: '1980-03-02',
});
const right = '180032A00412375';
const wrong = '180032A00412376';

test('validate: a French identity with a wrong key is refused with its place', async (t) => {
  const folder = temporary(t);
  const file = join(folder, 'patient.json');
  writeFileSync(file, JSON.stringify(french(right)));
  const good = await command(['validate', file, '--definitions', fr_core]);
  assert.equal(good.code, 0, good.out + good.err);
  assert.equal(good.out, '1 file, without errors\n');
  writeFileSync(file, JSON.stringify(french(wrong)));
  const bad = await command(['validate', file, '--definitions', fr_core]);
  assert.equal(bad.code, 1);
  assert.match(bad.out, /patient\.json: error: Patient\.identifier\[0\]\.value: .*The key of the INS number is wrong/);
  const named = await command(['validate', file, '--profile', 'urn:nowhere']);
  assert.equal(named.code, 1);
  assert.match(named.out, /the profile urn:nowhere is not loaded here/);
});

test('import records/fr-core: from then on a wrong INS number is not written', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'data.db');
  const loaded = await command(['import', '--data', data, fr_core]);
  assert.equal(loaded.code, 0, loaded.err);
  const file = join(folder, 'patients.ndjson');
  writeFileSync(file, [right, wrong].map((number) => JSON.stringify(french(number))).join('\n'));
  const imported = await command(['import', '--data', data, file]);
  assert.equal(imported.code, 1);
  assert.match(imported.out, /^1 resource from 1 file; 1 problem/);
  assert.match(imported.err, /patients\.ndjson:2: error: .*The key of the INS number is wrong/);

  await add_accounts(data, people);
  const server = await start({ t, folder, data });
  const system = await server.login('system');
  assert.equal((await system.post('/fhir/Patient', french(right))).status, 201);
  const refused = await system.post('/fhir/Patient', french(wrong));
  assert.equal(refused.status, 422);
  assert.equal(refused.json.issue[0].expression[0], 'Patient.identifier[0].value');
  assert.match(refused.json.issue[0].diagnostics, /La clé du matricule INS est fausse/);
});

test('a search parameter is indexed through kill -9, and meanwhile says how far it is', async (t) => {
  const folder = temporary(t);
  const data = join(folder, 'data.db');
  const count = 6000;
  const file = join(folder, 'patients.ndjson');
  writeFileSync(file, Array.from({ length: count }, (_, index) => JSON.stringify({
    resourceType: 'Patient', id: `p${index}`, extension: [{ url: 'urn:eye', valueCode: index % 3 === 0 ? 'blue' : 'brown' }],
  })).join('\n'));
  assert.equal((await command(['import', '--data', data, file, '--quiet'])).code, 0);
  await add_accounts(data, people);
  const options = { t, folder, data };
  let server = await start(options);
  let system = await server.login('system');
  const created = await system.put('/fhir/SearchParameter/eye', {
    resourceType: 'SearchParameter', id: 'eye', url: 'urn:sp:eye', name: 'Eye', status: 'active', description: 'Colour',
    code: 'eye', base: ['Patient'], type: 'token', expression: "Patient.extension('urn:eye').value",
  });
  assert.equal(created.status, 201, created.text);
  const search = '/fhir/Patient?eye=blue&_summary=count';
  // Before anybody has seen how far it is: however quick it is, it was interrupted once.
  await server.kill();
  server = await start(options);
  system = await server.login('system');
  for (let kills = 0; kills < 3; ++kills) {
    const asked = await system.get(search);
    if (asked.status === 200) break;
    assert.equal(asked.status, 503);
    assert.match(asked.json.issue[0].diagnostics, /it waits to be indexed|it is being indexed: \d+ %, \d+ of 6000 resources/);
    const some = await system.get(search, { prefer: 'handling=lenient' });
    assert.equal(some.status, 200);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await server.kill();
    server = await start(options);
    system = await server.login('system');
  }
  await until('the index', async () => (await system.get(search)).status === 200, 120);
  assert.equal((await system.get(search)).json.total, count / 3);
  await server.stop();
  const stats = await command(['store', 'stats', '--data', data]);
  assert.match(stats.out, /^search parameter eye \(eye\): ready$/m);
  assert.equal((await command(['store', 'check', '--data', data])).code, 0);
});
