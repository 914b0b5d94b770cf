import type { Locator, Page } from '@playwright/test';
import { allRespond, binary, freePort, startProgram } from './support/process.ts';
import { alice, expect, log, setHidden, signIn, test } from './support/orglab.ts';

/** Opens a dashboard, and counts how often the page is fetched, the first time included. */
async function open(page: Page, url: string): Promise<{ fetches: number }> {
  const count = { fetches: 0 };
  page.on('request', (request) => {
    if (request.url() === `${url}/` && request.method() === 'GET') count.fetches++;
  });
  const listens = page.waitForResponse(`${url}/events`);
  await page.goto(url);
  await listens;
  return count;
}

/** How far an element is from the top of the window, in whole pixels. */
async function top(element: Locator): Promise<number> {
  return Math.round((await element.boundingBox())!.y);
}

test('every change shows immediately, wherever it was made', async ({ page, tenant, newPerson }) => {
  const dashboard = await newPerson();
  await open(dashboard, tenant.url);
  await dashboard.evaluate(() => (document.title = 'as it was opened'));
  const article = (name: string) => dashboard.getByRole('article', { name, exact: true });

  const org3 = await tenant.management('organizations', 'POST', { name: 'org3' });
  await expect(article('org3')).toBeVisible();
  await tenant.management('connections', 'POST', { name: 'Okta3', strategy: 'okta' });
  await expect(article('Okta3')).toBeVisible();
  await expect(dashboard.getByTestId('enable-org1-Okta3')).toBeVisible();
  await tenant.createUsers('Okta3', 1);
  await expect(article('Okta3')).toContainText('user1@org1.example');
  await tenant.management(`organizations/${org3.id}`, 'PATCH', { metadata: { license: 'premium' } });
  await expect(article('org3').getByLabel('License', { exact: true })).toHaveValue('premium');
  await tenant.allowNames(false); // on a dashboard in another browser
  await expect(dashboard.getByTestId('organization-names-off')).toHaveAttribute('aria-pressed', 'true');
  await tenant.arm('slow');
  await expect(dashboard.getByTestId('call-off-fault')).toBeVisible();
  await tenant.allowNames(true);
  await signIn(page, alice);
  await expect(dashboard.getByTestId('last-fault')).toContainText('and received the tokens');

  const old = await article('org1').getAttribute('id');
  await tenant.reset('license');
  await expect(dashboard.locator(`[id="${old}"]`)).toHaveCount(0);
  await expect(article('org1')).toBeVisible();
  for (const name of ['org2', 'org3', 'Okta3']) await expect(article(name)).toHaveCount(0);
  await expect(dashboard.getByTestId('last-fault')).toHaveCount(0);
  await expect(dashboard).toHaveTitle('as it was opened'); // nobody has reloaded it
});

test('the page is fetched once, and once more after a change', async ({ page, tenant }) => {
  const count = await open(page, tenant.url);
  await tenant.arm('slow');
  await expect(page.getByTestId('call-off-fault')).toBeVisible();
  expect(count.fetches).toBe(2);
});

test('a burst of changes takes a few fetches, and the last one shows', async ({ page, tenant }) => {
  const { id } = await tenant.management('organizations/name/org1');
  const count = await open(page, tenant.url);
  const began = Date.now();
  for (let number = 1; number <= 100; number++) {
    await tenant.management(`organizations/${id}`, 'PATCH', { display_name: `Name ${number}` });
  }
  await expect(page.locator(`[id="update-${id}-display_name"]`)).toHaveValue('Name 100');
  const seconds = (Date.now() - began) / 1_000;
  expect(count.fetches).toBeLessThanOrEqual(2 + Math.ceil(5 * seconds));
});

test('a tab in the background fetches nothing until it is looked at', async ({ page, tenant, newPerson }) => {
  const count = await open(page, tenant.url);
  await setHidden(page, true);
  const watched = await newPerson();
  await open(watched, tenant.url);
  await tenant.arm('slow');
  await expect(watched.getByTestId('call-off-fault')).toBeVisible();
  await expect(page.getByTestId('call-off-fault')).toHaveCount(0);
  expect(count.fetches).toBe(1);
  await setHidden(page, false);
  await expect(page.getByTestId('call-off-fault')).toBeVisible();
  expect(count.fetches).toBe(2);
});

test('what the user has typed, and the focus, stay as they are', async ({ page, tenant }) => {
  await tenant.createUsers('Okta1', 15); // so that the log has its full height
  const { id } = await tenant.management('organizations/name/org2');
  await open(page, tenant.url);
  const org1 = page.getByRole('article', { name: 'org1', exact: true });
  const org2 = page.getByRole('article', { name: 'org2', exact: true });
  const newConnection = page.getByRole('article', { name: 'New connection' });

  await org1.getByLabel('License', { exact: true }).fill('premiu');
  await org2.getByLabel('Email address', { exact: true }).fill('half@typed');
  await org2.getByLabel('Display name', { exact: true }).clear();
  await org1.getByLabel('Auto-membership for Okta2').check();
  await newConnection.getByLabel('Kind').selectOption('auth0');
  const field = newConnection.getByLabel('Name', { exact: true });
  await field.fill('Okta3');
  await field.evaluate((it: HTMLInputElement) => it.setSelectionRange(1, 3));
  const before = await top(field);

  await tenant.management('organizations', 'POST', { name: 'aaa' });
  await expect(page.getByTestId('delete-organization-aaa')).toBeVisible();
  expect(Math.abs((await top(field)) - before)).toBeLessThanOrEqual(1); // browsers scroll by whole pixels
  await tenant.management(`organizations/${id}`, 'PATCH', { display_name: 'Renamed', metadata: { license: 'x' } });
  await tenant.management('connections', 'POST', { name: 'Okta4', strategy: 'okta' });
  await expect(page.getByTestId('enable-org2-Okta4')).toBeVisible();

  await expect(org1.getByLabel('License', { exact: true })).toHaveValue('premiu');
  await expect(org2.getByLabel('Email address', { exact: true })).toHaveValue('half@typed');
  await expect(org2.getByLabel('Display name', { exact: true })).toHaveValue('');
  await expect(org2.getByLabel('License', { exact: true })).toHaveValue('x'); // nobody has changed it here
  await expect(org1.getByLabel('Auto-membership for Okta2')).toBeChecked();
  await expect(newConnection.getByLabel('Kind')).toHaveValue('auth0');
  await expect(field).toBeFocused();
  expect(await field.evaluate((it: HTMLInputElement) => [it.selectionStart, it.selectionEnd])).toEqual([1, 3]);
  await page.keyboard.type('x');
  await expect(field).toHaveValue('Oxa3');
});

test('the log keeps its scroll position when lines are added', async ({ page, tenant }) => {
  await tenant.createUsers('Okta1', 30); // so that the log has more lines than its box
  await open(page, tenant.url);
  const box = page.getByTestId('log');
  await box.scrollIntoViewIfNeeded();
  await box.evaluate((it) => (it.scrollTop = 200));
  const line = page.locator(`[id="${await log(page).nth(4).getAttribute('id')}"]`);
  const before = await top(line);
  for (const name of ['One', 'Two', 'Three']) await tenant.management('tenants/settings', 'PATCH', { friendly_name: name });
  await expect(log(page).filter({ hasText: '"Three"' })).toHaveCount(1);
  expect(await top(line)).toBe(before);
});

test('the focus stays on its element, even if rows are added before it', async ({ page, tenant }) => {
  await open(page, tenant.url);
  const button = page.getByTestId('remove-member-org2-bob@org2.example');
  await button.focus();
  const { id } = await tenant.management('organizations/name/org2');
  const [carol] = await tenant.management('users-by-email?email=carol@example.com');
  await tenant.management(`organizations/${id}/members`, 'POST', { members: [carol.user_id] });
  await expect(page.getByTestId('remove-member-org2-carol@example.com')).toBeVisible();
  await expect(button).toBeFocused();
  await tenant.createUsers('Okta1', 3);
  await expect(page.getByTestId('add-member-org2-user3@org1.example')).toBeVisible();
  await expect(button).toBeFocused();
});

test('if the focused element is gone, the part around it has the focus', async ({ page, tenant }) => {
  await open(page, tenant.url);
  const org1 = page.getByRole('article', { name: 'org1', exact: true });
  await page.getByTestId('enable-org1-Okta2').focus();
  await tenant.enable('org1', 'Okta2'); // in another browser
  await expect(page.getByTestId('disable-org1-Okta2')).toBeVisible();
  await expect(org1).toBeFocused(); // and not the button that does the opposite

  await tenant.arm('slow');
  await expect(page.getByTestId('call-off-fault')).toBeVisible();
  await expect(org1).toBeFocused();

  await org1.getByLabel('Display name', { exact: true }).fill('typed');
  await tenant.reset('login');
  await expect(org1).toHaveCount(0);
  await expect(page.getByRole('region', { name: 'Organizations' })).toBeFocused();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('article', { name: 'New organization' }).getByLabel('Name', { exact: true })).toBeFocused();
});

test('a rejected form keeps its message while the rest changes', async ({ page, tenant }) => {
  await open(page, tenant.url);
  const form = page.getByRole('article', { name: 'New organization' });
  await form.getByLabel('Name', { exact: true }).fill('no spaces');
  const refused = page.waitForResponse((response) => response.status() === 422);
  await form.getByTestId('create-organization').click();
  await refused;
  await expect(form.getByRole('alert')).toBeVisible();

  await tenant.management('organizations', 'POST', { name: 'org3' });
  await expect(page.getByTestId('delete-organization-org3')).toBeVisible();
  await expect(form.getByRole('alert')).toContainText('lower-case letters');
  await expect(form.getByLabel('Name', { exact: true })).toHaveValue('no spaces');
});

test('a rejected change without a form keeps its message while the rest changes', async ({ page, tenant }) => {
  await open(page, tenant.url);
  await setHidden(page, true); // so that the card of an organization that is gone stays
  await tenant.reset('login');
  await page.getByTestId('add-member-org1-bob@org2.example').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await tenant.management('organizations', 'POST', { name: 'org3' });
  await expect(page.getByTestId('delete-organization-org3')).toBeVisible();
  await expect(page.getByRole('alert')).toBeVisible();
});

test('a form that was refused goes with its card', async ({ page, tenant }) => {
  await open(page, tenant.url);
  const okta1 = page.getByRole('article', { name: 'Okta1', exact: true });
  await okta1.getByLabel('Email address', { exact: true }).fill(alice.user);
  await okta1.getByTestId('create-user-Okta1').click();
  await expect(okta1.getByRole('alert')).toBeVisible();
  await tenant.reset('login');
  await expect(okta1).toHaveCount(0);
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('the message about a form goes once something else has happened', async ({ page, tenant }) => {
  await page.goto(tenant.url);
  const listens = page.waitForResponse(`${tenant.url}/events`);
  await page.getByTestId('fault-slow').click();
  await listens;
  await expect(page.getByTestId('flash')).toHaveText('Queued for the next sign-in: Slow token endpoint.');
  await fetch(`${tenant.url}/api/faults`, { method: 'DELETE' });
  await expect(page.getByTestId('call-off-fault')).toHaveCount(0);
  await expect(page.getByTestId('flash')).toHaveCount(0);
});

test('what is done is announced', async ({ page, context, tenant }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await tenant.invite('org1', 'bob@org2.example');
  await open(page, tenant.url);
  const announcement = page.locator('#announcement');
  await expect(announcement).toHaveRole('status');
  const button = page.getByRole('article', { name: 'org1', exact: true }).locator('[data-copy]');
  await button.click();
  await expect(announcement).toHaveText('Copied');
  await tenant.arm('slow');
  await expect(page.getByTestId('call-off-fault')).toBeVisible();
  await expect(button).toHaveText('Copied');
  await expect(button).toHaveText(/^Copy link/);

  await tenant.enable('org1', 'Okta2');
  await expect(announcement).toHaveText('Done: step 6.2');
});

test('without a clipboard, the button selects the link, which stays selected while the page changes', async ({ page, tenant }) => {
  // As in a page that came over http from another machine.
  await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await tenant.invite('org1', 'bob@org2.example');
  await open(page, tenant.url);
  const card = page.getByRole('article', { name: 'org1', exact: true });
  const button = card.locator('[data-copy]');
  await expect(button).toHaveText(/^Select link/);
  await button.click();
  await expect(page.locator('#announcement')).toHaveText('Selected');
  const link = await card.getByRole('link', { name: /invitation=/ }).textContent();
  const selected = () => page.evaluate(() => getSelection()!.toString());
  expect(await selected()).toBe(link);

  await tenant.arm('slow');
  await expect(page.getByTestId('call-off-fault')).toBeVisible();
  expect(await selected()).toBe(link);
  await expect(button).toHaveText(/^Select link/);
});

test('a message that is in the page from the start is announced too', async ({ page, tenant }) => {
  await page.route(`${tenant.url}/`, async (route) => {
    const response = await route.fetch();
    const place = '<div id="flash" role="status" data-keep>';
    await route.fulfill({ response, body: (await response.text()).replace(place, `${place}Saved.`) });
  });
  await page.addInitScript(() => {
    document.addEventListener('DOMContentLoaded', () => {
      const flash = document.getElementById('flash')!;
      new MutationObserver(([{ addedNodes }]) => (document.title = `said ${addedNodes[0].textContent}`)).observe(flash, {
        childList: true,
      });
    });
  });
  await page.goto(tenant.url);
  await expect(page).toHaveTitle('said Saved.');
  await expect(page.locator('#flash')).toHaveText('Saved.');
});

test.describe('after a failure', () => {
  // In contexts whose console is not checked, since the browser reports failed requests there.
  test('the next event brings the page up to date', async ({ browser, tenant }) => {
    const page = await (await browser.newContext()).newPage();
    await open(page, tenant.url);
    let failures = 0;
    await page.route(`${tenant.url}/`, (route) => (failures++ === 0 ? route.fulfill({ status: 503 }) : route.fallback()));
    await tenant.arm('slow');
    await expect.poll(() => failures).toBe(1);
    await tenant.management('organizations', 'POST', { name: 'org3' });
    await expect(page.getByTestId('call-off-fault')).toBeVisible();
    await page.context().close();
  });

  test('a page that was open before a restart shows the new tenant', async ({ browser }) => {
    const [appPort, tenantPort] = [await freePort(), await freePort()];
    const url = `http://localhost:${tenantPort}`;
    const start = (checkpoint: string) => {
      const addresses = { APP_BASE_URL: `http://localhost:${appPort}`, DEMO_TENANT_LISTEN: `127.0.0.1:${tenantPort}` };
      const settings = { ...addresses, DEMO_TENANT_CHECKPOINT: checkpoint };
      return startProgram(binary, [], settings, () => allRespond([`${url}/.well-known/openid-configuration`]));
    };
    const before = await start('license');
    const page = await (await browser.newContext()).newPage();
    await open(page, url);
    await expect(page.getByTestId('delete-organization-org2')).toHaveCount(0);
    await before.stop();
    const after = await start('second-organization');
    // The browser connects again after a few seconds.
    await expect(page.getByTestId('delete-organization-org2')).toBeVisible();
    await page.context().close();
    await after.stop();
  });
});
