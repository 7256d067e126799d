// The examples of docs/api.md and docs/fhir.md do what they say. A block ```http is a request and
// its answer: both as they stand there, where {name} is what the answer gave and later requests
// take, … is anything, and of an answer's object the members that are written must be there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { command, root, start } from './lib/server.mjs';

const opening = '2020-03-26T09:00:00Z';

// [{line, method, path, headers, body, status, expected_headers, expected}]
function examples_of(file) {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [];
  for (const block of text.matchAll(/^```http\n([\s\S]*?)^```$/gm)) {
    const line = text.slice(0, block.index).split('\n').length + 1;
    const at = block[1].search(/^HTTP\/1\.1 /m);
    assert.ok(at > 0, `${file}:${line}: an example has its answer`);
    const [head, ...rest] = block[1].slice(0, at).trimEnd().split('\n\n');
    const [first, ...headers] = head.split('\n');
    const [method, path] = first.split(' ');
    const [answer_head, ...answer] = block[1].slice(at).trimEnd().split('\n\n');
    const [status_line, ...answer_headers] = answer_head.split('\n');
    const pairs = (lines) => Object.fromEntries(lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]));
    found.push({ line: `${file}:${line}`, method, path, headers: pairs(headers), body: rest.join('\n\n'),
      status: Number(status_line.split(' ')[1]), expected_headers: pairs(answer_headers), expected: answer.join('\n\n') });
  }
  return found;
}

const filled = (text, names) => text.replace(/\{([a-z_]+)\}/g, (whole, name) => names.get(name) ?? whole);

// A text with … and {name} against what came; keeps what {name} stood for.
function fits(pattern, came, names, where) {
  const captured = [];
  const form = filled(pattern, names).split(/(…|\{[a-z_]+\})/).map((part) => {
    if (part === '…') return '[\\s\\S]*';
    const name = /^\{([a-z_]+)\}$/.exec(part);
    if (!name) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    captured.push(name[1]);
    return '(.+?)';
  }).join('');
  const found = new RegExp(`^${form}$`).exec(came);
  assert.ok(found, `${where}: ${JSON.stringify(came)} is not ${JSON.stringify(pattern)}`);
  captured.forEach((name, at) => names.set(name, found[at + 1]));
}

function compare(expected, came, names, where) {
  if (expected === '…') return;
  if (typeof expected === 'string' && typeof came === 'string') return fits(expected, came, names, where);
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(came), `${where} is a list: ${JSON.stringify(came)}`);
    const open = expected.at(-1) === '…';
    const items = open ? expected.slice(0, -1) : expected;
    assert.ok(open ? came.length >= items.length : came.length === items.length, `${where} has ${came.length} entries: ${JSON.stringify(came).slice(0, 500)}`);
    items.forEach((item, at) => compare(item, came[at], names, `${where}[${at}]`));
    return;
  }
  if (expected !== null && typeof expected === 'object') {
    assert.ok(came !== null && typeof came === 'object', `${where} is an object: ${JSON.stringify(came)}`);
    for (const [name, value] of Object.entries(expected)) compare(value, came[name], names, `${where}.${name}`);
    return;
  }
  assert.deepEqual(came, expected, where);
}

async function try_out(server, example, names) {
  const headers = Object.fromEntries(Object.entries(example.headers).map(([name, value]) => [name, filled(value, names)]));
  const url = new URL(filled(example.path, names).replace('http://127.0.0.1:8080', server.url), server.url);
  const body = example.body ? filled(example.body, names) : undefined;
  const answer = await fetch(url, { method: example.method, headers, body, redirect: 'manual' });
  const text = await answer.text();
  assert.equal(answer.status, example.status, `${example.line}: ${text.slice(0, 600)}`);
  for (const [name, value] of Object.entries(example.expected_headers))
    fits(value, (answer.headers.get(name) ?? '').replaceAll(server.url, 'http://127.0.0.1:8080'), names, `${example.line}: ${name}`);
  if (!example.expected) return;
  const told = text.replaceAll(server.url, 'http://127.0.0.1:8080');
  if (/^[[{]/.test(example.expected) && !answer.headers.get('content-type').includes('ndjson')) compare(JSON.parse(example.expected), JSON.parse(told), names, example.line);
  else fits(example.expected, told.trimEnd(), names, example.line);
}

for (const file of ['docs/api.md', 'docs/fhir.md', 'docs/administration.md']) {
  test(`the examples of ${file} do what they say`, async (t) => {
    const examples = examples_of(file);
    assert.ok(examples.length >= 2, `${file} has examples`);
    const server = await start({ t, clock: opening, hooks: ['https://lab.example/hook'] });
    const names = new Map();
    const system = await server.login('system');
    await system.must('PUT', '/fhir/Patient/anna', { resourceType: 'Patient', id: 'anna', gender: 'female', name: [{ family: 'DURAND', given: ['Anna'] }] });
    for (const account of ['system', 'admin', 'claire']) names.set(`${account}_token`, (await server.login(account)).token);
    for (const example of examples) {
      // A job that runs beside us is asked again, as the docs say.
      for (let turn = 0; ; ++turn) {
        try {
          await try_out(server, example, names);
          break;
        } catch (problem) {
          if (!example.headers['x-ask-again'] || turn === 100) throw problem;
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    }
  });
}

test('the commands of docs/administration.md are ones that the program has', async () => {
  const text = readFileSync(join(root, 'docs/administration.md'), 'utf8');
  const commands = new Set([...text.matchAll(/passerelle ((?:account|store) [a-z]+|run|import|review|migrate|check)\b/g)].map((each) => each[1]));
  assert.ok(commands.size >= 7, [...commands].join(', '));
  for (const each of commands) {
    const { code, out } = await command([...each.split(' '), '--help']);
    assert.equal(code, 0, each);
    for (const option of [...text.matchAll(new RegExp(`passerelle ${each}[^\\n\`]*`, 'g'))].flatMap((line) => line[0].match(/ --[a-z-]+/g) ?? []))
      assert.ok(out.includes(option.trim()), `${each} has ${option}`);
  }
});
