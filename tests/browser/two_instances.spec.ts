import { alice, askFor, authenticate, bob, expect, expectToWorkFor, signIn, test } from './support/orglab.ts';
import { startOrglab } from './support/process.ts';

// Browsers send the cookies of `localhost` to all its ports (RFC 6265, 8.5).

test('two instances leave each other alone in one browser', async ({ browser, app }) => {
  const other = await startOrglab();
  const context = await browser.newContext({ baseURL: app.url });
  try {
    // What a version leaves behind that has no port in its cookies' names.
    const names = ['orglab_session', 'demo_tenant_session', 'orglab_attempt_AAAAAAAAAAAA'];
    await context.addCookies(names.map((name) => ({ name, value: 'of an older version', url: app.url })));
    const [page, otherPage] = [await context.newPage(), await context.newPage()];
    await signIn(page, alice);
    await otherPage.goto(other.appUrl);
    await askFor(otherPage, bob.organization);
    await authenticate(otherPage, bob);
    await expect(otherPage).toHaveURL(`${other.appUrl}/profile`);

    await page.reload();
    await expectToWorkFor(page, 'org1', 'corporate');
    await expectToWorkFor(otherPage, 'org2', 'premium');
    // Each tenant knows its own session, and asks nothing.
    await page.goto(`/login?organization=${alice.organization}`);
    await expect(page).toHaveURL('/profile');
    await otherPage.goto(`${other.appUrl}/login?organization=${bob.organization}`);
    await expect(otherPage).toHaveURL(`${other.appUrl}/profile`);

    await otherPage.goto(`${other.appUrl}/logout`);
    await otherPage.getByRole('main').getByTestId('logout').click();
    await expect(otherPage).toHaveURL(`${other.appUrl}/`);
    await page.reload();
    await expectToWorkFor(page, 'org1', 'corporate');
  } finally {
    await context.close();
    await other.stop();
  }
});
