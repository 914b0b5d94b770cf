import { AxeBuilder } from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import {
  alice,
  askFor,
  bob,
  expect,
  expectBobToBeRefused,
  expectToWorkFor,
  pressByKeyboard,
  signIn,
  test,
  traceStep,
  tryToSignIn,
} from './support/orglab.ts';

test.use({ viewport: { width: 1280, height: 720 } });

for (const [fault, expected, found] of [
  ['wrong-nonce', /[\w-]{8}…/, /\w+/],
  ['wrong-audience', 'orglab', 'another-application'],
  ['bad-signature', /./, /./],
  ['other-organization', 'org1', 'org2'],
  ['no-organization', 'org1', 'org_id absent'],
] as [string, string | RegExp, string | RegExp][]) {
  test(`${fault}: what failed and the way out are on the first screen, and a link leads to the step`, async ({
    page,
    tenant,
  }) => {
    await tenant.breakNextSignIn(fault);
    await tryToSignIn(page, alice);
    const check = page.getByTestId('failed-check');
    await onTheFirstScreen(page.getByTestId('error-title'), page.getByTestId('try-again'), check);
    await expect(check).toContainText('✗');
    await expect(check.locator('dt:text-is("Expected") + dd')).toContainText(expected);
    await expect(check.locator('dt:text-is("Found") + dd')).toContainText(found);
    await expect(page.locator('main .primary')).toHaveText('Try again');

    await check.getByRole('link', { name: 'step 5' }).click();
    await expect(page).toHaveURL(/#step-5$/);
    await expect(traceStep(page, 5)).toBeInViewport();
  });
}

test('the trace is collapsed to the step that failed, and the others open by keyboard', async ({ page, tenant }) => {
  await tenant.breakNextSignIn('wrong-nonce');
  await tryToSignIn(page, alice);
  const open = page.getByTestId('trace').locator('.step > details[open]');
  await expect(open).toHaveCount(1);
  await expect(traceStep(page, 5).locator('.checks')).toBeVisible();
  const parameters = traceStep(page, 1).locator('.parameters');
  await expect(parameters).toBeHidden();
  await pressByKeyboard(page, traceStep(page, 1).locator('summary'));
  await expect(parameters).toBeVisible();
  await expect(open).toHaveCount(2);
});

test('a refusal has the provider’s words and the way out on the first screen', async ({ page, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await expectBobToBeRefused(page);
  await onTheFirstScreen(
    page.getByTestId('error-title'),
    page.getByTestId('try-again'),
    page.getByTestId('error-description'),
    page.getByTestId('error-reference'),
  );
});

test('who tries again while nothing has changed reads when the same reason was given, until it is mended', async ({
  page,
  tenant,
}) => {
  await tenant.enable('org1', 'Okta2');
  await expectBobToBeRefused(page);
  const before = page.getByTestId('refused-before');
  await expect(before).toHaveCount(0);
  await page.reload();
  await expect(before).toHaveCount(0);

  await page.getByTestId('try-again').click(); // the provider knows bob by now, and refuses without a question
  await expect(before).toHaveText(/the provider gave the same reason at \d\d:\d\d:\d\d UTC\.$/);
  await expect(before.locator('time')).toHaveAttribute('datetime', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);

  await tenant.addMember('org1', bob.user);
  await page.getByTestId('try-again').click();
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('a button leads to the organization’s card on the dashboard, and back is the same page', async ({ page, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await expectBobToBeRefused(page);
  const reference = await page.getByTestId('error-reference').innerText();
  await page.getByTestId('open-dashboard').click();
  await expect(page).toHaveURL(`${tenant.url}/#organization-org1`);
  await expect(page.locator(':target')).toBeInViewport();
  await expect(page.locator(':target')).toContainText('org1');
  await page.goBack();
  await expect(page.getByTestId('error-reference')).toHaveText(reference);
});

for (const [kind, name] of [
  ['long', 'x'.repeat(255)],
  ['right-to-left', 'ארגון '.repeat(40).trim()],
  ['of emoji', '🏢'.repeat(120)],
]) {
  test(`an organization’s name that is ${kind} breaks no page, narrow or wide`, async ({ page }) => {
    await page.goto('/');
    await askFor(page, name);
    await expect(page.getByTestId('error-title')).toBeVisible();
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 720 });
      const [content, viewport] = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return [scrollWidth, clientWidth];
      });
      expect(content, `at ${width} px`).toBeLessThanOrEqual(viewport);
    }
  });
}

test('error pages are accessible, with axe’s best practices', async ({ page, tenant }) => {
  await accessible(page, '/no-such-page');
  await accessible(page, '/?error=access_denied&state=made-up');
  await accessible(page, '/logout');
  await tenant.breakNextSignIn('wrong-nonce');
  await tryToSignIn(page, alice);
  await accessible(page);
  await signIn(page, bob);
  await accessible(page, '/features/people');
});

/** Each of them is on the page as it opens, without scrolling. */
async function onTheFirstScreen(...elements: Locator[]): Promise<void> {
  for (const element of elements) {
    await expect(element).toBeInViewport({ ratio: 1 });
  }
  expect(await elements[0].page().evaluate(() => scrollY)).toBe(0);
}

async function accessible(page: Page, path?: string): Promise<void> {
  if (path) await page.goto(path);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`));
  expect(found, page.url()).toEqual([]);
}
