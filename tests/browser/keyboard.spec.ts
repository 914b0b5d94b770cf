import type { Locator, Page } from '@playwright/test';
import {
  alice,
  bob,
  connections,
  expect,
  expectBobToBeRefused,
  expectError,
  expectSignedOut,
  expectToWorkFor,
  notes,
  openFeature,
  pressByKeyboard,
  signIn,
  tabTo,
  test,
  traceStep,
  tryToSignIn,
} from './support/orglab.ts';

test('the collaboration chapter is walked by keyboard alone', async ({ page, tenant, newPerson }) => {
  const dashboard = await newPerson();

  await page.goto('/');
  await askByKeyboard(page, 'org2');
  await pressByKeyboard(page, page.getByTestId(`user-${bob.user}`));
  await expectToWorkFor(page, 'org2', 'premium');
  await expectStatusFocused(page, /logged in/);
  await pressByKeyboard(page, page.getByTestId('user-menu'));
  await pressByKeyboard(page, page.getByTestId('logout'));
  await expectSignedOut(page);
  await expect(page.getByRole('status')).toContainText(/logged out/);

  await dashboard.goto(tenant.url);
  await pressByKeyboard(dashboard, dashboard.getByTestId('enable-org1-Okta2'));
  await expect(dashboard.getByTestId('flash')).toHaveText(/^Okta2 is enabled for org1\./);
  await expectNextStop(dashboard, 'auto-membership-org1-Okta2');

  await askByKeyboard(page, 'org1');
  await expect(connections(page)).toHaveCount(2);
  await pressByKeyboard(page, page.getByTestId('connection-Okta2'));
  await pressByKeyboard(page, page.getByTestId(`user-${bob.user}`));
  await expectError(page, 'access_denied', /is not part of/);

  await pressByKeyboard(dashboard, dashboard.getByTestId(`add-member-org1-${bob.user}`));
  await expect(dashboard.getByTestId('flash')).toHaveText(`${bob.user} was added to org1 and can log in now.`);
  await expectNextStop(dashboard, `remove-member-org1-${bob.user}`);

  await pressByKeyboard(page, page.getByTestId('try-again'));
  await expectToWorkFor(page, 'org1', 'corporate');
  await expectStatusFocused(page, /logged in/);
  await pressByKeyboard(page, page.getByRole('banner').getByRole('link', { name: 'Features' }));
  await pressByKeyboard(page, page.getByTestId('feature-board'));
  await tabTo(page, page.getByTestId('note'));
  await page.keyboard.type('Written without a mouse.');
  await pressByKeyboard(page, page.getByTestId('post-note'));
  await expect(notes(page)).toContainText(['Written without a mouse.']);
  await expectStatusFocused(page, /posted/);
});

test('after each change on the dashboard, Tab leads to where it was made', async ({ page, tenant }) => {
  await page.goto(tenant.url);
  const act = async (button: string, next: string) => {
    await pressByKeyboard(page, page.getByTestId(button));
    await expect(page.getByTestId('flash')).toBeVisible();
    await expectNextStop(page, next);
  };
  await act('enable-org1-Okta2', 'auto-membership-org1-Okta2');
  await act('auto-membership-org1-Okta2', 'auto-membership-org1-Okta2');
  await act(`add-member-org1-${bob.user}`, `remove-member-org1-${bob.user}`);
  await page.keyboard.press('Enter'); // the question, with the focus on the safe choice
  await expect(page.getByTestId('cancel')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByTestId(`remove-member-org1-${bob.user}`)).toBeVisible();
  await expectNextStop(page, `remove-member-org1-${bob.user}`);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('cancel')).toBeFocused();
  await expectNextStop(page, 'confirm');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('flash')).toContainText('was removed from org1');
  await expectNextStop(page, `add-member-org1-${bob.user}`);
  await act('usage-both', 'usage-individuals');
  await act('organization-names-off', 'organization-names-off');
});

test('a note that is refused leaves the focus in its field', async ({ page }) => {
  await signIn(page, alice);
  await openFeature(page, 'board');
  await pressByKeyboard(page, page.getByTestId('post-note'));
  await expect(page.getByTestId('note')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByTestId('note')).toBeFocused();
});

test('the skip link is the first stop, shows, and leads past the header', async ({ page }) => {
  await signIn(page, alice);
  for (const path of ['/profile', '/features', '/trace', '/no-such-page']) {
    await page.goto(path);
    await page.keyboard.press('Tab');
    const skip = page.getByRole('link', { name: 'Skip to the content' });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Enter');
    await expect(page.getByRole('main')).toBeFocused();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('header')), path).toBeNull();
  }
});

test('the menu of the user opens and closes by keyboard, and gives the focus back', async ({ page }) => {
  await signIn(page, alice);
  const [menu, logout] = [page.getByTestId('user-menu'), page.getByTestId('logout')];
  for (const key of ['Enter', 'Space']) {
    await tabTo(page, menu);
    await page.keyboard.press(key);
    await expect(logout).toBeVisible();
    await tabTo(page, logout);
    await page.keyboard.press('Escape');
    await expect(logout).toBeHidden();
    await expect(menu).toBeFocused();
  }
});

test('the way to another organization leads to its field', async ({ page }) => {
  await signIn(page, alice);
  await pressByKeyboard(page, page.getByTestId('switch-organization'));
  await expect(page).toHaveURL('/#switch');
  await page.keyboard.press('Tab');
  await expect(page.getByTestId('organization')).toBeFocused();
});

test('who is refused again hears it at once, and the next stop is the way out', async ({ page, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await expectBobToBeRefused(page);
  await pressByKeyboard(page, page.getByTestId('try-again'));
  await expectStatusFocused(page, /You tried this before/);
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('.failure'))).not.toBeNull();

  await pressByKeyboard(page, page.getByTestId('switch-organization'));
  await expect(page.getByTestId('organization')).toBeFocused();
});

test('a link of the drawing opens a step that is closed, with its heading in sight', async ({ page, tenant }) => {
  await page.setViewportSize({ width: 1280, height: 600 });
  await tenant.breakNextSignIn('wrong-nonce');
  await tryToSignIn(page, alice);
  for (const [name, number] of [
    ['1 authorization request', 1],
    ['3 token request', 3],
  ] as const) {
    const step = traceStep(page, number);
    await expect(step.locator('.parameters')).toBeHidden();
    await pressByKeyboard(page, page.getByTestId('trace').getByRole('link', { name }));
    await expect(step.locator('.parameters')).toBeVisible();
    await expect(step.getByRole('heading')).toBeInViewport({ ratio: 1 });
    await page.keyboard.press('Tab');
    await expect(step.locator(':focus')).toHaveCount(1);
  }
});

test('the message on a sign-in covers no step of the trace', async ({ page }) => {
  await page.setViewportSize({ width: 800, height: 500 });
  await page.goto('/?return_to=/trace');
  await askByKeyboard(page, 'org1');
  await pressByKeyboard(page, page.getByTestId(`user-${alice.user}`));
  await expectStatusFocused(page, /logged in/);
  await pressByKeyboard(page, page.getByTestId('trace').getByRole('link', { name: '3 token request' }));
  await expect(page).toHaveURL('/trace#step-3');
  await page.keyboard.press('Tab');
  const heading = traceStep(page, 3).getByRole('heading').getByRole('link');
  await expect(heading).toBeFocused();
  expect(await isOnTop(heading)).toBe(true);
});

test('a step’s links to its neighbours follow its heading, as they are seen', async ({ page }) => {
  await signIn(page, alice);
  await page.goto('/trace#step-3');
  for (const name of [/^3\. /, '← Step 2', 'Step 4 →']) {
    await page.keyboard.press('Tab');
    await expect(traceStep(page, 3).getByRole('link', { name })).toBeFocused();
  }
});

test('the header is walked from top to bottom on a small screen', async ({ page }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await signIn(page, alice);
  await page.goto('/features');
  await page.keyboard.press('Tab'); // the skip link
  const tops: number[] = [];
  for (let stop = 0; stop < 6; stop++) {
    await page.keyboard.press('Tab');
    tops.push(await page.evaluate(() => Math.round(document.activeElement!.getBoundingClientRect().bottom)));
    expect(await page.evaluate(() => document.activeElement?.closest('header'))).not.toBeNull();
  }
  expect(tops.map((top, at) => top - (tops[at - 1] ?? 0)).every((step) => step > -4), tops.join(', ')).toBe(true);
});

test('a choice at the provider is made by keyboard, and cancelled', async ({ page, tenant }) => {
  await tenant.reset('collaboration');
  await page.goto('/');
  await askByKeyboard(page, 'org1');
  await pressByKeyboard(page, page.getByTestId('connection-Okta1'));
  await pressByKeyboard(page, page.getByTestId('cancel'));
  await expectError(page, 'access_denied', 'User did not authorize the request');
});

/** Types the organization's name into the field, which has the focus as soon as the page is there, and goes on. */
async function askByKeyboard(page: Page, organization: string): Promise<void> {
  await expect(page.getByTestId('organization')).toBeFocused();
  await page.keyboard.type(organization);
  await page.keyboard.press('Enter');
}

/** On the open page, the next press of the Tab key leads to the element with this test id. */
async function expectNextStop(page: Page, testId: string): Promise<void> {
  await expect(page.getByTestId(testId)).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByTestId(testId)).toBeFocused();
}

/** Nothing lies over the middle of the element. */
async function isOnTop(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    return element.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  });
}

/** The message on what was done has the focus, so that it is read first and the next stop is in the content. */
async function expectStatusFocused(page: Page, text: RegExp): Promise<void> {
  const status = page.getByRole('status').filter({ hasText: text });
  await expect(status).toBeFocused();
  await expect(status).toBeInViewport();
}
