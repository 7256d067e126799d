// Messages leave by real peers on loopback: a mail server (aiosmtpd) and an SMS centre (Kannel with
// its fake SMS centre). Delivery is retried, never doubled; what cannot be delivered becomes work.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as create_socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { enrol, patient, worklist } from './lib/covid.mjs';
import { covid_home, start, temporary, until } from './lib/server.mjs';

const opening = '2020-03-26T09:00:00Z';
const morning = '2020-03-27T08:00:00Z';
const phone = '+33600000001';
// Debian's own, whatever other Python stands before it: that is where its packages are.
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const fakesmsc = '/usr/lib/kannel/test/fakesmsc';

async function free_port() {
  const server = create_socket();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
async function listens(port, seconds = 15) {
  for (let turn = 0; turn < seconds * 20; ++turn) {
    const open = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on port ${port}`);
}
function background(t, program, args, options = {}) {
  // fakesmsc ends with its standard input, so that one stays open.
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  child.said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { child.said += chunk; });
  t.after(() => { child.kill('SIGKILL'); });
  return child;
}

// covid-home with mail instead of text messages.
function by_mail(folder) {
  const copy = join(folder, 'covid-home');
  cpSync(covid_home, copy, { recursive: true });
  const change = (file, ...edits) => {
    let text = readFileSync(join(copy, file), 'utf8');
    for (const [from, to] of edits) {
      const changed = text.replaceAll(from, to);
      assert.notEqual(changed, text, `${file} holds ${from}`);
      text = changed;
    }
    writeFileSync(join(copy, file), text);
  };
  change('triage.dmn', ['"web"', '"mail"']);
  change('organisation.yaml', ['  web:\n', '  mail:\n']);
  if (readFileSync(join(copy, 'cohort.yaml'), 'utf8').includes('web')) change('cohort.yaml', [/\bweb\b/g, 'mail']);
  change('cases.yaml', ['channel: web', 'channel: mail']);
  return copy;
}

test('a mail leaves by SMTP: to the patient\'s address, once, in UTF-8, with the link', async (t) => {
  if (spawnSync(python, ['-c', 'import aiosmtpd']).status !== 0) return t.skip('skipped: python3-aiosmtpd is not installed');
  const folder = temporary(t);
  const port = await free_port();
  const box = join(folder, 'box');
  background(t, python, ['-m', 'aiosmtpd', '-n', '-l', `127.0.0.1:${port}`, '-c', 'aiosmtpd.handlers.Mailbox', box]);
  await listens(port);
  const gateways = join(folder, 'gateways.yaml');
  writeFileSync(gateways, `gateways:\n  post: {smtp: {url: "smtp://127.0.0.1:${port}", from: "suivi@centre.example"}}\nroutes:\n  mail: post\n`);
  const server = await start({ t, folder, clock: opening, packages: [by_mail(folder)], gateways });
  const who = patient({ phone });
  who.telecom.push({ system: 'email', value: 'jean@example.org' });
  await enrol(await server.login('bernard'), who);
  await server.move_to(morning);
  const mails = () => (existsSync(join(box, 'new')) ? readdirSync(join(box, 'new')) : []);
  await until('the mail', () => mails().length > 0);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(mails().length, 1);
  const text = readFileSync(join(box, 'new', mails()[0]), 'utf8');
  assert.match(text, /^X-RcptTo: jean@example\.org/mi);
  assert.match(text, /^From: .*suivi@centre\.example/mi);
  assert.match(text, /^Message-ID: <.+@.+>/mi);
  assert.match(text, /charset="?utf-8"?/i);
  const encoded = text.split(/\r?\n\r?\n/).slice(1).join('\n\n');
  const body = /^Content-Transfer-Encoding: base64/mi.test(text) ? Buffer.from(encoded, 'base64').toString('utf8')
    : encoded.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  const [, path] = /https?:\/\/[^\s/]+(\/f\/\S+)/.exec(body);
  assert.equal((await server.nobody.get(path)).status, 200, 'the link opens the form');
});

test('an SMS leaves by Kannel: the number and the whole text arrive at the SMS centre, once', async (t) => {
  if (!existsSync(fakesmsc) || spawnSync('bearerbox', ['--version']).error) return t.skip('skipped: kannel and kannel-extras are not installed');
  const folder = temporary(t);
  const [admin_port, box_port, smsc_port, send_port] = [await free_port(), await free_port(), await free_port(), await free_port()];
  const spool = join(folder, 'spool');
  mkdirSync(spool);
  const configuration = join(folder, 'kannel.conf');
  writeFileSync(configuration, `
group = core
admin-port = ${admin_port}
admin-interface = 127.0.0.1
admin-password = not-secret
smsbox-port = ${box_port}
smsbox-interface = 127.0.0.1
box-allow-ip = 127.0.0.1
log-level = 1
store-type = spool
store-location = ${spool}

group = smsc
smsc = fake
smsc-id = FAKE
port = ${smsc_port}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = ${send_port}
sendsms-interface = 127.0.0.1
log-level = 1

group = sendsms-user
username = passerelle
password = secret-of-the-test
max-messages = 10
default-sender = 38100
concatenation = true
`);
  const bearer = background(t, 'bearerbox', [configuration]);
  await listens(box_port).catch((problem) => { throw new Error(`${problem.message}\n${bearer.said}`); });
  await listens(smsc_port);
  const centre = background(t, fakesmsc, ['-H', '127.0.0.1', '-r', String(smsc_port)]);
  background(t, 'smsbox', [configuration]);
  await listens(send_port);
  const gateways = join(folder, 'gateways.yaml');
  writeFileSync(gateways, `gateways:
  kannel:
    http:
      url: "http://127.0.0.1:${send_port}/cgi-bin/sendsms?username=passerelle&password=secret-of-the-test&charset=UTF-8&coding=2&to={to}&text={text}"
routes: {web: kannel}
`);
  const server = await start({ t, folder, clock: opening, gateways });
  await enrol(await server.login('bernard'), patient({ phone }));
  await server.move_to(morning);
  const arrived = () => centre.said.split('\n').filter((line) => /got message/i.test(line));
  await until('the SMS', () => arrived().length > 0).catch((problem) => { throw new Error(`${problem.message}\n${centre.said}\n${server.errors()}`); });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  // "<from to ucs-2 text>", in as many parts as the text needs; the text is percent-encoded UTF-16.
  const text = arrived().map((line) => /<(.*)>/.exec(line)[1].split(' ').at(-1)).join('')
    .replaceAll('+', ' ').replace(/%([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))).replaceAll('\0', '');
  assert.match(arrived()[0], /33600000001/);
  const [sent] = [...text.matchAll(/http:\/\/127\.0\.0\.1:\d+(\/f\/[A-Za-z0-9_-]+)/g)];
  assert.ok(sent, `the link arrives whole: ${text}`);
  assert.match(text, /15/, 'and what to do in an emergency');
  assert.equal((await server.nobody.get(sent[1])).status, 200, 'it opens the form');
  assert.equal(text.match(/\/f\//g).length, 1, 'once');
});

// A provider that does as it is told: the test's own, for what Kannel cannot be made to do.
async function provider(t, answer) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    answer(request, response, asked.length);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => { server.closeAllConnections?.(); server.close(); });
  return { asked, url: `http://127.0.0.1:${server.address().port}/send?id={id}&to={to}&text={text}` };
}
async function with_provider(t, answer) {
  const folder = temporary(t);
  const peer = await provider(t, answer);
  const gateways = join(folder, 'gateways.yaml');
  writeFileSync(gateways, `gateways:\n  sms: {http: {url: "${peer.url}", timeout_seconds: 2}}\nroutes: {web: sms}\n`);
  const server = await start({ t, folder, clock: opening, gateways });
  await enrol(await server.login('bernard'), patient({ phone }));
  await server.move_to(morning);
  return { peer, server };
}

test('a provider that is busy is asked again later, and gets the message once', async (t) => {
  const { peer, server } = await with_provider(t, (request, response, times) => {
    response.writeHead(times < 3 ? 503 : 202).end();
  });
  await until('the first attempt', () => peer.asked.length >= 1);
  for (let turn = 0; turn < 6 && peer.asked.length < 3; ++turn) {
    await server.advance('PT10M');
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await until('the third attempt', () => peer.asked.length >= 3);
  await server.advance('PT30M');
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal(peer.asked.length, 3, 'after it was taken nobody asks again');
  assert.equal(new Set(peer.asked.map((url) => new URL(url, 'http://x').searchParams.get('id'))).size, 1, 'the id is the same each time');
});

test('a message that is refused becomes work for somebody, with the reason', async (t) => {
  const { peer, server } = await with_provider(t, (request, response) => response.writeHead(400).end('unknown number'));
  await until('the attempt', () => peer.asked.length >= 1);
  const who = [await server.login('nadia'), await server.login('claire')];
  const work = await until('work for somebody', async () => {
    for (const client of who) {
      const found = (await worklist(client)).find((each) => each.activity === 'invite');
      if (found) return found;
    }
    return undefined;
  });
  assert.match(JSON.stringify(work), /400|refus/i);
  await server.advance('PT1H');
  assert.equal(peer.asked.length, 1, 'what was refused is not sent again');
});

test('a provider that hangs up in the middle is not asked again: a person looks', async (t) => {
  const { peer, server } = await with_provider(t, (request) => request.socket.destroy());
  await until('the attempt', () => peer.asked.length >= 1);
  const nadia = await server.login('nadia');
  const claire = await server.login('claire');
  await until('work for somebody', async () => [...await worklist(nadia), ...await worklist(claire)].find((each) => each.activity === 'invite'));
  await server.advance('PT1H');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(peer.asked.length, 1);
});
