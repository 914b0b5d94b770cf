import type { Page } from '@playwright/test';
import {
  alice,
  bob,
  documentAfter,
  expect,
  expectError,
  expectReport,
  expectStepsDone,
  expectToWorkFor,
  log,
  openFeature,
  setHidden,
  signIn,
  test,
  tryToSignIn,
} from './support/orglab.ts';

test('a step that is open links to where to do it', async ({ page, tenant, app }) => {
  const step = (number: string) => page.getByTestId(`step-${number}`).getByRole('link');
  await page.goto(tenant.url);
  await step('6.2').click();
  await expect(page).toHaveURL(/#org_\w{16}$/);
  await expect(page.getByTestId('enable-org1-Okta2')).toBeInViewport();
  await step('4.2').click();
  await expect(page).toHaveURL(`${app.url}/`);
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a form of the dashboard that is refused stays in sight, with what was typed and why', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      const form = page.getByRole('article', { name: 'New organization' });
      const name = form.getByLabel('Name', { exact: true });
      await name.fill('no spaces');
      await form.getByLabel('Display name').fill('No Spaces');
      await form.getByLabel('License').fill('premium');
      const response = await documentAfter(page, () => form.getByTestId('create-organization').click());
      expect(response.status()).toBe(422);
      await expect(name).toBeFocused();
      await expect(page).toHaveTitle(/^Not changed: /);
      await expect(form.getByRole('alert')).toBeInViewport();
      await expect(form.getByRole('alert')).toContainText('lower-case letters, digits, hyphens or underscores');
      await expect(name).toHaveAccessibleDescription(/^The name must be .* It must be /);
      await expect(name).toHaveValue('no spaces');
      await expect(form.getByLabel('Display name')).toHaveValue('No Spaces');
      await expect(form.getByLabel('License')).toHaveValue('premium');

      await name.fill('no-spaces');
      await form.getByTestId('create-organization').click();
      await expect(page.getByTestId('delete-organization-no-spaces')).toBeVisible();
      await expect(page.getByRole('alert')).toHaveCount(0);
      await expect(name).toHaveValue('');
    });

    test('at the dashboard an organization is deleted only when that is confirmed', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      await page.getByTestId('delete-organization-org2').click();
      await expect(page.getByRole('heading', { name: 'Delete org2?' })).toBeVisible();
      await page.getByTestId('cancel').click();
      await expect(page.getByTestId('delete-organization-org2')).toBeVisible();
      await expect(page).toHaveURL(/#org_\w{16}$/);
      await page.getByTestId('delete-organization-org2').click();
      await page.getByTestId('confirm').click();
      await expect(page.getByRole('status').and(page.locator('#flash'))).toHaveText(/^org2 was deleted\./);
      await expect(page).toHaveURL(/#organizations$/);
      await expect(page.getByTestId('delete-organization-org1')).toBeVisible();
      await expect(page.getByTestId('delete-organization-org2')).toHaveCount(0);
    });

    test('the log shows the kind of events that was chosen, also after a form, until another is chosen', async ({
      page,
      tenant,
    }) => {
      await page.goto('/login?organization=org9');
      await page.goto(tenant.url);
      await page.getByTestId('log-failure').click();
      await expect(page.getByTestId('log-failure')).toHaveAttribute('aria-current', 'true');
      await expect(log(page)).toHaveText([/failure\s+Sign-in refused: invalid_request "the organization org9 does not exist"/]);

      await page.getByTestId('organization-names-off').click();
      await expect(page.getByTestId('organization-names-off')).toHaveAttribute('aria-pressed', 'true');
      await page.getByTestId('delete-organization-org2').click();
      await page.getByTestId('confirm').click();
      await expect(page.getByTestId('delete-organization-org2')).toHaveCount(0);
      const form = page.getByRole('article', { name: 'New organization' });
      await form.getByLabel('Name', { exact: true }).fill('org1');
      await form.getByTestId('create-organization').click();
      await expect(form.getByRole('alert')).toBeVisible();
      await expect(page).toHaveURL(/\?log=failure$/);
      await expect(log(page)).toHaveCount(1);

      await page.getByTestId('log-fault').click();
      await expect(page.getByTestId('log')).toContainText('No faults yet.');
      await page.getByTestId('log-all').click();
      await expect(page).toHaveURL(`${tenant.url}/#log`);
      await expect(log(page).filter({ hasText: 'Organization "org2" deleted' })).toHaveCount(1);
    });

    test('clearing the log clears nothing else', async ({ page, tenant }) => {
      await signIn(page, bob);
      await page.goto(tenant.url);
      await page.getByTestId('fault-slow').click();
      await page.getByTestId('clear-log').click();
      await expect(page.getByTestId('log')).toContainText('The log is empty.');
      await expect(page.getByTestId('log')).toBeInViewport();
      await expect(page.getByTestId('call-off-fault')).toBeVisible();
      await expectStepsDone(page, '6.1');
    });

    test('a message is shown once, and is gone after a reload', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      await page.getByTestId('enable-org1-Okta2').click();
      const flash = page.getByRole('status').and(page.locator('#flash'));
      await expect(flash).toHaveText('Okta2 is enabled for org1. Auto-membership is off, so its users are not members yet.');
      await page.reload();
      await expect(page.getByTestId('disable-org1-Okta2')).toBeVisible();
      await expect(flash).toHaveText('');
    });

    test('a change to what is gone says so, and the message has the focus', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      await setHidden(page, true); // so that it does not follow the change
      await tenant.reset('second-organization');
      await page.getByTestId('add-member-org1-bob@org2.example').click();
      await expect(page.getByRole('alert')).toBeFocused();
      await expect(page.getByRole('alert')).toHaveText('This organization no longer exists. Nothing was changed.');
    });

    test('at the dashboard a checkpoint asks first, and says beside it what was done', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      await page.getByTestId('checkpoint-collaboration').click();
      await expect(page.getByTestId('cancel')).toBeFocused();
      await page.keyboard.press('Enter'); // the safe choice
      await expect(page).toHaveURL(/#lab$/);
      await expect(page.getByTestId('last-checkpoint')).toHaveCount(0);
      await page.getByTestId('checkpoint-collaboration').click();
      await page.getByTestId('confirm').dblclick();
      await expect(page.locator('#flash')).toHaveText(/^You jumped to the state after chapter 6\.2\./);
      await expect(page.getByTestId('last-checkpoint')).toBeInViewport();
      await expect(page.getByTestId('last-checkpoint')).toContainText('after chapter 6.2');
    });
  });
}

test('the log fills while one watches: sign-ins, refusals with their reason, changes, faults', async ({
  page,
  tenant,
  newPerson,
}) => {
  const dashboard = await newPerson();
  await dashboard.goto(tenant.url);
  await dashboard.evaluate(() => (document.title = 'as it was opened'));
  const bobOfOkta2 = `"${bob.user}" of "Okta2"`;

  await signIn(page, bob);
  await expect(log(dashboard).filter({ hasText: `${bobOfOkta2} logged in to "org2" with license "premium"` })).toHaveText([/\ss Success Login\s*$/]);
  await tenant.enable('org1', 'Okta2');
  await expect(log(dashboard).filter({ hasText: 'Connection "Okta2" enabled for "org1", without auto-membership' })).toHaveText([/\ssapi Success API Operation\s*$/]);
  await page.goto('/login?organization=org1');
  await expectError(page, 'access_denied', /is not part of/);
  await expect(log(dashboard).filter({ hasText: `${bobOfOkta2} was refused: access_denied "user okta|Okta2|` })).toHaveText([/\sf Failed Login\s*$/]);
  await tenant.breakNextSignIn('slow');
  await expect(log(dashboard).first()).toHaveText(/Fault queued for the next sign-in: slow\s+w Warnings During Login\s*$/);
  await page.getByTestId('other-account').click();
  await expect(log(dashboard).first()).toHaveText(new RegExp(`${bobOfOkta2} logged out\\s+slo Success Logout\\s*$`));
  await expect(dashboard).toHaveTitle('as it was opened'); // nobody has reloaded it
});

test('a cleared log is empty on every dashboard immediately, and fills again', async ({ page, tenant, newPerson }) => {
  await tenant.breakNextSignIn('slow');
  const other = await newPerson();
  await other.goto(tenant.url);
  await expect(log(other)).toHaveCount(1);
  await page.goto(tenant.url);
  await page.getByTestId('clear-log').click();
  await expect(other.getByTestId('log')).toContainText('The log is empty.');
  await page.getByTestId('call-off-fault').click();
  await expect(log(other)).toHaveText([/All queued faults cancelled/]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the dashboard shows after a reload what it would have shown at once', async ({ page, tenant, newPerson }) => {
    const dashboard = await newPerson();
    await dashboard.goto(tenant.url);
    await tenant.breakNextSignIn('consent-refused');
    await tryToSignIn(page, alice);
    await expectError(page, 'access_denied', 'User did not authorize the request');
    await page.getByTestId('try-again').click();
    await expectToWorkFor(page, 'org1', 'corporate');

    await expect(dashboard.getByTestId('log')).toContainText('The log is empty.');
    await dashboard.reload();
    await expectReport(dashboard, 'consent-refused', 'showed an error page: The sign-in was cancelled', 'started another sign-in');
    await expect(log(dashboard).filter({ hasText: 'logged in to "org1"' })).toHaveCount(1);
    await expectStepsDone(dashboard, '4.2', '5');
  });
});

test('a script signs in without clicks', async ({ page, tenant }) => {
  await tenant.signInByScript(page, bob.user);
  await page.goto('/login?organization=org2');
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org2', 'premium');
  await openFeature(page, 'board');
  await expect(log(await tenant.dashboard()).filter({ hasText: 'created through the API' })).toHaveCount(1);
});

/** The height of the dashboard in a window of this width, in pixels. */
async function height(dashboard: Page, width: number): Promise<number> {
  await dashboard.setViewportSize({ width, height: 720 });
  return dashboard.evaluate(() => document.documentElement.scrollHeight);
}

test('the dashboard is short, also with a full log and with ten organizations', async ({ page, tenant }) => {
  for (let change = 0; change < 110; change++)
    await tenant.management('tenants/settings', 'PATCH', { friendly_name: `Tenant ${change}` });
  await page.goto(tenant.url);
  await expect(log(page)).toHaveCount(100);
  expect(await height(page, 1280)).toBeLessThanOrEqual(3100);
  expect(await height(page, 1920)).toBeLessThanOrEqual(2500);

  for (let number = 3; number <= 10; number++) {
    const connection = await tenant.management('connections', 'POST', { name: `Okta${number}`, strategy: 'okta' });
    await tenant.management('users', 'POST', { connection: connection.name, email: `user@org${number}.example` });
    const organization = { name: `org${number}`, enabled_connections: [{ connection_id: connection.id }] };
    await tenant.management('organizations', 'POST', organization);
  }
  await expect(page.getByTestId('delete-organization-org10')).toBeVisible();
  expect(await height(page, 1280)).toBeLessThanOrEqual(9000);
});

test('the faults of one group overlap no other group, however narrow their columns are', async ({ page, tenant }) => {
  await page.goto(tenant.url);
  for (const width of [320, 1024, 1280, 1920]) {
    await page.setViewportSize({ width, height: 720 });
    const over = await page.getByTestId(/^fault-/).evaluateAll((faults) =>
      faults
        .filter((it) => it.getBoundingClientRect().right > it.closest('.group')!.getBoundingClientRect().right + 1)
        .map((it) => it.dataset.testid),
    );
    expect(over, `at ${width} px`).toEqual([]);
  }
});
