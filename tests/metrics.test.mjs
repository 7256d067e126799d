// What monitors read: the form is Prometheus's, the numbers move with what happens, and nobody
// learns them who should not.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { enrol, patient } from './lib/covid.mjs';
import { read_exposition } from './lib/exposition.mjs';
import { add_accounts, command, people, start, temporary, until } from './lib/server.mjs';

const opening = '2020-03-26T09:00:00Z';
const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };

async function metrics(client) {
  const answer = await client.get('/metrics');
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  return read_exposition(answer.text);
}

test('metrics: every family has its form, and the numbers follow what happens', async (t) => {
  const server = await start({ t, clock: opening });
  const [admin, system] = [await server.login('admin'), await server.login('system')];
  const before = await metrics(admin);
  assert.equal(before.value('passerelle_build_info'), 1);
  assert.equal(before.value('passerelle_store_writable'), 1);

  for (let at = 0; at < 5; ++at) await system.must('POST', '/fhir/Observation', observation);
  await system.must('PUT', '/fhir/Observation/one', { ...observation, id: 'one' });
  for (let at = 0; at < 7; ++at) await system.must('GET', '/fhir/Observation/one');
  assert.equal((await system.get('/fhir/Observation/none')).status, 404);
  assert.equal((await system.get('/fhir/Observation?cod=x')).status, 400);
  await system.must('GET', '/fhir/Observation?status=final');
  assert.equal((await server.nobody.get('/nowhere')).status, 404);
  await enrol(await server.login('bernard'), patient());
  const now = await metrics(admin);

  const grown = (name, labels, suffix) => now.value(name, labels, suffix) - before.value(name, labels, suffix);
  const requests = (interaction, status) => grown('passerelle_http_requests_total', { door: 'fhir', interaction, status });
  assert.deepEqual([requests('create', '2xx'), requests('update', '2xx'), requests('read', '2xx'), requests('read', '4xx'),
    requests('search-type', '4xx'), requests('search-type', '2xx')], [5, 1, 7, 1, 1, 1]);
  assert.equal(grown('passerelle_http_request_seconds', { interaction: 'create' }, '_count'), 5);
  assert.ok(grown('passerelle_http_request_seconds', { interaction: 'create' }, '_sum') > 0);
  assert.equal(grown('passerelle_http_requests_total', { interaction: 'POST /api/cases', status: '2xx' }), 1);
  assert.equal(now.value('passerelle_cases_open'), 1);
  assert.ok(now.value('passerelle_timers') > 0);
  assert.equal(now.value('passerelle_timers_due'), 0);
  assert.ok(grown('passerelle_store_transactions_total') >= 6);
  assert.ok(grown('passerelle_store_commit_seconds', {}, '_count') >= 6);
  assert.equal(now.value('passerelle_store_group_transactions', {}, '_count'), now.value('passerelle_store_commit_seconds', {}, '_count'));
  assert.ok(grown('passerelle_store_versions') >= 6);
  assert.ok(now.value('passerelle_store_file_bytes') > 10_000);
  assert.ok(now.value('process_resident_memory_bytes') > 1_000_000);
  assert.ok(now.value('process_open_fds') > 5 && now.value('process_max_fds') >= now.value('process_open_fds'));
  assert.ok(now.value('process_cpu_seconds_total') > 0);
  assert.ok(Math.abs(now.value('process_start_time_seconds') - Date.now() / 1000) < 600);
  await until('an answer that counts itself alone', async () => (await metrics(admin)).value('passerelle_http_requests_in_progress') === 1);
  assert.ok(now.value('passerelle_http_connections') >= 1);
});

test('metrics: what was refused at the door, and who holds connections open, is counted', async (t) => {
  const server = await start({ t, clock: opening });
  const admin = await server.login('admin');
  const { hostname, port } = new URL(server.url);
  const idle = await Promise.all(Array.from({ length: 20 }, async () => {
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return socket;
  }));
  const refused = connect(Number(port), hostname, () => refused.write('POST /fhir HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n'));
  const [answer] = await once(refused, 'data');
  assert.match(String(answer), /^HTTP\/1.1 413/);
  const now = await metrics(admin);
  assert.equal(now.value('passerelle_http_refused_total', { status: '413' }), 1);
  assert.ok(now.value('passerelle_http_connections') >= 20);
  for (const socket of [...idle, refused]) socket.destroy();
  await until('the connections to be gone', async () => (await metrics(admin)).value('passerelle_http_connections') < 10);
});

test('metrics: a subscription whose endpoint is down falls behind, and catches up', async (t) => {
  let status = 500;
  const endpoint = createServer((request, response) => {
    request.resume();
    response.writeHead(status).end();
  }).listen(0, '127.0.0.1');
  await once(endpoint, 'listening');
  t.after(() => endpoint.close());
  const hook = `http://127.0.0.1:${endpoint.address().port}/hook`;
  const server = await start({ t, hooks: [hook] });
  const [admin, system] = [await server.login('admin'), await server.login('system')];
  await system.must('PUT', '/fhir/Subscription/lab', {
    resourceType: 'Subscription', id: 'lab', status: 'requested', reason: 'r', criteria: 'Observation?status=final',
    channel: { type: 'rest-hook', endpoint: hook },
  });
  await until('it to be active', async () => (await metrics(admin)).value('passerelle_subscriptions', { status: 'active' }) === 1);
  await system.must('POST', '/fhir/Observation', observation);
  await system.must('POST', '/fhir/Observation', observation);
  await until('it to fall behind', async () => {
    const now = await metrics(admin);
    return now.value('passerelle_subscription_behind_changes', { subscription: 'lab' }) >= 2 &&
      now.value('passerelle_subscription_failed_attempts', { subscription: 'lab' }) >= 1 &&
      now.value('passerelle_subscriptions', { status: 'error' }) === 1;
  });
  status = 200;
  await until('it to catch up', async () => {
    const now = await metrics(admin);
    return now.value('passerelle_subscription_behind_changes', { subscription: 'lab' }) === 0 && now.value('passerelle_subscriptions', { status: 'active' }) === 1;
  });
});

test('metrics are for administrators and monitors; a monitor reads nothing else', async (t) => {
  const folder = temporary(t);
  const data = `${folder}/data.db`;
  await add_accounts(data, [...people, { account: 'watch', name: 'Watch', roles: ['monitor'], language: 'en' }]);
  const made = await command(['account', 'token', 'watch', '--data', data, '--days', '2']);
  assert.equal(made.code, 0, made.err);
  const server = await start({ t, folder, data });
  await server.login('system');
  server.nobody.token = made.out.trim();
  await metrics(server.nobody);
  assert.equal((await server.nobody.get('/api/me')).json.account, 'watch');
  for (const path of ['/fhir/Patient', '/fhir/Patient/x', '/api/worklist', '/api/cases', '/api/outbox', '/api/audit?at=2020-03', '/api/subscriptions'])
    assert.equal((await server.nobody.get(path)).status, 403, path);
  assert.equal((await server.nobody.post('/api/accounts/watch/token', { days: 1 })).status, 403);
  assert.equal((await (await server.login('claire')).get('/metrics')).status, 403);
  assert.equal((await (await server.login('system')).get('/metrics')).status, 403);

  const admin = await server.login('admin');
  const issued = await admin.must('POST', '/api/accounts/watch/token', { days: 30 });
  const second = Object.assign(Object.create(Object.getPrototypeOf(server.nobody)), { url: server.url, token: issued.token });
  await metrics(second);
  assert.equal((await second.post('/api/logout', {})).status, 200);
  assert.equal((await second.ask_once('GET', '/metrics', undefined, {})).status, 401, 'whoever has a token can end it');
  for (const days of [0, -1, 4000, 'x', 1.5]) assert.equal((await admin.post('/api/accounts/watch/token', { days })).status, 400);
  assert.equal((await admin.post('/api/accounts/nobody/token', { days: 1 })).status, 404);
  server.nobody.token = '';
  assert.equal((await server.nobody.get('/metrics')).status, 401);
});
