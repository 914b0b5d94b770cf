import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

test('the example in the README is the one that is run here', () => {
  const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
  expect(read('../../README.md')).toContain(`\`\`\`ts\n${read('example.spec.ts')}\`\`\``);
});
