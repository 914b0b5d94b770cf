import { defineConfig } from '@playwright/test';
import { executablePath, flags } from './support/chromium.ts';
import type { Options } from './support/orglab.ts';

const chromium = { executablePath, args: flags };

export default defineConfig<Options>({
  testMatch: '*.spec.ts',
  testIgnore: 'class.spec.ts', // class.config.ts has it
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
