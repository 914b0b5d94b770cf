import config from './playwright.config.ts';

/**
 * The tests of a class, which `scripts/test` runs in a network namespace, where possible: there, `CLASS_HOST` is not this
 * machine to the browser, as on a local network.
 */
export default {
  ...config,
  projects: undefined,
  testIgnore: [],
  testMatch: 'class.spec.ts',
  outputDir: 'class-results',
  reporter: [['list'], ['json', { outputFile: 'class-results/report.json' }]],
};
