// The rooms include each other downward only, and each keeps away from what the design forbids it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const src = fileURLToPath(new URL('../src', import.meta.url));

// What each room may include. `review` stands below `rehearse`: both judge by the same measures.
const below = {
  base: [],
  fhir: ['base'],
  pathway: ['fhir', 'base'],
  store: ['fhir', 'base'],
  gateway: ['fhir', 'base'],
  run: ['pathway', 'store', 'gateway', 'fhir', 'base'],
  review: ['pathway', 'base'],
  rehearse: ['review', 'pathway', 'base'],
  server: ['run', 'rehearse', 'review', 'gateway', 'store', 'pathway', 'fhir', 'base'],
  cli: ['server', 'run', 'rehearse', 'review', 'gateway', 'store', 'pathway', 'fhir', 'base'],
};

// Words that must not occur in a room's code: libraries that are another room's business, and the
// hidden inputs (wall clock, global chance) that would make a rehearsal unrepeatable.
const sockets = /<(sys\/socket|netinet\/|boost\/asio|boost\/beast)/;
const wall_clock = /system_clock::now|\btime\(nullptr\)|\bgettimeofday\b|\bclock_gettime\b/;
const chance = /\brandom_device\b|\bmt19937|\brand\(\)|\bsrand\b/;
const forbidden = {
  base: [sockets, wall_clock, chance, /<sqlite3/],
  fhir: [sockets, wall_clock, chance, /<sqlite3/, /<thread>/],
  pathway: [sockets, wall_clock, chance, /<sqlite3/, /<(thread|mutex|shared_mutex)>/],
  store: [sockets, wall_clock, chance],
  gateway: [wall_clock, chance, /<sqlite3/],
  run: [sockets, wall_clock, chance, /<sqlite3/],
  review: [sockets, wall_clock, chance, /<sqlite3/],
  rehearse: [sockets, wall_clock, chance, /<sqlite3/],
  server: [chance, /<sqlite3/],
  cli: [chance, /<sqlite3/],
};

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if (/\.(h|cpp)$/.test(entry.name)) yield path;
  }
}

const rooms = readdirSync(src, { withFileTypes: true }).filter((e) => e.isDirectory()).map((e) => e.name);

test('every folder of src is a room of the design', () => {
  assert.deepEqual(rooms.sort(), Object.keys(below).sort());
});

for (const room of rooms) {
  test(`${room} includes only rooms below it`, () => {
    const wrong = [];
    for (const path of files(join(src, room))) {
      const text = readFileSync(path, 'utf8');
      for (const [, target] of text.matchAll(/^#include "([a-z]+)\//gm)) {
        if (target === 'bench' && path.endsWith('_test.cpp')) continue; // models written by hand
        if (target !== room && !below[room].includes(target)) wrong.push(`${path}: ${target}/`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  test(`${room} keeps away from clocks, chance and libraries of other rooms`, () => {
    const wrong = [];
    for (const path of files(join(src, room))) {
      if (path.endsWith('_test.cpp')) continue;
      readFileSync(path, 'utf8').split('\n').forEach((line, index) => {
        const code = line.replace(/\/\/.*/, '');
        for (const pattern of forbidden[room]) {
          if (pattern.test(code)) wrong.push(`${path}:${index + 1}: ${line.trim()}`);
        }
      });
    }
    assert.deepEqual(wrong, []);
  });
}

test('includes of the project are written from src/', () => {
  const wrong = [];
  for (const path of files(src)) {
    for (const [, target] of readFileSync(path, 'utf8').matchAll(/^#include "([^"]+)"/gm)) {
      if (!target.includes('/')) wrong.push(`${path}: ${target}`);
    }
  }
  assert.deepEqual(wrong, []);
});
