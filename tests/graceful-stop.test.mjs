// SIGTERM under load: whatever the server has read is done and answered, whole; what it has not
// read is not done. A client whose idle connection is cut may send again and does nothing twice.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, start, temporary } from './lib/server.mjs';

const clients = 24;
const rounds = 4;

// One keep-alive connection. ask() gives {status, body}, or what came when the connection ended
// before an answer was whole: {cut: bytes received}.
class Connection {
  constructor(port) {
    this.socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    this.received = Buffer.alloc(0);
    this.ended = false;
    this.wake = () => {};
    this.socket.on('data', (bytes) => { this.received = Buffer.concat([this.received, bytes]); this.wake(); });
    for (const event of ['end', 'error', 'close']) this.socket.on(event, () => { this.ended = true; this.wake(); });
  }

  async ask(text) {
    this.received = Buffer.alloc(0);
    if (!this.ended) this.socket.write(text);
    for (;;) {
      const answer = this.whole();
      if (answer) return answer;
      if (this.ended) return { cut: this.received.length };
      await new Promise((resolve) => { this.wake = resolve; });
    }
  }

  whole() {
    const end = this.received.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.received.subarray(0, end).toString();
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    if (this.received.length < end + 4 + length) return undefined;
    return {
      status: Number(head.slice(9, 12)),
      closes: /^connection: close/im.test(head),
      body: this.received.subarray(end + 4, end + 4 + length).toString(),
    };
  }

  close() { this.socket.destroy(); }
}

const request = (token, method, path, body = '') =>
  `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n` +
  `Content-Type: application/fhir+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const observation = (id) => JSON.stringify({
  resourceType: 'Observation', id, status: 'final', code: { text: 'pulse' },
  subject: { reference: 'Patient/p' }, valueQuantity: { value: 70 },
});

// Writes and reads, some small and some that take long, until the server goes away.
async function work_on(port, token, name, seen) {
  const connection = new Connection(port);
  for (let n = 0; ; ++n) {
    const ids = [`${name}-${n}`];
    const kind = n % 5;
    if (kind === 3) for (let more = 1; more < 100; ++more) ids.push(`${name}-${n}-${more}`);
    const bundle = () => JSON.stringify({
      resourceType: 'Bundle', type: 'transaction',
      entry: ids.map((id) => ({ resource: JSON.parse(observation(id)), request: { method: 'PUT', url: `Observation/${id}` } })),
    });
    const [method, path, body] = kind === 4 ? ['GET', '/fhir/Observation?subject=Patient/p&_sort=-_lastUpdated&_count=200']
      : kind === 3 ? ['POST', '/fhir', bundle()]
        : ['PUT', `/fhir/Observation/${ids[0]}`, observation(ids[0])];
    const answer = await connection.ask(request(token, method, path, body));
    if (answer.cut !== undefined) {
      if (method !== 'GET') seen.unanswered.push(...ids);
      seen.cut.push(answer.cut);
      break;
    }
    seen.answers.push(answer.status);
    if (answer.status === 503) {
      if (method !== 'GET') seen.unanswered.push(...ids);
      break;
    }
    assert.ok([200, 201].includes(answer.status), `${method} ${path}: ${answer.status} ${answer.body.slice(0, 300)}`);
    JSON.parse(answer.body || '{}');
    if (method !== 'GET') seen.done.push(...ids);
    if (answer.closes) {
      seen.told += 1;
      break;
    }
  }
  connection.close();
}

test('SIGTERM under load: what was read is answered and kept, what was not is not done', async (t) => {
  const folder = temporary(t);
  const options = { t, folder, data: join(folder, 'data.db') };
  let told = 0;
  for (let round = 0; round < rounds; ++round) {
    const server = await start(options);
    const system = await server.login('system');
    if (round === 0) await system.must('PUT', '/fhir/Patient/p', { resourceType: 'Patient', id: 'p' });
    const port = Number(new URL(server.url).port);
    const seen = { answers: [], done: [], unanswered: [], cut: [], told: 0 };
    const at_work = Array.from({ length: clients }, (_, index) => work_on(port, system.token, `r${round}c${index}`, seen));
    await new Promise((resolve) => setTimeout(resolve, 400 + 170 * round));
    assert.ok(seen.answers.length > clients, 'it is under load');
    const began = Date.now();
    const ended = once(server.child, 'exit');
    server.child.kill('SIGTERM');
    const [code, signal] = await ended;
    assert.deepEqual([code, signal], [0, null], server.errors());
    assert.ok(Date.now() - began < 20_000, 'nobody was waited for in vain');
    await Promise.all(at_work);
    assert.ok(seen.cut.every((bytes) => bytes === 0), `an answer was cut off: ${seen.cut}`);
    told += seen.told;

    const again = await start(options);
    const reader = await again.login('system');
    const kept = new Set();
    const ids = [...seen.done, ...seen.unanswered].values();
    await Promise.all(Array.from({ length: 16 }, async () => {
      for (const id of ids) {
        const { status } = await reader.get(`/fhir/Observation/${id}`);
        assert.ok([200, 404].includes(status), `${id}: ${status}`);
        if (status === 200) kept.add(id);
      }
    }));
    for (const id of seen.done) assert.ok(kept.has(id), `${id} was acknowledged and is lost`);
    for (const id of seen.unanswered) assert.ok(!kept.has(id), `${id} was done, and nobody was told`);
    assert.equal(await again.stop(), 0);
  }
  assert.ok(told > 0, 'those who were answered last were told that the connection ends');
  assert.match((await command(['store', 'check', '--data', options.data])).out, /every invariant holds/);
});
