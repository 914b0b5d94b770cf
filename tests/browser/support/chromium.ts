import { existsSync } from 'node:fs';

const debians = '/usr/bin/chromium';

/** The Chromium that `scripts/needs.sh` has found; without it, Debian's or, if undefined, the one that Playwright has downloaded. */
export const executablePath = process.env.CHROMIUM || (existsSync(debians) ? debians : undefined);

/** These keep Chromium from asking for anything outside this machine. */
export const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
