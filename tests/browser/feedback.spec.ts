import { alice, bob, expect, openFeature, post, signIn, signOut, test } from './support/orglab.ts';
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

test('a switch of the organization is confirmed with both', async ({ page }) => {
  await signIn(page, alice);
  await expectFocusedMessage(page, 'You are logged in to org1.');
  await signIn(page, bob);
  await expectFocusedMessage(page, 'You switched from org1 to org2.');
  await expectItToGoWithAReload(page);
});
