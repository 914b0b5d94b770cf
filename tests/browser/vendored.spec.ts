import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

test('the copy of idiomorph is that of the npm package, with its license', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
  const [, comment, code] = /^\/\*\n(.*?)\n\*\/\n(.*)$/s.exec(read('../../static/idiomorph.js'))!;
  const { version } = JSON.parse(read('node_modules/idiomorph/package.json'));
  expect(comment).toContain(`idiomorph ${version} `);
  expect(comment).toContain(read('node_modules/idiomorph/LICENSE').trim());
  expect(code).toBe(read('node_modules/idiomorph/dist/idiomorph.min.js'));
});
