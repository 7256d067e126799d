// `./dev demo`: a demo territory served on http://127.0.0.1:8080: people who can log in, forty
// patients followed at home for days, alerts that wait. `--once` walks the four verbs without a
// browser and ends. `--fresh` makes the territory anew, `--port N` serves elsewhere.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { binary, covid_home, password, people, root, start } from '../tests/lib/server.mjs';
import { walk } from './demo-once.mjs';
import { make_territory } from './demo-territory.mjs';

const folder = join(root, 'build/demo');
const stamp = join(folder, 'stamp.json');
const arguments_ = process.argv.slice(2);
const known = new Set(['--once', '--fresh', '--port']);
const port_at = arguments_.indexOf('--port');
const port = port_at >= 0 ? Number(arguments_[port_at + 1]) : 8080;
const unknown = arguments_.find((each, at) => !known.has(each) && !(port_at >= 0 && at === port_at + 1));
if (unknown !== undefined || !Number.isInteger(port)) {
  console.error(`demo: '${unknown ?? arguments_[port_at + 1]}' is no option; there are --once, --fresh, --port N`);
  process.exit(2);
}
if (!existsSync(binary)) {
  console.error(`demo: ${binary} is missing: run ./dev build`);
  process.exit(3);
}

// A territory that stood still for hours would wake up to a heap of overdue work; and patients are
// followed by the package they were enrolled with, so that a changed one begins anew.
const still_good_ms = 6 * 3_600_000;
function usable() {
  if (arguments_.includes('--fresh') || !existsSync(stamp)) return false;
  const { at, content, port: served } = JSON.parse(readFileSync(stamp, 'utf8'));
  return Date.now() - Date.parse(at) < still_good_ms && content === package_content() && served === port;
}
function package_content() {
  const hash = createHash('sha256');
  for (const name of readdirSync(covid_home, { recursive: true }).sort()) {
    const path = join(covid_home, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path));
  }
  return hash.digest('hex');
}

const who = {
  bernard: 'enrols patients', lucie: 'enrols patients', claire: 'calls back simple alerts, in French',
  sam: 'the same, in English', martin: 'calls back urgent alerts', nadia: 'gets what went wrong',
  admin: 'everything, and the state of the server',
};

function tell(url) {
  const names = people.filter(({ account }) => who[account]);
  console.log(`
Passerelle serves a demo territory: ${url}   (everybody in it is made up)

  Log in as                        password ${password}
${names.map(({ account, name }) => `    ${account.padEnd(8)} ${name.padEnd(20)} ${who[account]}`).join('\n')}

  Try this
    1. Log in as martin: an urgent alert waits. Open it (it is yours now), look at the answers over
       the days, write down what the call brought.
    2. Log in as claire or sam: simple alerts, sorted by deadline. Everything works by keyboard.
    3. Open ${url}/phone : the messages on patients' phones. Click a link, answer as
       the patient would, with 39.5 °C: the alert appears in the worklist.
    4. Log in as bernard: enrol a patient. Under Pathway: where everybody stands.
    5. Under Rehearse: "two nurses fewer" against the package as written. Under Review: what
       happened, beside what was promised.

  It advises and records; it is not a medical device. Ctrl-C stops it; the data stay in build/demo.`);
}

if (arguments_.includes('--once')) {
  process.exit(await walk());
}

if (!usable()) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const began = Date.now();
  await make_territory(folder, port, (text) => process.stdout.write(process.stdout.isTTY ? `\r\u001b[K${text}` : `${text}\n`));
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  console.log(`Made the demo territory in ${Math.round((Date.now() - began) / 1000)} s`);
  writeFileSync(stamp, JSON.stringify({ at: new Date().toISOString(), content: package_content(), port }));
}
let server;
try {
  server = await start({ folder, data: join(folder, 'demo.db'), port });
} catch (problem) {
  console.error(`demo: ${problem.message.trim()}\nIs another demo running? --port N serves elsewhere.`);
  process.exit(3);
}
tell(server.url);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, async () => process.exit(await server.stop()));
server.child.on('exit', (code) => process.exit(code ?? 3));
