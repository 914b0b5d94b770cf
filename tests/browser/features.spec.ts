import {
  alice,
  askFor,
  bob,
  bobAtOrg1,
  documentAfter,
  expect,
  expectToWorkFor,
  notes,
  openFeature,
  post,
  pressByKeyboard,
  signIn,
  signOut,
  test,
} from './support/orglab.ts';
import type { Page } from '@playwright/test';
import { managementToken } from './support/tenant.ts';

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
  await expect(page.getByRole('alert')).toContainText('You are now logged in to org1.');
  await expect(page.getByTestId('note')).toHaveValue('For org2 alone.');
  await expectToWorkFor(page, 'org1', 'corporate');
  await expect(notes(page)).toHaveCount(0);

  await post(page, 'For org1, then.');
  await expect(notes(page)).toHaveCount(1);
});

test('after an error, the field has the focus, keeps what was typed, and says what is wrong', async ({ page }) => {
  await signIn(page, alice);
  await openFeature(page, 'board');
  const note = page.getByTestId('note');
  await note.fill('x'.repeat(501));
  await pressByKeyboard(page, page.getByTestId('post-note'));
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(note).toBeFocused();
  await expect(note).toHaveAccessibleDescription(/at most 500 characters\. Yours has 501.*Up to 500 characters/s);

  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('Written without a mouse.');
  await pressByKeyboard(page, page.getByTestId('post-note'));
  await expect(notes(page)).toContainText(['Written without a mouse.']);
});

test('a board of 1,000 notes is read a page at a time, and no page is long', async ({ page }) => {
  test.setTimeout(180_000);
  await page.setViewportSize({ width: 1280, height: 800 });
  await signIn(page, alice);
  for (let number = 1; number <= 1_000; number += 20) {
    const posts = Array.from({ length: 20 }, (_, more) => {
      const note = `Note ${number + more}: please look at the new price list before Friday.`;
      return page.request.post('/features/board', { form: { note }, maxRedirects: 0 });
    });
    for (const response of await Promise.all(posts)) expect(response.status()).toBe(303);
  }
  await openFeature(page, 'board');
  const pager = page.getByRole('navigation', { name: 'Pages of notes' });
  await expect(pager).toContainText('1–8 of 1,000 notes');
  await expect(pager.locator('[aria-current]')).toHaveText('Page 1');
  await expect(pager.getByRole('link', { name: 'Previous page' })).toHaveCount(0);
  await expect(notes(page)).toHaveCount(8);
  expect(await height(page)).toBeLessThanOrEqual(8_000);

  await pressByKeyboard(page, pager.getByRole('link', { name: 'Next page' }));
  await expect(page).toHaveURL('/features/board?page=2');
  await expect(page).toHaveTitle(/^Board, page 2 of 125/);
  await expect(pager.locator('[aria-current]')).toHaveText('Page 2');
  await pager.getByRole('link', { name: 'Page 125' }).click();
  await expect(pager).toContainText('993–1,000 of 1,000 notes');
  await expect(pager.getByRole('link', { name: 'Next page' })).toHaveCount(0);
  expect(await height(page)).toBeLessThanOrEqual(8_000);
});

test('names of 80 characters without a break, right-to-left ones and emoji fit a narrow page', async ({
  page,
  tenant,
  newPerson,
}) => {
  const names = ['W'.repeat(80), 'אבגדהוזחטיכלמנסעפצקרשת'.repeat(3), '👩‍🚀🚀 Ada ‮evol'];
  const headers = { authorization: `Bearer ${await managementToken(tenant.url)}` };
  for (const [index, name] of names.entries()) {
    const user = `user${index}@org1.example`;
    const data = { connection: 'Okta1', email: user, name };
    expect((await page.request.post(`${tenant.url}/api/v2/users`, { headers, data })).status()).toBe(201);
    const person = await newPerson();
    await signIn(person, { ...alice, user });
    await openFeature(person, 'board');
    await post(person, `${name}-${'unbroken'.repeat(20)}`);
  }
  await signIn(page, alice);
  await page.setViewportSize({ width: 320, height: 800 });
  for (const path of ['/', '/features', '/features/board', '/features/people', '/features/activity']) {
    await page.goto(path);
    expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), path).toBeLessThanOrEqual(320);
  }
  await page.goto('/features/people');
  for (const name of names) await expect(page.getByTestId('people').locator('bdi', { hasText: name }).first()).toBeVisible();
});

test('people are grouped by connection, and a guest’s connection is a group of its own', async ({ page, tenant, newPerson }) => {
  await tenant.reset('invited');
  await signIn(page, { ...alice, connection: 'Okta1' });
  await signIn(await newPerson(), bobAtOrg1);
  await openFeature(page, 'people');
  await expect(page.getByRole('main').getByRole('heading')).toHaveText(['People', /^Okta1\s+1 person$/, /^Okta2\s+1 person$/]);
  await expect(page.getByTestId('people').getByRole('table')).toHaveText([/alice@org1.example/, /bob@org2.example/]);
  const [okta1, okta2] = await page.getByTestId('people').locator('.badge').evaluateAll((badges) =>
    badges.map((badge) => getComputedStyle(badge).backgroundColor),
  );
  expect(okta1).not.toBe(okta2);
});

for (const [slug, name] of [
  ['board', 'Board'],
  ['people', 'People'],
  ['activity', 'Activity'],
]) {
  test(`${slug}: a way back to the features, headings in order, times that programs can read`, async ({ page }) => {
    await signIn(page, alice);
    await openFeature(page, 'board');
    await post(page, 'Welcome to org1.');
    await page.goto(`/features/${slug}`);
    const crumbs = page.getByRole('navigation', { name: 'Breadcrumb' });
    await expect(crumbs.getByRole('listitem')).toHaveText(['Features', name]);
    await expect(crumbs.locator('[aria-current="page"]')).toHaveText(name);
    const levels = await page.locator('h1, h2, h3, h4').evaluateAll((headings) => headings.map(({ tagName }) => Number(tagName[1])));
    expect(levels[0]).toBe(1);
    for (const [index, level] of levels.slice(1).entries()) expect(level - levels[index]).toBeLessThanOrEqual(1);
    const times = await page.getByRole('main').locator('time').evaluateAll((found) => found.map((time) => time.getAttribute('datetime')));
    expect(times.length).toBeGreaterThan(0);
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    await crumbs.getByRole('link', { name: 'Features' }).click();
    await expect(page).toHaveURL('/features');
    await expect(page.getByRole('main').getByRole('heading')).toHaveText(['Features', 'Board', 'People', 'Activity']);
  });
}

test('the chart tells its two kinds apart without colour, and its key says the numbers', async ({ page, newPerson }) => {
  await signIn(page, alice);
  const other = await newPerson();
  await other.goto('/');
  await askFor(other, 'org1');
  await other.getByTestId('cancel').click();
  await expect(other.getByTestId('error-title')).toBeVisible();
  await openFeature(page, 'activity');
  await expect(page.getByRole('figure')).toContainText(/1 sign-in\s+1 refused attempt, as reported/);
  for (const media of [{ forcedColors: 'active' }, { forcedColors: 'none', media: 'print' }] as const) {
    await page.emulateMedia(media);
    const fills = await page.locator('.key rect').evaluateAll((keys) => keys.map((key) => getComputedStyle(key).fill));
    expect(fills[1]).toContain('#stripes');
    expect(fills[0]).not.toBe(fills[1]);
  }
});

/** Takes the form's own limits away, as anybody can who writes requests by hand. */
async function leaveTheCheckingToTheServer(page: Page): Promise<void> {
  await page.getByTestId('note').evaluate((field: HTMLTextAreaElement) => {
    field.removeAttribute('maxlength');
    field.removeAttribute('minlength');
    field.removeAttribute('required');
  });
}

/** The height of the whole page, in pixels. */
function height(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollHeight);
}
