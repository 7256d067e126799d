// A server of one's own for a test or the demo: the real binary on a free port, with data in a
// temporary folder, a clock that is moved by hand, and messages that land in a folder.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
export const binary = process.env.PASSERELLE_BINARY ?? join(root, 'build/release/passerelle');
export const covid_home = join(root, 'pathways/covid-home');
export const password = 'passerelle-demo';

// People of the covid-home pathway, and who looks after the server. Made up.
export const people = [
  { account: 'bernard', name: 'Dr Hélène Bernard', roles: ['prescriber'], language: 'fr' },
  { account: 'lucie', name: 'Lucie Moreau', roles: ['delegate'], language: 'fr' },
  { account: 'claire', name: 'Claire Petit', roles: ['nurse'], language: 'fr' },
  { account: 'sam', name: 'Sam Taylor', roles: ['nurse'], language: 'en' },
  { account: 'martin', name: 'Dr Paul Martin', roles: ['physician', 'physician_oncall'], language: 'fr' },
  { account: 'nadia', name: 'Nadia Benali', roles: ['coordinator'], language: 'fr' },
  { account: 'admin', name: 'Admin', roles: ['admin'], language: 'en' },
  { account: 'system', name: 'Laboratory', roles: ['system'], language: 'en' },
];

// A folder that goes when the test ends.
export function temporary(t) {
  const folder = mkdtempSync(join(tmpdir(), 'passerelle-'));
  t?.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

// Runs the binary to its end: {code, out, err}. `input` is its standard input.
export function command(args, { input, env, cwd, timeout = 600_000 } = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(
      binary,
      args,
      { env: { ...process.env, ...env }, cwd, timeout, maxBuffer: 256 << 20 },
      (error, out, err) => {
        if (error && typeof error.code !== 'number') reject(new Error(`${binary}: ${error.message}\n${err}`));
        else resolve({ code: error ? error.code : 0, out, err });
      },
    );
    if (input !== undefined) child.stdin.end(input);
  });
}

export async function add_accounts(data, accounts) {
  for (const { account, name, roles, language } of accounts) {
    const args = ['account', 'add', account, '--data', data, '--name', name, '--language', language];
    for (const role of roles) args.push('--role', role);
    const { code, err } = await command([...args, '--password-file', '-'], { input: `${password}\n` });
    if (code !== 0) throw new Error(`account add ${account}: ${err}`);
  }
}

// One who is logged in, or nobody.
export class Client {
  constructor(url, credentials) {
    this.url = url;
    this.credentials = credentials;
    this.token = '';
  }

  async login() {
    this.token = '';
    this.token = (await this.must('POST', '/api/login', this.credentials)).token;
    return this;
  }

  // {status, headers, text, json}; json is undefined when the answer is none. A session ends after
  // half a day, which a test clock passes quickly: whoever was logged in logs in again.
  async ask(method, path, body, headers = {}) {
    const answer = await this.ask_once(method, path, body, headers);
    if (answer.status !== 401 || !this.token || headers.authorization) return answer;
    await this.login();
    return this.ask_once(method, path, body, headers);
  }
  async ask_once(method, path, body, headers) {
    const all = { ...headers };
    if (this.token) all.authorization ??= `Bearer ${this.token}`;
    let content = body;
    if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array)) {
      content = JSON.stringify(body);
      all['content-type'] ??= path.startsWith('/fhir') ? 'application/fhir+json' : 'application/json';
    }
    const answer = await fetch(new URL(path, this.url), { method, headers: all, body: content, redirect: 'manual' });
    const text = await answer.text();
    let json;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: answer.status, headers: answer.headers, text, json };
  }
  // The same, and an error unless it succeeded: for the steps that a test only passes through.
  async must(method, path, body, headers) {
    const answer = await this.ask(method, path, body, headers);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text.slice(0, 500)}`);
    return answer.json;
  }
  get(path, headers) { return this.ask('GET', path, undefined, headers); }
  post(path, body, headers) { return this.ask('POST', path, body, headers); }
  put(path, body, headers) { return this.ask('PUT', path, body, headers); }
  delete(path, headers) { return this.ask('DELETE', path, undefined, headers); }

  // A patient's form, as a browser without JavaScript sends it.
  send_form(path, answers, action = 'send') {
    const fields = new URLSearchParams({ ...answers, action });
    const separator = path.includes('?') ? '&' : '?';
    return this.ask('POST', `${path}${separator}all=1&lang=en`, fields.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
  }
}

export class Server {
  constructor(child, url, folder, data, phone) {
    Object.assign(this, { child, url, folder, data, phone, clients: new Map(), delivered: new Map() });
    this.nobody = new Client(url);
  }

  async login(account, secret = password) {
    if (!this.clients.has(account))
      this.clients.set(account, await new Client(this.url, { account, password: secret }).login());
    return this.clients.get(account);
  }

  // Moves the test clock by a duration ("PT4H") or to an instant; what is due on the way happens.
  async advance(duration) {
    return (await this.login('admin')).must('POST', '/api/test-clock', { advance: duration });
  }
  async move_to(instant) {
    return (await this.login('admin')).must('POST', '/api/test-clock', { to: instant });
  }

  // What the gateway has put into patients' phones, in the order in which it was seen here; `to`: of one number.
  messages(to) {
    if (!existsSync(this.phone)) return [];
    for (const name of readdirSync(this.phone)) {
      if (!name.endsWith('.json') || this.delivered.has(name)) continue;
      this.delivered.set(name, JSON.parse(readFileSync(join(this.phone, name), 'utf8')));
    }
    const all = [...this.delivered.values()];
    return to === undefined ? all : all.filter((message) => message.to === to);
  }
  // The latest link in a phone that the patient has not seen yet.
  async link(to, seen = new Set(), { seconds = 10 } = {}) {
    for (let turn = 0; turn < seconds * 50; ++turn) {
      for (const { text } of this.messages(to)) {
        const found = /https?:\/\/\S+?(\/f\/[^\s?]+)/.exec(text);
        if (found && !seen.has(found[1])) return found[1];
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no new link came to ${to} within ${seconds} s`);
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return this.child.exitCode;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const [code] = await ended;
    return code;
  }
  async kill() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }
}

// Waits until `condition` gives something, and gives it.
export async function until(what, condition, seconds = 20) {
  for (let turn = 0; turn < seconds * 20; ++turn) {
    const found = await condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`waited ${seconds} s in vain for ${what}`);
}

// Starts the binary and waits until it listens. With `clock` the time stands still until it is
// moved. `accounts`: made before the start, when the data file is new.
export async function start({
  t, folder = temporary(t), data = join(folder, 'data.db'), packages = [covid_home], clock,
  port = 0, gateways, phone = `${data}.phone`, url, accounts = people, prefix = [], env = {}, hooks = [],
} = {}) {
  if (!existsSync(data)) await add_accounts(data, accounts);
  const args = ['run', ...packages, '--data', data, '--port', String(port), '--phone-folder', phone];
  if (clock) args.push('--test-clock', clock);
  if (gateways) args.push('--gateways', gateways);
  if (url) args.push('--url', url);
  for (const hook of hooks) args.push('--hook', hook);
  const [program, ...before] = [...prefix, binary];
  const child = spawn(program, [...before, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } });
  let errors = '';
  child.stderr.on('data', (chunk) => { errors = (errors + chunk).slice(-20_000); });
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^listening on (\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(Object.assign(new Error(`the server ended (${code ?? signal}): ${errors}`), { code, errors })));
  });
  // A test that fails in between must not leave a server behind.
  t?.after(() => { child.kill('SIGKILL'); });
  const server = new Server(child, await listening, folder, data, phone);
  server.errors = () => errors;
  return server;
}
