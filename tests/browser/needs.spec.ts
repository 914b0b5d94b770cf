import { expect, test } from '@playwright/test';
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

/** A machine with nothing but these programs, which do nothing, and what every Unix has. */
class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), 'machine-'));

  constructor(...programs: string[]) {
    for (const name of ['cmp', 'env', 'grep', 'head', 'id', 'sed', 'sort', 'tail']) {
      symlinkSync(`/usr/bin/${name}`, join(this.folder, name));
    }
    for (const name of programs) this.install(name);
  }

  install(path: string): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    return file;
  }

  /** What scripts/needs.sh says there, with status 1, in a shell that treats unset variables as errors. */
  needs(settings: Record<string, string> = {}): Promise<string> {
    const env = { HOME: this.folder, PATH: this.folder, ...settings };
    return new Promise((done, refuse) => {
      execFile('/bin/bash', ['-uc', '. scripts/needs.sh'], { cwd: root, env }, (error, stdout, stderr) => {
        const isMissing = error?.code === 1 && stdout === '0 passed, 0 failed\n';
        isMissing ? done(stderr) : refuse(new Error(`status ${error?.code}: ${stdout}${stderr}`));
      });
    });
  }
}

const systems = [
  ['apt-get', 'chromium fonts-liberation', 'redis-server', 'python3-venv'],
  ['brew', 'google-chrome', 'redis', 'python'],
  ['dnf', 'chromium liberation-fonts', 'valkey-compat-redis', 'python3'],
];

for (const [manager, chromium, redis, python] of systems) {
  test(`a machine with ${manager} is told what to install with it`, async () => {
    const said = await new Machine(manager).needs();
    expect(said).toContain(`  - Chromium or Chrome (CHROMIUM: not set): ${manager} install ${chromium}\n`);
    expect(said).toContain(`  - Redis 6 or newer (found: none): ${manager} install ${redis}\n`);
    expect(said).toContain(`  - Python 3 with venv: ${manager} install ${python}\n`);
    expect(said).toMatch(/ {2}- Rust [\d.]+ or newer \(found: none\): install it with rustup/);
    const [, all] = said.match(new RegExp(`^All of these packages: ${manager} install (.*)$`, 'm')) ?? [];
    expect(` ${all} `).toContain(` ${chromium} `);
    expect(all).not.toContain('  ');
  });
}

test('a machine without any of them is told what to get', async () => {
  const said = await new Machine().needs();
  expect(said).toContain('CHROMIUM set to its path; or, in tests/browser, npx playwright install chromium\n');
  expect(said).toContain('  - Redis 6 or newer (found: none): the package redis\n');
  expect(said).not.toContain('All of these packages');
});

test('Chromium is the one that CHROMIUM names, or the system’s, or Playwright’s', async () => {
  expect(await new Machine('google-chrome').needs()).not.toContain('Chromium');
  expect(await new Machine('google-chrome').needs({ CHROMIUM: '/none' })).toContain('Chromium or Chrome (CHROMIUM: /none)');
  const other = new Machine();
  expect(await other.needs({ CHROMIUM: other.install('my browser') })).not.toContain('Chromium');
  for (const path of [
    '.cache/ms-playwright/chromium-1200/chrome-linux/chrome',
    'Library/Caches/ms-playwright/chromium-1200/chrome-mac/Chromium.app/Contents/MacOS/Chromium',
  ]) {
    expect(await new Machine(path).needs(), path).not.toContain('Chromium');
  }
});
