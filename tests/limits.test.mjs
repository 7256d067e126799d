// Each limit of docs/fhir.md has its status and says, in an OperationOutcome, what was too much.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { start } from './lib/server.mjs';

const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
let server, system;
const hooks = [];
before(async () => {
  server = await start({ t: { after: (hook) => hooks.push(hook) } });
  system = await server.login('system');
});
after(async () => { for (const hook of hooks.reverse()) await hook(); });

function outcome(answer, status, says) {
  assert.equal(answer.status, status, answer.text.slice(0, 400));
  assert.equal(answer.json?.resourceType, 'OperationOutcome', answer.text.slice(0, 400));
  const [issue] = answer.json.issue;
  assert.equal(issue.severity, 'error');
  assert.match(issue.diagnostics, says);
  return issue;
}

// Bytes as they are; what came until the peer closed or nothing more came.
function raw(text, { wait = 5000 } = {}) {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(text));
    socket.setTimeout(wait, () => socket.destroy());
    socket.on('data', (chunk) => { answer += chunk; });
    socket.on('error', () => {});
    socket.on('close', () => {
      const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
      let json;
      try { json = JSON.parse(body); } catch { json = undefined; }
      resolve({ status: Number(/^HTTP\/1\.\d (\d+)/.exec(answer)?.[1] ?? 0), text: answer, json });
    });
  });
}
const request = (line, headers = '') => `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${system.token}\r\n${headers}\r\n`;

test('the header: 431', async () => {
  outcome(await raw(request('GET /fhir/Patient', `X-Long: ${'a'.repeat(20_000)}\r\n`)), 431, /header is larger/);
  outcome(await raw(request(`GET /fhir/Patient?name=${'a'.repeat(20_000)}`)), 431, /header is larger/);
});

test('the body: 413, whether its length is told or not, and the connection is not read on', async () => {
  outcome(await raw(request('POST /fhir/Patient', 'Content-Length: 40000000\r\n')), 413, /larger than this server takes/);
  const chunk = `100000\r\n${'a'.repeat(1 << 20)}\r\n`;
  outcome(await raw(request('POST /fhir/Patient', 'Transfer-Encoding: chunked\r\n') + chunk.repeat(34)), 413, /larger than this server takes/);
  const stranger = 'POST /fhir/Patient HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000\r\n\r\n';
  outcome(await raw(stranger), 413, /nobody is logged in/);
});

test('nesting: 413, in JSON and in XML', async () => {
  const deep = `{"resourceType":"Observation","extension":${'[{"extension":'.repeat(80)}[]${'}]'.repeat(80)}}`;
  outcome(await system.post('/fhir/Observation', deep, { 'content-type': 'application/fhir+json' }), 413, /nested|deep/i);
  const xml = `<Patient xmlns="http://hl7.org/fhir">${'<extension>'.repeat(300)}${'</extension>'.repeat(300)}</Patient>`;
  outcome(await system.post('/fhir/Patient', xml, { 'content-type': 'application/fhir+xml', accept: 'application/fhir+json' }), 413, /100 elements inside each other/);
});

test('parameters, alternatives, chains and filters: 413', async () => {
  const many = Array.from({ length: 300 }, (_, at) => `_id=${at}`).join('&');
  outcome(await system.get(`/fhir/Patient?${many}`), 413, /200 parameters/);
  outcome(await system.post('/fhir/Patient/_search', `_id=${'a,'.repeat(5000)}a`, form), 413, /1000/);
  outcome(await system.get(`/fhir/Observation?subject:Patient.${'link:Patient.'.repeat(9)}name=x`), 413, /8 steps/);
  const nested = `${'('.repeat(60)}name eq "x"${')'.repeat(60)}`;
  const filtered = await system.get(`/fhir/Patient?_filter=${encodeURIComponent(nested)}`);
  assert.ok([400, 413].includes(filtered.status), filtered.text);
  assert.match(filtered.text, /nested too deeply/);
  // A form of a million values costs no more than its reading.
  outcome(await system.post('/fhir/Patient/_search', `_id=${'a,'.repeat(1_000_000)}a`, form), 413, /1000/);
  outcome(await system.post('/fhir/Patient/_search', '_id=a&'.repeat(1_000_000), form), 413, /200 parameters/);
});

test('a page has 1,000 entries at most, and no negative number', async () => {
  for (let turn = 0; turn < 3; ++turn) {
    const entry = Array.from({ length: 400 }, () => ({ resource: observation, request: { method: 'POST', url: 'Observation' } }));
    await system.must('POST', '/fhir', { resourceType: 'Bundle', type: 'batch', entry });
  }
  const page = await system.must('GET', '/fhir/Observation?_count=100000');
  assert.equal(page.entry.length, 1000);
  assert.ok(page.link.some((each) => each.relation === 'next'));
  assert.equal((await system.must('GET', '/fhir/Observation/_history?_count=100000')).entry.length, 1000);
  outcome(await system.get('/fhir/Observation?_count=-1'), 400, /_count|-1/);
  outcome(await system.get('/fhir/Observation?_cursor=nonsense'), 400, /_cursor|cursor|page/i);
  const large = await system.get('/fhir/ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/administrative-gender&count=100000');
  assert.ok(large.status === 200 || large.status === 400, large.text);
});

test('many connections that say nothing, or little, leave room for others', async () => {
  const { hostname, port } = new URL(server.url);
  const beginnings = ['', 'GET /fhir/Pat', request('POST /fhir/Patient', 'Content-Length: 1000\r\n') + '{', request('POST /fhir/Patient', 'Transfer-Encoding: chunked\r\n') + '3\r\n{'];
  const sockets = Array.from({ length: 400 }, (_, at) => connect(Number(port), hostname, function () { this.write(beginnings[at % beginnings.length]); }));
  for (const socket of sockets) socket.on('error', () => {});
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let turn = 0; turn < 20; ++turn) assert.equal((await system.post('/fhir/Observation', observation)).status, 201);
  for (const socket of sockets) socket.destroy();
});

test('peers that ask for much and read nothing hold no worker', async () => {
  await system.must('PUT', '/fhir/Binary/large', { resourceType: 'Binary', id: 'large', contentType: 'text/plain', data: Buffer.alloc(12 << 20, 'x').toString('base64') });
  const { hostname, port } = new URL(server.url);
  const sockets = Array.from({ length: 60 }, () => {
    const socket = connect(Number(port), hostname, () => socket.write(request('GET /fhir/Binary/large', 'Accept: text/plain\r\n')));
    socket.on('error', () => {});
    socket.pause();
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  for (let turn = 0; turn < 20; ++turn) assert.equal((await system.post('/fhir/Observation', observation)).status, 201);
  for (const socket of sockets) socket.destroy();
});
