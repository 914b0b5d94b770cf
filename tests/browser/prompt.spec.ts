import { alice, authenticate, expect, expectSignedOut, signIn, test } from './support/orglab.ts';

test('the prompt is ready to type in', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByTestId('organization')).toBeFocused();
  await expect(page.getByTestId('organization')).toHaveValue('');
  await page.keyboard.type('org1');
  await page.keyboard.press('Enter');
  await authenticate(page, alice);
  await expect(page).toHaveURL('/profile');
});

test('a link under the field fills it and starts nothing', async ({ page, app }) => {
  const elsewhere: string[] = [];
  page.on('request', (request) => request.url().startsWith(app.url) || elsewhere.push(request.url()));
  await page.goto('/?return_to=%2Ffeatures');
  const field = page.getByTestId('organization');
  await expect(field).toHaveAccessibleDescription(/org1 and org2/);
  await page.getByRole('link', { name: 'org2' }).click();
  await expect(field).toHaveValue('org2');
  await expect(field).toBeFocused();
  await expectSignedOut(page);
  expect(await page.context().cookies()).toEqual([]);
  expect(elsewhere).toEqual([]);
  await page.keyboard.press('Enter');
  await authenticate(page, { user: 'bob@org2.example' });
  await expect(page).toHaveURL('/features');
});

test('the prompt has no link to itself', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('banner').getByRole('link', { name: 'Log in' })).toHaveCount(0);
  await page.goto('/nowhere');
  await expect(page.getByRole('banner').getByRole('link', { name: 'Log in' })).toBeVisible();
});

test.describe('on a projector', () => {
  test.use({ viewport: { width: 1280, height: 720 } });

  test('the first screen of the profile has both license claims', async ({ page }) => {
    await signIn(page, alice);
    for (const claim of ['https://myapp.com/license', 'https://myapp.com/organization']) {
      const row = page.getByRole('row', { name: claim });
      await expect(row).toContainText('Added by your tenant');
      await expect(row).toBeInViewport({ ratio: 1 });
    }
  });
});

test.describe('on a small screen', () => {
  test.use({ viewport: { width: 320, height: 640 } });

  for (const path of ['/', '/profile'] as const) {
    test(`${path} does not scroll sideways`, async ({ page }) => {
      if (path === '/profile') await signIn(page, alice);
      else await page.goto(path);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    });
  }
});

test('the JSON is what programs get, and a click selects all of it', async ({ page }) => {
  await signIn(page, alice);
  const json = page.getByTestId('claims');
  const response = await page.request.get('/profile', { headers: { accept: 'application/json' } });
  const text = await json.innerText();
  expect(text).toBe(JSON.stringify(await response.json(), null, 2));
  await json.click();
  expect(await page.evaluate(() => getSelection()?.toString().trim())).toBe(text);
});
