// Prometheus's text form, version 0.0.4, read strictly: what a monitor might forgive fails here.
import assert from 'node:assert/strict';

const name_form = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const label_form = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const kinds = ['counter', 'gauge', 'histogram'];

function read_value(text) {
  if (text === '+Inf') return Infinity;
  const value = Number(text);
  assert.ok(text !== '' && Number.isFinite(value), `${JSON.stringify(text)} is no value`);
  return value;
}

// {a="x\"y",b="z"} -> {a: 'x"y', b: 'z'}
function read_labels(text) {
  const labels = {};
  let rest = text;
  while (rest !== '') {
    const found = /^([^=]+)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/.exec(rest);
    assert.ok(found, `labels end in ${rest}`);
    assert.match(found[1], label_form);
    assert.ok(!(found[1] in labels), `${found[1]} twice`);
    labels[found[1]] = found[2].replace(/\\(["\\n])/g, (_, c) => (c === 'n' ? '\n' : c));
    rest = rest.slice(found[0].length);
  }
  return labels;
}

function check_histogram(name, samples) {
  const series = new Map();
  for (const { suffix, labels, value } of samples) {
    const { le, ...others } = labels;
    const key = JSON.stringify(others);
    if (!series.has(key)) series.set(key, { buckets: [] });
    const one = series.get(key);
    if (suffix === '_bucket') one.buckets.push([read_value(le), value]);
    else one[suffix] = value;
  }
  for (const [key, { buckets, _sum, _count }] of series) {
    assert.ok(_sum !== undefined && _count !== undefined, `${name}${key} has its sum and its count`);
    assert.equal(buckets.at(-1)?.[0], Infinity, `${name}${key} ends with +Inf`);
    assert.equal(buckets.at(-1)[1], _count);
    buckets.slice(1).forEach(([bound, count], at) => {
      assert.ok(bound > buckets[at][0] && count >= buckets[at][1], `${name}${key} at ${bound} grows`);
    });
  }
}

// {name: {type, help, samples: [{suffix, labels, value}]}}, with a lookup `value(name, labels)`.
export function read_exposition(text) {
  assert.ok(text.endsWith('\n'), 'the last line ends');
  const families = new Map();
  let current;
  for (const line of text.slice(0, -1).split('\n')) {
    assert.notEqual(line, '');
    const help = /^# HELP (\S+) (.*)$/.exec(line);
    if (help) {
      assert.match(help[1], name_form);
      assert.ok(!families.has(help[1]), `${help[1]} begins twice`);
      current = { name: help[1], help: help[2], samples: [] };
      families.set(help[1], current);
      continue;
    }
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type) {
      assert.equal(type[1], current?.name, 'TYPE follows its HELP');
      assert.ok(kinds.includes(type[2]), line);
      current.type = type[2];
      continue;
    }
    assert.ok(!line.startsWith('#'), line);
    const sample = /^([^{ ]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    assert.ok(sample, `no sample: ${line}`);
    assert.ok(current?.type, `${line} comes after its TYPE`);
    const suffix = sample[1].slice(current.name.length);
    assert.ok(sample[1].startsWith(current.name), `${sample[1]} stands among ${current.name}`);
    assert.ok(current.type === 'histogram' ? ['_bucket', '_sum', '_count'].includes(suffix) : suffix === '', line);
    const value = read_value(sample[3]);
    if (current.type !== 'gauge') assert.ok(value >= 0, line);
    const labels = read_labels(sample[2] ?? '');
    const same = current.samples.find((each) => each.suffix === suffix && JSON.stringify(each.labels) === JSON.stringify(labels));
    assert.ok(!same, `${line} twice`);
    current.samples.push({ suffix, labels, value });
  }
  for (const { name, type, samples } of families.values()) {
    assert.ok(type, `${name} has a TYPE`);
    if (type === 'counter') assert.match(name, /_total$/);
    if (type === 'histogram') check_histogram(name, samples);
  }
  return {
    families,
    // Of the sample with these labels, among others it may have; 0 when there is none.
    value(name, labels = {}, suffix = '') {
      const family = families.get(name);
      assert.ok(family, `there is ${name}`);
      const found = family.samples.filter((each) => each.suffix === suffix &&
        Object.entries(labels).every(([key, value]) => each.labels[key] === value));
      return found.reduce((sum, each) => sum + each.value, 0);
    },
  };
}
