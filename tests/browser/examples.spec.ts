import { expect, test } from '@playwright/test';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { executablePath } from './support/chromium.ts';
import { binary } from './support/process.ts';
import { run } from './support/run.ts';

const root = join(import.meta.dirname, '../..');
const examples = join(root, 'tests/examples');

/** What docs/testing.md quotes. All of it is run or checked: the first by Playwright itself, the others here. */
const quoted = [
  'tests/browser/example.spec.ts',
  'tests/examples/shell/orglab.sh',
  'tests/examples/selenium/conftest.py',
  'tests/examples/selenium/orglab.py',
  'tests/examples/selenium/test_collaboration.py',
  'tests/examples/cypress/cypress.config.js',
  'tests/examples/cypress/e2e/collaboration.cy.js',
];

test('every example in the documentation is a quotation of a file that is tested', () => {
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  // A part of a file may have lost the indentation that its lines have in common.
  const withoutIndentation = (text: string) => text.replace(/^ +/gm, '');
  const files = quoted.map((path) => withoutIndentation(read(path)));
  const fences = [...read('docs/testing.md').matchAll(/^```\w*\n(.*?)^```$/gms)].map(([, code]) => code);
  expect(fences.length).toBeGreaterThanOrEqual(quoted.length);
  const invented = fences.filter((code) => !files.some((file) => file.includes(withoutIndentation(code))));
  expect(invented).toEqual([]);
  const isQuoted = (file: string) => fences.some((code) => file.includes(withoutIndentation(code)));
  expect(quoted.filter((_, index) => !isQuoted(files[index]))).toEqual([]);
});

test('the example of a pipeline starts Orglab and prepares the tenant', async () => {
  const output = await run('sh', ['orglab.sh'], join(examples, 'shell'), { ORGLAB_BINARY: binary });
  expect(output).toContain('"checkpoint":"collaboration"');
  expect(output).toContain('{"name":"wrong-nonce","count":3}');
});

test('the example of Selenium with Python passes', async () => {
  const folder = join(examples, 'selenium');
  // The file is there once the environment is complete.
  test.skip(!existsSync(join(folder, 'environment/requirements.txt')), 'selenium is not installed; scripts/needs.sh does');
  const folders = (process.env.PATH ?? '').split(delimiter);
  test.skip(!folders.some((it) => existsSync(join(it, 'chromedriver'))), 'there is no chromedriver');
  const environment = { ORGLAB_BINARY: binary, CHROMIUM: executablePath ?? '' };
  const output = await run('environment/bin/python', ['-m', 'pytest', '-p', 'no:cacheprovider'], folder, environment);
  expect(output).toContain('2 passed');
});

test('the example of Cypress is well typed and has no lint', async () => {
  await run('npm', ['run', '--silent', 'check'], join(examples, 'cypress'), {});
});
