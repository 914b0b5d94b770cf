import config from './playwright.config.ts';

/** No test: `npm run screenshots -- DIR` runs it. */
export default { ...config, projects: undefined, testMatch: 'screenshots.ts', reporter: 'line', timeout: 120_000 };
