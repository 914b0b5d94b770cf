import { alice, askFor, bob, expect, openFeature, post, signIn, signOut, test } from './support/orglab.ts';
import type { Page } from '@playwright/test';

/** What the last form did stands on the page, in sight. */
async function expectMessage(page: Page, text: string): Promise<void> {
  const message = page.getByRole('main').getByRole('status').and(page.getByTestId('flash'));
  await expect(message).toHaveText(`✓ ${text}`);
  await expect(message).toBeInViewport();
}

/** The same, and screen readers read it: it has the focus. */
async function expectFocusedMessage(page: Page, text: string): Promise<void> {
  await expectMessage(page, text);
  await expect(page.getByTestId('flash')).toBeFocused();
}

/** Somebody who loads the page again is told nothing. */
async function expectItToGoWithAReload(page: Page): Promise<void> {
  await page.reload();
  await expect(page.getByRole('main')).toBeVisible();
  await expect(page.getByTestId('flash')).toHaveCount(0);
}

test('a note that was posted is confirmed', async ({ page }) => {
  await signIn(page, alice);
  await openFeature(page, 'board');
  await expect(page.getByTestId('flash')).toHaveCount(0);
  await post(page, 'Welcome to org1!');
  await expectFocusedMessage(page, 'Your note was posted.');
  await expectItToGoWithAReload(page);
});

test('a log-out is confirmed, and the prompt is ready for the next sign-in', async ({ page }) => {
  await signIn(page, alice);
  await signOut(page);
  await expectMessage(page, 'You are logged out.');
  await expect(page.getByTestId('organization')).toBeFocused();
  await expect(page.getByTestId('organization')).toHaveAccessibleDescription(/You are logged out\./);
  await expectItToGoWithAReload(page);
});

test('why the session has ended is read with the field that has the focus', async ({ page, tenant }) => {
  await signIn(page, alice);
  await tenant.reset('collaboration');
  await page.goto('/profile');
  await expect(page.getByTestId('organization')).toBeFocused();
  await expect(page.getByTestId('organization')).toHaveAccessibleDescription(/The provider has ended your session\./);
});

test.describe('while the provider is down', () => {
  test.use({ settings: { OIDC_ISSUER_URL: 'http://localhost:9/', OIDC_CLIENT_ID: 'orglab' } });

  test('that is read with the field that has the focus', async ({ page }) => {
    await page.goto('/');
    await expect(page.getByTestId('organization')).toBeFocused();
    await expect(page.getByTestId('organization')).toHaveAccessibleDescription(/The provider can't be reached\./);
  });
});

test('the title of a page says first what went wrong', async ({ page }) => {
  await signIn(page, alice);
  await openFeature(page, 'board');
  await expect(page).toHaveTitle('Board · Orglab');
  await page.getByTestId('post-note').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page).toHaveTitle('Not posted: Board · Orglab');

  await signOut(page);
  await page.getByTestId('continue-without-organization').click();
  await expect(page).toHaveTitle('Your organization · Demo Tenant');
  await askFor(page, 'acme');
  await expect(page.getByRole('alert')).toHaveText(/There is no organization “acme” here/);
  await expect(page.getByTestId('organization')).toBeFocused();
  await expect(page.getByTestId('organization')).toHaveAccessibleDescription(/acme/);
  await expect(page).toHaveTitle('Organization not found · Demo Tenant');
});

test('a switch of the organization is confirmed with both', async ({ page }) => {
  await signIn(page, alice);
  await expectFocusedMessage(page, 'You are logged in to org1.');
  await signIn(page, bob);
  await expectFocusedMessage(page, 'You switched from org1 to org2.');
  await expectItToGoWithAReload(page);
});
