import {
  alice,
  bob,
  bobAtOrg1,
  documentAfter,
  expect,
  expectToWorkFor,
  notes,
  openFeature,
  post,
  signIn,
  signOut,
  test,
} from './support/orglab.ts';
import type { Page } from '@playwright/test';

test('a premium user is refused at people, on a page that names the license it needs', async ({ page }) => {
  await signIn(page, bob);
  const response = await page.goto('/features/people');
  expect(response?.status()).toBe(403);
  await expect(page.getByTestId('feature-refused')).toBeVisible();
  await expect(page.getByRole('main')).toContainText(/corporate/i);
  await expect(page.getByTestId('people')).toHaveCount(0);
  await expectToWorkFor(page, 'org2', 'premium');
});

test('a corporate user has the premium features too', async ({ page }) => {
  await signIn(page, alice);
  for (const slug of ['board', 'people', 'activity']) {
    await openFeature(page, slug);
    await expect(page.getByTestId('feature-refused')).toHaveCount(0);
  }
});

for (const [what, text] of [
  ['no text', ''],
  ['501 characters', 'x'.repeat(501)],
]) {
  test(`a note of ${what} is rejected, and what was typed is kept`, async ({ page }) => {
    await signIn(page, alice);
    await openFeature(page, 'board');
    await leaveTheCheckingToTheServer(page);
    await page.getByTestId('note').fill(text);
    const response = await documentAfter(page, () => page.getByTestId('post-note').click());
    expect(response.status()).toBe(422);
    await expect(page.getByTestId('note')).toHaveValue(text);
    await expect(notes(page)).toHaveCount(0);
  });
}

test('a note of 500 characters is taken, whatever the script', async ({ page }) => {
  const text = 'ü漢😀🙂x'.repeat(100);
  await signIn(page, alice);
  await openFeature(page, 'board');
  await leaveTheCheckingToTheServer(page);
  await post(page, text);
  await expect(notes(page)).toHaveCount(1);
});

test('a note is text, never markup', async ({ page }) => {
  await signIn(page, alice);
  await openFeature(page, 'board');
  await post(page, '<img src=x onerror=alert(1)> & "quotes"');
  await expect(notes(page).first().locator('img[src=x]')).toHaveCount(0);
});

test('notes stay in their organization, also with a guest who belongs to both', async ({ page, tenant, newPerson }) => {
  await tenant.enable('org1', 'Okta2');
  await tenant.addMember('org1', bob.user);
  await signIn(page, bob);
  await openFeature(page, 'board');
  await post(page, 'For org2 alone.');
  await signOut(page);
  await signIn(page, bobAtOrg1);
  await openFeature(page, 'board');
  await expect(notes(page)).toHaveCount(0);
  await post(page, 'For org1 alone.');

  const host = await newPerson();
  await signIn(host, { ...alice, connection: 'Okta1' });
  await openFeature(host, 'board');
  await expect(notes(host)).toHaveCount(1);
  await expect(host.locator('body')).not.toContainText('For org2 alone.');
});

test('a note is posted to no other organization than its page was shown for', async ({ page, context }) => {
  await signIn(page, bob);
  await openFeature(page, 'board');
  await page.getByTestId('note').fill('For org2 alone.');
  const otherTab = await context.newPage();
  await signIn(otherTab, alice);

  const response = await documentAfter(page, () => page.getByTestId('post-note').click());
  expect(response.status()).toBe(409);
  await expect(page.getByRole('alert')).toContainText('You work in org1 now.');
  await expect(page.getByTestId('note')).toHaveValue('For org2 alone.');
  await expectToWorkFor(page, 'org1', 'corporate');
  await expect(notes(page)).toHaveCount(0);

  await post(page, 'For org1, then.');
  await expect(notes(page)).toHaveCount(1);
});

/** Takes the form's own limits away, as anybody can who writes requests by hand. */
async function leaveTheCheckingToTheServer(page: Page): Promise<void> {
  await page.getByTestId('note').evaluate((field: HTMLTextAreaElement) => {
    field.removeAttribute('maxlength');
    field.removeAttribute('minlength');
    field.removeAttribute('required');
  });
}
