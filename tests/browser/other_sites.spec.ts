import { alice, bob, expect, signIn, test } from './support/orglab.ts';

// What a real browser sends from another site: no cookie with a form (SameSite=Lax), and a cookie with the redirect.

const elsewhere = 'http://127.0.0.1:1/';
test.use({ otherSites: [new URL(elsewhere).origin] });

/** A page of another site, with one button that posts a form to the tenant. */
const form = (action: string, fields: Iterable<[string, string]>) => {
  const inputs = [...fields].map(([name, value]) => {
    const escaped = value.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    return `<input type="hidden" name="${name}" value="${escaped}">`;
  });
  return `<form method="post" action="${action}">${inputs.join('')}<button>Send</button></form>`;
};

test('an authorization request that another site posts is granted by single sign-on', async ({ page, tenant }) => {
  await signIn(page, alice);
  const request = page.waitForRequest((it) => it.url().startsWith(`${tenant.url}/authorize`));
  await page.goto(`/login?organization=${alice.organization}`);
  const parameters = new URL((await request).url()).searchParams;

  const body = form(`${tenant.url}/authorize`, [...parameters, ['user_id', 'somebody']]);
  await page.route(elsewhere, (route) => route.fulfill({ contentType: 'text/html', body }));
  await page.goto(elsewhere);
  const response = page.waitForRequest((it) => new URL(it.url()).searchParams.has('code'));
  await page.getByRole('button').click();
  expect(new URL((await response).url()).searchParams.get('state')).toBe(parameters.get('state'));
});

test('a logout that another site posts asks first', async ({ page, tenant }) => {
  const body = form(`${tenant.url}/oidc/logout`, [['client_id', 'orglab']]);
  await page.route(elsewhere, (route) => route.fulfill({ contentType: 'text/html', body }));
  await signIn(page, alice);
  await page.goto(elsewhere);
  await page.getByRole('button').click();
  await expect(page.getByRole('heading')).toHaveText('Log out?');
  await page.goto(`/login?organization=${alice.organization}&prompt=select_account`); // the session is still there
  await expect(page.getByTestId(`user-${alice.user}`)).toBeVisible();

  await page.goto(elsewhere);
  await page.getByRole('button').click();
  await page.getByTestId('confirm').click();
  await expect(page.getByRole('heading')).toHaveText('You are logged out');
});

test('the choice of a connection outlives a reload', async ({ page, tenant }) => {
  await tenant.reset('collaboration');
  await page.goto('/login?organization=org1');
  await page.getByTestId('connection-Okta2').click();
  await expect(page.getByTestId(`user-${bob.user}`)).toBeVisible();
  await page.reload();
  await expect(page.getByTestId(`user-${bob.user}`)).toBeVisible();
});
