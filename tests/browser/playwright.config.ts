import { defineConfig } from '@playwright/test';
import type { Options } from './support/orglab.ts';

/** The system's Chromium, as found by `scripts/test`; the flags keep it from asking for anything outside this machine. */
const chromium = {
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export default defineConfig<Options>({
  testMatch: '*.spec.ts',
  fullyParallel: true,
  workers: 2,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // For a whole walk through a chapter on a machine that is busy otherwise; what a page owes at once has its own limits.
  timeout: 60_000,
  expect: { timeout: 10_000 },
  // What a screen reader reads (screen_reader.spec.ts), which is the same on each system.
  snapshotPathTemplate: '{testDir}/readings/{arg}{ext}',
  reporter: [['list'], ['json', { outputFile: 'test-results/report.json' }]],
  projects: [
    { name: 'orglab' },
    { name: 'behind a proxy', testMatch: 'chapter.spec.ts', use: { behindProxy: true, ignoreHTTPSErrors: true } },
  ],
  use: { browserName: 'chromium', launchOptions: chromium, actionTimeout: 10_000, screenshot: 'only-on-failure' },
});
