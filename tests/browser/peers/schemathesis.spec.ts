import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '../support/orglab.ts';
import { run } from '../support/run.ts';

const root = join(import.meta.dirname, '../../..');
const environment = join(root, 'tests/openapi/environment');

test('Schemathesis finds that the tenant keeps to its description in OpenAPI', async ({ orglab }) => {
  // The file is there once the environment is complete.
  const isInstalled = existsSync(join(environment, 'requirements.txt'));
  test.skip(!isInstalled, 'schemathesis is not installed; scripts/needs.sh installs it from PyPI');
  test.setTimeout(240_000);
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  const neverSucceeded = join(folder, 'never-succeeded');
  const configuration = ['--config-file', 'tests/openapi/schemathesis.toml'];
  // No proxy is between them: the environment has only these.
  await run(join(environment, 'bin/schemathesis'), [...configuration, 'run', 'docs/openapi.yaml', '--no-color'], root, {
    TENANT: orglab.tenantUrl,
    NEVER_SUCCEEDED: neverSucceeded,
    HYPOTHESIS_STORAGE_DIRECTORY: join(folder, 'hypothesis'),
  });
  expect(readFileSync(neverSucceeded, 'utf8'), 'operations of which no request has succeeded').toBe('');
});
