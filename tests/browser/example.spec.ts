import { expect, test } from '@playwright/test';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createInterface } from 'node:readline';

let orglab: ChildProcess;
let app: string | undefined;
let tenant: string | undefined;

// Once in each of Playwright's workers, so each has an app and a tenant of its own.
test.beforeAll(async () => {
  const env = { APP_BASE_URL: 'http://localhost:0', DEMO_TENANT_LISTEN: '127.0.0.1:0' }; // the system chooses the ports
  const cwd = mkdtempSync(`${tmpdir()}/orglab-`); // an empty folder: no .env is read
  const started = spawn(process.env.ORGLAB_BINARY ?? 'orglab', { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  orglab = started;
  // The first lines of the output say where it listens. The log follows: read all of it, or the process blocks.
  app = tenant = undefined; // a worker may come here again for its next test
  createInterface(started.stdout).on('line', (line) => {
    app ??= /Orglab is ready: open (\S+)/.exec(line)?.[1];
    tenant ??= /demo tenant: (\S+)\//.exec(line)?.[1];
  });
  const isReady = () => fetch(`${app}/readyz`).then((answer) => answer.ok, () => false);
  await expect.poll(isReady, { timeout: 15_000 }).toBe(true);
});

test.afterAll(async () => {
  orglab.kill();
  await once(orglab, 'exit');
});

// Whatever the test before has left behind: organizations are new, nobody is logged in, no fault is queued.
test.beforeEach(() => call('POST', '/api/checkpoints/collaboration'));

test('a guest works under the license of the organization that invited them', async ({ page }) => {
  // The tenant is scripted as Auth0 is, by the Management API.
  const [bob] = await call('GET', '/api/v2/users-by-email?email=bob@org2.example');
  const org1 = await call('GET', '/api/v2/organizations/name/org1');
  await call('PATCH', `/api/v2/organizations/${org1.id}`, { metadata: { license: 'premium' } });
  await call('POST', `/api/v2/organizations/${org1.id}/members`, { members: [bob.user_id] });

  // A session at the tenant, without clicks: the browser keeps the response's cookie.
  await page.request.post(`${tenant}/api/sessions`, { data: { user_id: bob.user_id } });
  await page.goto(`${app}/login?organization=org1&return_to=/features`);

  await expect(page.getByRole('banner').getByTestId('org-badge')).toHaveText('org1');
  await expect(page.getByRole('banner').getByTestId('license-badge')).toHaveText('premium');
});

test('the app refuses a token with a wrong nonce', async ({ page }) => {
  // Only Bob's next sign-in fails.
  const [bob] = await call('GET', '/api/v2/users-by-email?email=bob@org2.example');
  await call('POST', '/api/faults', { name: 'wrong-nonce', user: bob.user_id });

  await page.goto(`${app}`);
  await page.getByTestId('organization').fill('org2');
  await page.getByTestId('continue').click();
  await page.getByTestId('user-bob@org2.example').click();

  await expect(page.getByTestId('error-title')).toHaveText("The ID token can't be trusted");
});

/** Calls the tenant's API, with a token for it. */
async function call(method: string, path: string, json?: object) {
  const credentials = { grant_type: 'client_credentials', client_id: 'orglab-management', client_secret: 'demo' };
  const body = new URLSearchParams({ ...credentials, audience: `${tenant}/api/v2/` });
  const { access_token } = await fetch(`${tenant}/oauth/token`, { method: 'POST', body }).then((it) => it.json());
  const headers = { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' };
  const answer = await fetch(tenant + path, { method, headers, body: json && JSON.stringify(json) });
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true);
  return answer.status === 204 ? undefined : answer.json();
}
