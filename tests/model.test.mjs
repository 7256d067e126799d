// What pages think, without a browser and without a server: the modules of web/src/model alone.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { transformWithEsbuild } from 'vite';
import { root } from './lib/server.mjs';

async function model(name) {
  const source = readFileSync(join(root, 'web/src/model', name), 'utf8');
  const { code } = await transformWithEsbuild(source, name, { sourcemap: false });
  return import(`data:text/javascript,${encodeURIComponent(code)}`);
}

const { Hold, leaveWork } = await model('hold.ts');
// What is asked of the server for work 17-4; `answer` is what each request waits for.
const opened = (answer = () => Promise.resolve()) => {
  const asked = [];
  const hold = new Hold('17-4', (action, closing) => {
    asked.push(action + (closing ? ', at last' : ''));
    return answer(action);
  });
  return { hold, asked };
};

test('work that was only looked at goes back when the page is left', async () => {
  const { hold, asked } = opened();
  await hold.take();
  await hold.leave();
  await hold.leave();
  assert.deepEqual(asked, ['take', 'release']);
});

test('work that was begun stays with who began it', async () => {
  const { hold, asked } = opened();
  await hold.take();
  hold.keep();
  await hold.leave(true);
  await hold.leave();
  assert.deepEqual(asked, ['take']);
});

test('when the window closes the request outlives it; back again, the work is taken again', async () => {
  const { hold, asked } = opened();
  await hold.take();
  await hold.leave(true);
  await hold.take();
  await hold.leave();
  assert.deepEqual(asked, ['take', 'release, at last', 'take', 'release']);
});

test('nothing is given back that another holds, or that was never locked', async () => {
  const refused = opened(() => Promise.reject(new Error('409')));
  await assert.rejects(refused.hold.take());
  await refused.hold.leave(true);
  await refused.hold.leave();
  assert.deepEqual(refused.asked, ['take']);
  const looked = opened();
  await looked.hold.leave();
  assert.deepEqual(looked.asked, []);
});

test('who leaves while the lock is under way gives it back behind it, and who returns waits for that', async () => {
  let locked;
  const first = opened((action) => (action === 'take' ? new Promise((resolve) => { locked = resolve; }) : Promise.resolve()));
  const taking = first.hold.take();
  const left = first.hold.leave();
  const second = opened();
  let ready = false;
  const waiting = second.hold.ready().then(() => { ready = true; });
  await Promise.resolve();
  assert.equal(ready, false);
  locked();
  await Promise.all([taking, left, waiting]);
  assert.deepEqual(first.asked, ['take', 'release']);
});

test('logging out gives back what is on the screen, and what was left takes nothing any more', async () => {
  const { hold, asked } = opened();
  await hold.take();
  await leaveWork();
  await hold.take();
  assert.deepEqual(asked, ['take', 'release']);
});

test('what cannot be given back stops nobody', async () => {
  const { hold } = opened((action) => (action === 'take' ? Promise.resolve() : Promise.reject(new Error('offline'))));
  await hold.take();
  await hold.leave();
});
