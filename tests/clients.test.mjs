// Clients that others wrote, as black boxes: what fhir-kit-client, fhirclient and @medplum/core can
// ask of a FHIR server, they ask of ours.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { MedplumClient } from '@medplum/core';
import { start } from './lib/server.mjs';

const require = createRequire(import.meta.url);
const KitClient = require('fhir-kit-client');
const CapabilityTool = require('fhir-kit-client/lib/capability-tool');
const smart = require('fhirclient');

let server, token, base;
const hooks = [];
before(async () => {
  server = await start({ t: { after: (hook) => hooks.push(hook) } });
  const admin = await server.login('admin');
  // As systems do: a token that lasts, not a log-in twice a day.
  ({ token } = await admin.must('POST', '/api/accounts/system/token', { days: 30 }));
  base = `${server.url}/fhir`;
});
after(async () => { for (const hook of hooks.reverse()) await hook(); });

const ill = (more = {}) => ({ resourceType: 'Patient', gender: 'female', birthDate: '1950-01-01', ...more });
const weight = (patient, value, more = {}) => ({
  resourceType: 'Observation', status: 'final', subject: { reference: `Patient/${patient}` },
  code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] }, effectiveDateTime: `2020-03-${10 + value}`,
  valueQuantity: { value: 60 + value, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' }, ...more,
});
const refused = (status) => (problem) => {
  const found = problem.response?.status ?? problem.status ?? problem.statusCode;
  assert.equal(found, status, problem.message);
  return true;
};

// ---- fhir-kit-client ----

const kit = () => new KitClient({ baseUrl: base, bearerToken: token });

test('fhir-kit-client: create, read, vread, update, patch, delete and their histories', async () => {
  const client = kit();
  const made = await client.create({ resourceType: 'Patient', body: ill({ name: [{ family: 'KIT' }] }) });
  const { response } = KitClient.httpFor(made);
  assert.equal(response.status, 201);
  assert.equal(response.headers.get('location'), `${base}/Patient/${made.id}/_history/1`);
  assert.equal((await client.read({ resourceType: 'Patient', id: made.id })).name[0].family, 'KIT');

  const second = await client.update({ resourceType: 'Patient', id: made.id, body: { ...made, active: true } });
  assert.equal(second.meta.versionId, '2');
  const JSONPatch = [{ op: 'replace', path: '/gender', value: 'male' }, { op: 'test', path: '/active', value: true }];
  const third = await client.patch({ resourceType: 'Patient', id: made.id, JSONPatch });
  assert.equal(third.gender, 'male');
  assert.equal((await client.vread({ resourceType: 'Patient', id: made.id, version: '1' })).active, undefined);

  const history = await client.history({ resourceType: 'Patient', id: made.id });
  assert.deepEqual(history.entry.map((each) => each.resource.meta.versionId), ['3', '2', '1']);
  assert.equal((await client.resourceHistory({ resourceType: 'Patient', id: made.id })).total, 3);
  assert.ok((await client.typeHistory({ resourceType: 'Patient' })).entry.length >= 3);
  assert.ok((await client.systemHistory()).entry.length >= 3);

  await client.delete({ resourceType: 'Patient', id: made.id });
  await assert.rejects(client.read({ resourceType: 'Patient', id: made.id }), refused(410));
  await assert.rejects(client.read({ resourceType: 'Patient', id: 'nobody' }), refused(404));
  assert.equal((await client.vread({ resourceType: 'Patient', id: made.id, version: '2' })).active, true);
  await assert.rejects(client.create({ resourceType: 'Patient', body: ill({ gender: 'unknwon' }) }), (problem) => {
    refused(422)(problem);
    assert.match(problem.response.data.issue[0].diagnostics, /unknwon/);
    return true;
  });
});

test('fhir-kit-client: conditional create, update and read by headers and parameters', async () => {
  const client = kit();
  const identifier = [{ system: 'urn:kit', value: 'only-one' }];
  const once = await client.create({ resourceType: 'Patient', body: ill({ identifier }), options: { headers: { 'If-None-Exist': 'identifier=urn:kit|only-one' } } });
  const again = await client.create({ resourceType: 'Patient', body: ill({ identifier }), options: { headers: { 'If-None-Exist': 'identifier=urn:kit|only-one' } } });
  assert.equal(again.id, once.id);
  const updated = await client.update({ resourceType: 'Patient', searchParams: { identifier: 'urn:kit|only-one' }, body: ill({ identifier, active: true }) });
  assert.equal(updated.id, once.id);
  await assert.rejects(client.update({ resourceType: 'Patient', id: once.id, body: { ...updated, active: false }, options: { headers: { 'If-Match': 'W/"1"' } } }), refused(412));
  const made = await client.update({ resourceType: 'Patient', searchParams: { identifier: 'urn:kit|another' }, body: ill({ identifier: [{ system: 'urn:kit', value: 'another' }] }) });
  assert.equal(KitClient.httpFor(made).response.status, 201);
});

test('fhir-kit-client: searches by GET and POST, of a type, the system and a compartment; pages both ways', async () => {
  const client = kit();
  const patient = await client.create({ resourceType: 'Patient', body: ill() });
  for (let value = 0; value < 7; ++value) await client.create({ resourceType: 'Observation', body: weight(patient.id, value) });
  const mine = { subject: `Patient/${patient.id}`, code: 'http://loinc.org|29463-7' };

  const got = await client.search({ resourceType: 'Observation', searchParams: { ...mine, _sort: '-date', _count: 3 } });
  assert.deepEqual(got.entry.map((each) => each.resource.valueQuantity.value), [66, 65, 64]);
  const posted = await client.resourceSearch({ resourceType: 'Observation', searchParams: { ...mine, _total: 'accurate' }, options: { postSearch: true } });
  assert.equal(posted.total, 7);
  assert.equal((await client.systemSearch({ searchParams: { _type: 'Patient,Observation', _id: patient.id } })).entry.length, 1);
  const compartment = { resourceType: 'Patient', id: patient.id };
  assert.equal((await client.compartmentSearch({ resourceType: 'Observation', compartment, searchParams: { 'value-quantity': 'gt64' } })).entry.length, 2);
  assert.equal((await client.search({ resourceType: 'Observation', compartment, searchParams: {}, options: { postSearch: true } })).entry.length, 7);
  await assert.rejects(client.search({ resourceType: 'Observation', searchParams: { cod: 'x' } }), refused(400));

  // Forward to the end, and back to the beginning.
  const values = (page) => page.entry.map((each) => each.resource.valueQuantity.value);
  const second = await client.nextPage({ bundle: got });
  const third = await client.nextPage({ bundle: second });
  assert.deepEqual([values(second), values(third)], [[63, 62, 61], [60]]);
  assert.equal(await client.nextPage({ bundle: third }), undefined);
  const back = await client.prevPage({ bundle: third });
  assert.deepEqual(values(back), values(second));
  const first = await client.prevPage({ bundle: back });
  assert.deepEqual(values(first), values(got));
  assert.equal(await client.prevPage({ bundle: first }), undefined);
  assert.deepEqual(values(await client.nextPage({ bundle: first })), values(second));
});

test('fhir-kit-client: transaction and batch, references in them and out of them', async () => {
  const client = kit();
  const body = {
    resourceType: 'Bundle', type: 'transaction',
    entry: [
      { fullUrl: 'urn:uuid:9f3a1c1e-8d0b-4a52-9a59-8c1a6c6d6f01', resource: ill(), request: { method: 'POST', url: 'Patient' } },
      { resource: { ...weight('x', 1), subject: { reference: 'urn:uuid:9f3a1c1e-8d0b-4a52-9a59-8c1a6c6d6f01' } }, request: { method: 'POST', url: 'Observation' } },
    ],
  };
  const done = await client.transaction({ body });
  assert.deepEqual(done.entry.map((each) => each.response.status.slice(0, 3)), ['201', '201']);
  const [patient, observation] = done.entry.map((each) => each.response.location.split('/').slice(-4, -2).join('/'));
  const stored = await client.resolve({ reference: observation });
  assert.equal(stored.subject.reference, patient);
  assert.equal((await client.resolve({ reference: `${base}/${patient}` })).resourceType, 'Patient');
  const contained = { ...stored, contained: [{ resourceType: 'Device', id: 'scale' }], device: { reference: '#scale' } };
  assert.equal((await client.resolve({ reference: '#scale', context: contained })).resourceType, 'Device');
  const found = await client.search({ resourceType: 'Observation', searchParams: { _id: observation.split('/')[1], _include: 'Observation:subject' } });
  assert.equal((await client.resolve({ reference: patient, context: found })).gender, 'female');

  const mixed = await client.batch({ body: { resourceType: 'Bundle', type: 'batch', entry: [
    { request: { method: 'GET', url: patient } }, { request: { method: 'GET', url: 'Patient/nobody' } },
    { request: { method: 'GET', url: `Observation?subject=${patient}` } }, { request: { method: 'DELETE', url: observation } },
  ] } });
  assert.deepEqual(mixed.entry.map((each) => each.response.status.slice(0, 3)), ['200', '404', '200', '204']);
  await assert.rejects(client.transaction({ body: { resourceType: 'Bundle', type: 'transaction', entry: [{ request: { method: 'DELETE', url: patient } }, { resource: ill({ gender: 'x' }), request: { method: 'POST', url: 'Patient' } }] } }), refused(422));
  assert.equal((await client.resolve({ reference: patient })).resourceType, 'Patient', 'nothing of it was done');
});

test('fhir-kit-client: operations of the system, a type and an instance; what the server offers', async () => {
  const client = kit();
  const statement = await client.capabilityStatement();
  assert.equal(statement.fhirVersion, '4.0.1');
  const tool = new CapabilityTool(statement);
  assert.equal(tool.serverCan('transaction'), true);
  for (const code of ['read', 'vread', 'update', 'patch', 'delete', 'create', 'search-type', 'history-instance'])
    assert.equal(tool.resourceCan('Patient', code), true, code);
  assert.equal(tool.resourceSearch('Patient', 'birthdate'), true);
  assert.equal(tool.resourceSearch('Patient', 'birhtdate'), false);
  await client.smartAuthMetadata().catch(() => {});  // none is offered, and nothing breaks

  const checked = await client.operation({ name: 'validate', resourceType: 'Patient', input: ill() });
  assert.equal(checked.resourceType, 'OperationOutcome');
  const patient = await client.create({ resourceType: 'Patient', body: ill() });
  await client.create({ resourceType: 'Observation', body: weight(patient.id, 1) });
  const everything = await client.operation({ name: 'everything', resourceType: 'Patient', id: patient.id, method: 'GET', input: { _count: 10 } });
  assert.equal(everything.entry.length, 2);
  const expanded = await client.operation({ name: 'expand', resourceType: 'ValueSet', method: 'get', input: { url: 'http://hl7.org/fhir/ValueSet/administrative-gender' } });
  assert.ok(expanded.expansion.contains.some((each) => each.code === 'female'));
});

// ---- fhirclient (SMART) ----

const smart_client = () => smart({ headers: {}, url: '/', socket: {} }, {}, { get() {}, set() {}, unset() {} })
  .client({ serverUrl: base, tokenResponse: { access_token: token, patient: 'sandra' } });

test('fhirclient: its generic calls, references resolved, pages followed, the patient in context', async () => {
  const client = smart_client();
  await client.update(ill({ id: 'sandra', name: [{ family: 'SMART' }], generalPractitioner: [{ reference: 'Practitioner/gp' }] }));
  await client.update({ resourceType: 'Practitioner', id: 'gp', name: [{ family: 'BERNARD' }] });
  assert.equal((await client.patient.read()).name[0].family, 'SMART');
  for (let value = 0; value < 5; ++value) await client.create(weight('sandra', value));

  assert.equal(await client.getFhirVersion(), '4.0.1');
  assert.equal(await client.getFhirRelease(), 4);
  const resolved = await client.request('Patient/sandra', { resolveReferences: ['generalPractitioner.0'] });
  assert.equal(resolved.generalPractitioner[0].name[0].family, 'BERNARD');
  const all = await client.request('Observation?patient=sandra&_sort=date&_count=2', { pageLimit: 0, flat: true });
  assert.deepEqual(all.map((each) => each.valueQuantity.value), [60, 61, 62, 63, 64]);
  const mine = await client.patient.request('Observation', { pageLimit: 0, flat: true });
  assert.equal(mine.length, 5);
  let pages = 0;
  for await (const page of client.pages('Observation?patient=sandra&_count=2')) pages += page.resourceType === 'Bundle';
  assert.equal(pages, 3);
  let count = 0;
  for await (const each of client.resources('Observation?patient=sandra&_count=2', { limit: 4 })) count += each.resourceType === 'Observation';
  assert.equal(count, 4);

  const patched = await client.patch('Patient/sandra', [{ op: 'add', path: '/active', value: true }]);
  assert.equal(patched.active, true);
  const { response } = await client.request({ url: 'Patient/sandra', includeResponse: true });
  assert.equal(response.headers.get('etag'), 'W/"2"');
  const [first] = all;
  await client.delete(`Observation/${first.id}`);
  await assert.rejects(client.request(`Observation/${first.id}`), refused(410));
  await assert.rejects(client.create(ill({ birthDate: '1950-13-01' })), refused(422));
  const stranger = smart({ headers: {}, url: '/', socket: {} }, {}, { get() {}, set() {}, unset() {} }).client({ serverUrl: base });
  await assert.rejects(stranger.request('Patient/sandra'), refused(401));
});

// ---- @medplum/core ----

const medplum = (more = {}) => new MedplumClient({ baseUrl: server.url, fhirUrlPath: 'fhir', accessToken: token, cacheTime: 0, ...more });
const of_medplum = (status) => (problem) => {
  assert.equal(problem.outcome?.resourceType, 'OperationOutcome', problem.message);
  if (status) assert.ok(problem.outcome.issue.length > 0);
  return true;
};

test('@medplum/core: create, read, update, patch, history, delete', async () => {
  const client = medplum();
  const made = await client.createResource(ill({ name: [{ family: 'MED' }] }));
  assert.equal((await client.readResource('Patient', made.id)).name[0].family, 'MED');
  assert.equal((await client.readReference({ reference: `Patient/${made.id}` })).id, made.id);
  const updated = await client.updateResource({ ...made, active: true });
  assert.equal(updated.meta.versionId, '2');
  assert.equal((await client.updateResource(updated)).active, true);
  const patched = await client.patchResource('Patient', made.id, [{ op: 'replace', path: '/active', value: false }]);
  assert.equal(patched.active, false);
  assert.ok((await client.readHistory('Patient', made.id)).entry.length >= 3);
  assert.equal((await client.readVersion('Patient', made.id, '1')).active, undefined);
  await client.deleteResource('Patient', made.id);
  await assert.rejects(client.readResource('Patient', made.id), of_medplum(410));
  await assert.rejects(client.createResource(ill({ gender: 'x' })), of_medplum(422));
});

test('@medplum/core: create if none exists, upsert', async () => {
  const client = medplum();
  const identifier = [{ system: 'urn:medplum', value: '7' }];
  const once = await client.createResourceIfNoneExist(ill({ identifier }), 'identifier=urn:medplum|7');
  assert.equal((await client.createResourceIfNoneExist(ill({ identifier }), 'identifier=urn:medplum|7')).id, once.id);
  const changed = await client.upsertResource(ill({ identifier, active: true }), 'identifier=urn:medplum|7');
  assert.deepEqual([changed.id, changed.active], [once.id, true]);
  const made = await client.upsertResource(ill({ identifier: [{ system: 'urn:medplum', value: '8' }] }), { identifier: 'urn:medplum|8' });
  assert.notEqual(made.id, once.id);
});

test('@medplum/core: searches, page by page and as one', async () => {
  const client = medplum();
  const { id } = await client.createResource(ill());
  for (let value = 0; value < 5; ++value) await client.createResource(weight(id, value));
  const query = { subject: `Patient/${id}`, _sort: 'date', _count: 2 };
  assert.equal((await client.search('Observation', query)).entry.length, 2);
  assert.equal((await client.searchOne('Observation', { subject: `Patient/${id}`, _sort: '-date' })).valueQuantity.value, 64);
  assert.equal((await client.searchResources('Observation', `subject=Patient/${id}`)).length, 5);
  const pages = [];
  for await (const page of client.searchResourcePages('Observation', query)) pages.push(page.map((each) => each.valueQuantity.value));
  assert.deepEqual(pages, [[60, 61], [62, 63], [64]]);
  assert.equal((await client.readPatientEverything(id)).entry.length, 6);
  const expanded = await client.valueSetExpand({ url: 'http://hl7.org/fhir/ValueSet/administrative-gender', filter: 'fem' });
  assert.deepEqual(expanded.expansion.contains.map((each) => each.code), ['female']);
});

test('@medplum/core: batches of its own making and of ours, validation', async () => {
  const client = medplum();
  const done = await client.executeBatch({ resourceType: 'Bundle', type: 'batch', entry: [
    { resource: ill({ id: 'batched' }), request: { method: 'PUT', url: 'Patient/batched' } },
    { request: { method: 'GET', url: 'Patient/batched' } },
  ] });
  assert.deepEqual(done.entry.map((each) => each.response.status.slice(0, 3)), ['201', '200']);
  assert.equal((await client.validateResource(ill())).resourceType, 'OperationOutcome');
  // Requests that are made together go as one batch.
  const gathering = medplum({ autoBatchTime: 20 });
  const both = await Promise.all(['batched', 'batched', 'nobody'].map((each) =>
    gathering.readResource('Patient', each).then((found) => found.id, (problem) => problem.outcome.issue[0].code)));
  assert.deepEqual(both, ['batched', 'batched', 'not-found']);
});

test('@medplum/core: binaries, attachments, comments, bulk export', async () => {
  const client = medplum();
  const { id } = await client.createResource(ill());
  const binary = await client.createBinary({ data: 'six words of a letter home', contentType: 'text/plain', filename: 'letter.txt', securityContext: { reference: `Patient/${id}` } });
  assert.equal(binary.resourceType, 'Binary');
  const content = await client.download(`${base}/Binary/${binary.id}`, { headers: { accept: 'text/plain' } });
  assert.equal(await content.text(), 'six words of a letter home');
  const attachment = await client.createAttachment({ data: new Uint8Array([1, 2, 3]), contentType: 'application/octet-stream' });
  assert.equal(attachment.contentType, 'application/octet-stream');

  const manifest = await client.bulkExport('Patient', 'Patient', undefined, { pollStatusOnAccepted: true, pollStatusPeriod: 100 });
  const file = manifest.output.find((each) => each.type === 'Patient');
  const lines = (await (await client.download(file.url)).text()).trim().split('\n').map((line) => JSON.parse(line));
  assert.ok(lines.some((each) => each.id === id));
});
