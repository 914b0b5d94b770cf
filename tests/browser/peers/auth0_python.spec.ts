import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { test } from '../support/orglab.ts';

const folder = join(import.meta.dirname, 'python');

for (const version of [4, 6]) {
  test(`auth0-python ${version} creates, reads, changes and deletes what there is at the tenant`, async ({ orglab }) => {
    const environment = join(folder, `environment-${version}`);
    // The file is there once the environment is complete.
    const isInstalled = existsSync(join(environment, 'requirements.txt'));
    test.skip(!isInstalled, `auth0-python ${version} is not installed; scripts/needs.sh installs it from PyPI`);
    // Fails with what the script says, if it does. No proxy is between them: the environment is empty.
    const script = join(folder, `auth0_python_${version}.py`);
    await promisify(execFile)(join(environment, 'bin/python'), [script, orglab.tenantUrl], { env: {} });
  });
}
