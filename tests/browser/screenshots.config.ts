import config from './playwright.config.ts';

/** No tests: `npm run screenshots -- DIR` runs screenshots.ts, and `scripts/screenshots` runs pictures.ts. */
export default {
  ...config,
  projects: undefined,
  testMatch: ['screenshots.ts', 'pictures.ts'],
  reporter: 'line',
  timeout: 120_000,
};
