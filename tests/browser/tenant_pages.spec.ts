import type { Locator, Page } from '@playwright/test';
import { alice, askFor, bob, bobAtOrg1, expect, openFeature, post, signIn, signOut, test } from './support/orglab.ts';

test('a connection has one hue: on the tenant’s pages, on its dashboard and in the app', async ({ page, tenant }) => {
  await tenant.reset('invited');
  await page.goto('/');
  await askFor(page, 'org1');
  const masthead = page.getByRole('banner');
  await expect(masthead).toHaveText(/The lab's identity provider/);
  const [okta1, okta2] = await Promise.all(
    ['Okta1', 'Okta2'].map((name) => background(page.getByTestId(`connection-${name}`).locator('.choice-mark'))),
  );
  expect(okta1).not.toBe(okta2);

  await page.getByTestId('connection-Okta2').click();
  await expect(masthead).toHaveText(/You are now at Okta2 \(played by the demo tenant\)/);
  expect(await background(masthead)).toBe(okta2);
  await page.getByTestId(`user-${bobAtOrg1.user}`).click();
  await expect(page).toHaveURL('/profile');

  await openFeature(page, 'board');
  await post(page, 'Hello');
  expect(await background(page.getByTestId('notes').getByText('Okta2', { exact: true }))).toBe(okta2);
  const dashboard = await tenant.dashboard();
  expect(await background(dashboard.locator('.badge').filter({ hasText: /^Okta1$/ }).first())).toBe(okta1);
});

test('an organization has one hue: on the tenant’s sign-in page and in the app’s header', async ({ page, tenant }) => {
  const hues = [];
  for (const account of [alice, bob]) {
    await page.goto('/');
    await askFor(page, account.organization);
    await expect(page).toHaveURL((url) => url.origin === tenant.url);
    const there = await background(page.locator('.avatar.square'));
    await signIn(page, account);
    expect(await background(page.getByRole('banner').locator('.avatar.square'))).toBe(there);
    hues.push(there);
    await signOut(page);
  }
  expect(new Set(hues).size).toBe(2);
});

test('a dozen users stand in columns on a wide screen, and in one on a narrow screen', async ({ page, tenant }) => {
  for (let number = 1; number <= 11; number += 1) {
    await tenant.createUser('Okta1', `user${number}@org1.example`, `User Number ${number}`);
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto('/');
  await askFor(page, 'org1');
  const users = page.locator('[data-testid^="user-"]');
  await expect(users).toHaveCount(12);
  expect(await columns(users)).toBeGreaterThan(1);
  expect(await height(page), 'everybody is on the first screen').toBeLessThanOrEqual(720);
  await page.setViewportSize({ width: 360, height: 720 });
  expect(await columns(users)).toBe(1);
});

async function background(locator: Locator): Promise<string> {
  return locator.evaluate((element) => getComputedStyle(element).backgroundColor);
}

async function columns(locator: Locator): Promise<number> {
  const boxes = await locator.evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().left));
  return new Set(boxes.map(Math.round)).size;
}

async function height(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollHeight);
}
