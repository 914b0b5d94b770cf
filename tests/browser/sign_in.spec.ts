import {
  alice,
  askFor,
  authenticate,
  bob,
  bobAtOrg1,
  claims,
  connections,
  documentAfter,
  expect,
  expectBobToBeRefused,
  expectError,
  expectNobodySignedIn,
  expectSignedOut,
  expectToWorkFor,
  signIn,
  signInHere,
  signOut,
  test,
} from './support/orglab.ts';
import type { Page } from '@playwright/test';
import type { Tenant } from './support/tenant.ts';

test('the name of the organization may be typed in capitals', async ({ page }) => {
  await signIn(page, { ...alice, organization: 'ORG1' });
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('an unknown organization gets a page that says so, and another try', async ({ page, app }) => {
  await page.goto('/');
  const response = await documentAfter(page, () => askFor(page, 'acme'));
  expect(response.status()).toBe(400);
  expect(page.url()).toContain(`${app.url}/?error=invalid_request`);
  await expectError(page, 'invalid_request', /acme/);

  await page.getByTestId('switch-organization').click();
  await signInHere(page, alice);
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('without an organization the provider asks for it', async ({ page, tenant }) => {
  await page.goto('/');
  await page.getByTestId('continue-without-organization').click();
  await expect(page).toHaveURL((url) => url.origin === tenant.url);
  await signInHere(page, alice);
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('a deep link comes back after the sign-in', async ({ page }) => {
  await page.goto('/features/board');
  await expectSignedOut(page);
  await askFor(page, 'org1');
  await authenticate(page, alice);
  await expect(page).toHaveURL('/features/board');
  await expect(page.getByTestId('notes')).toBeAttached();
});

test('two tabs sign in at once, each with its own way back', async ({ page: first, context }) => {
  const second = await context.newPage();
  await first.goto('/features/board');
  await second.goto('/features/people');
  await askFor(first, 'org1');
  await askFor(second, 'org1');
  await expect(second.getByTestId(`user-${alice.user}`)).toBeVisible();
  await authenticate(first, alice);
  await expect(first).toHaveURL('/features/board');
  await authenticate(second, alice);
  await expect(second).toHaveURL('/features/people');
  for (const tab of [first, second]) {
    await tab.reload();
    await expectToWorkFor(tab, 'org1', 'corporate');
  }
});

test('a guest switches between organizations and their licenses', async ({ page, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await tenant.addMember('org1', bob.user);
  await signIn(page, bob);
  await expectToWorkFor(page, 'org2', 'premium');

  await page.getByTestId('switch-organization').click();
  await askFor(page, 'org1'); // no choice of users: the provider knows bob by now
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('a user of another connection signs in anew when switching the organization', async ({ page }) => {
  await signIn(page, alice);
  await page.getByTestId('switch-organization').click();
  await signInHere(page, bob);
  await expectToWorkFor(page, 'org2', 'premium');
});

test('a refused account can be changed for another', async ({ page, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await expectBobToBeRefused(page);

  await page.getByTestId('other-account').click();
  await expectSignedOut(page);
  await askFor(page, 'org1');
  await expect(connections(page)).toHaveCount(2); // the provider's session is over: it asks again
  await authenticate(page, { ...alice, connection: 'Okta1' });
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('a removed member is refused at the next sign-in', async ({ page, app, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await tenant.addMember('org1', bob.user);
  await signIn(page, bobAtOrg1);
  await tenant.removeMember('org1', bob.user);
  await page.goto('/');
  await page.context().clearCookies({ name: `orglab_session_${new URL(app.url).port}` });
  await page.goto('/');
  const response = await documentAfter(page, () => askFor(page, 'org1'));
  expect(response.status()).toBe(403);
  await expectError(page, 'access_denied', /is not part of/);
});

test('cancelling at the provider is told as the user’s own decision', async ({ page, app }) => {
  await page.goto('/');
  await askFor(page, 'org1');
  const response = await documentAfter(page, () => page.getByTestId('cancel').click());
  expect(response.status()).toBe(403);
  expect(page.url()).toContain(`${app.url}/?error=access_denied`);
  await expectError(page, 'access_denied', 'User did not authorize the request');
  await expect(page.getByRole('main')).not.toContainText(/not a member/i);

  await page.getByTestId('try-again').click();
  await authenticate(page, alice);
  await expect(page).toHaveURL('/profile');
});

test('the error page stays the same when it is reloaded', async ({ page }) => {
  await page.goto('/');
  await askFor(page, 'org1');
  await page.getByTestId('cancel').click();
  await expectError(page, 'access_denied', 'User did not authorize the request');
  const reference = await page.getByTestId('error-reference').innerText();
  const reloaded = await page.reload();
  expect(reloaded?.status()).toBe(403);
  await expectError(page, 'access_denied', 'User did not authorize the request');
  await expect(page.getByTestId('error-reference')).toHaveText(reference);
});

test('after logout the back button shows no page of the signed-in user', async ({ page }) => {
  await signIn(page, alice);
  await page.goto('/features/people');
  await expect(page.getByTestId('people')).toContainText(alice.user);
  await signOut(page);
  await page.goBack();
  await expectSignedOut(page);
  await expect(page.locator('body')).not.toContainText(alice.user);
});

test('logout ends the session here and at the provider', async ({ page, context }) => {
  await signIn(page, alice);
  const cookies = await context.cookies();
  await signOut(page);
  await page.goto('/profile');
  await expectSignedOut(page);

  await askFor(page, 'org1');
  await expect(page.getByTestId(`user-${alice.user}`)).toBeVisible(); // the provider asks who it is

  await context.addCookies(cookies); // as somebody would who had copied them
  await page.goto('/profile');
  await expectSignedOut(page);
  await askFor(page, 'org1');
  await expect(page.getByTestId(`user-${alice.user}`)).toBeVisible();
});

test('the page at /logout ends the session too', async ({ page }) => {
  await signIn(page, alice);
  await page.goto('/logout');
  await page.getByRole('main').getByTestId('logout').click();
  await expectSignedOut(page);
  await page.goto('/profile');
  await expectSignedOut(page);
});

test('the session cookie is out of reach for scripts and other sites, and new at each sign-in', async ({ page, context, app }) => {
  const sessionCookie = async () => {
    const cookies = await context.cookies(app.url);
    return cookies.find(({ name }) => name === `orglab_session_${new URL(app.url).port}`);
  };
  await page.goto('/');
  expect(await sessionCookie()).toBeUndefined();
  await signIn(page, alice);
  const first = await sessionCookie();
  expect(first).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/', secure: false });
  await page.goto('/login?organization=org1'); // silently, by the provider's session
  await expect(page).toHaveURL('/profile');
  expect((await sessionCookie())?.value).not.toBe(first?.value);
});

test('the name 127.0.0.1 leads to the name that the cookies and the callback are for', async ({ page, app }) => {
  const byAddress = app.url.replace('localhost', '127.0.0.1');
  await page.goto(`${app.url}/`);
  const response = await page.request.get(`${byAddress}/profile`, { maxRedirects: 0 });
  expect(response.status()).toBe(307);
  expect(response.headers().location).toBe(`${app.url}/profile`);
});

test('the claims on the profile are those of the ID token', async ({ page, app, tenant }) => {
  await signIn(page, alice);
  expect(await claims(page)).toMatchObject({
    iss: `${tenant.url}/`,
    aud: 'orglab',
    org_name: 'org1',
    org_id: expect.stringMatching(/^org_\w{16}$/),
    email: alice.user,
    sub: expect.stringMatching(/^\w+\|Okta1\|/),
  });
  const json = await page.request.get(`${app.url}/profile`, { headers: { accept: 'application/json' } });
  expect(await json.json()).toMatchObject({ org_name: 'org1', email: alice.user });
});

test('two browsers never see each other’s sign-in state', async ({ page: first, tenant, app, newPerson }) => {
  const second = await newPerson();
  await first.goto('/');
  await second.goto('/');
  await askFor(first, 'org1');
  await askFor(second, 'org2');
  await expect(first.getByTestId(`user-${alice.user}`)).toBeVisible();
  await authenticate(second, bob);
  await expect(second).toHaveURL('/profile');
  await first.reload();
  await expect(first.getByTestId(`user-${alice.user}`)).toBeVisible(); // still asked
  await authenticate(first, alice);
  await expect(first).toHaveURL('/profile');
  await expectToWorkFor(first, 'org1', 'corporate');
  await second.reload();
  await expectToWorkFor(second, 'org2', 'premium');

  await signOut(first);
  await second.goto('/login?organization=org2'); // silently: its session at the tenant is untouched
  await expect(second).toHaveURL('/profile');
  await expectToWorkFor(second, 'org2', 'premium');
  await askFor(first, 'org2');
  await expect(first.getByTestId(`user-${bob.user}`)).toBeVisible(); // the first is asked

  const response = await responseFor(first, tenant, app.url);
  const third = await newPerson();
  const page = await third.goto(response);
  expect(page?.status()).toBe(400);
  await expect(third.getByTestId('error-title')).toHaveText('This sign-in was not started in this browser');
  await expectNobodySignedIn(third);
});

/** Signs bob in, and returns the address at which the authorization response came. */
async function responseFor(page: Page, tenant: Tenant, app: string): Promise<string> {
  await expect(page).toHaveURL((url) => url.origin === tenant.url);
  const response = page.waitForRequest((request) => request.url().startsWith(`${app}/?code=`));
  await authenticate(page, bob);
  await expect(page).toHaveURL('/profile');
  return (await response).url();
}
