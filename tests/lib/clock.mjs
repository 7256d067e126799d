// A server's system clock that a test can set, forward and back, while the server runs.
import { execFileSync } from 'node:child_process';
import { openSync, closeSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './server.mjs';

export class SystemClock {
  // At an instant; `env` is what the server is started with.
  constructor(folder, instant) {
    const library = join(folder, 'clock.so');
    execFileSync(process.env.CC ?? 'cc', ['-shared', '-fPIC', '-O1', '-o', library, join(root, 'tests/lib/clock.c')], { stdio: 'inherit' });
    this.file = join(folder, 'clock.offset');
    writeFileSync(this.file, Buffer.alloc(8));
    this.env = { LD_PRELOAD: library, CLOCK_OFFSET: this.file };
    this.millis = 0;
    this.step(new Date(instant) - Date.now());
  }
  step(millis) {
    this.millis += millis;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(this.millis));
    const file = openSync(this.file, 'r+');  // the same file, which the server has mapped
    writeSync(file, bytes, 0, 8, 0);
    closeSync(file);
  }
  now() { return new Date(Date.now() + this.millis); }
}
