import { expect, test } from './fixtures.ts';
import { type Registration, account } from './provider.ts';
import { Visitor, textOf } from './visitor.ts';

const publicClients: Registration[] = (['RS256', 'PS256', 'ES256', 'EdDSA'] as const).map((algorithm) => ({ algorithm }));
const confidential: Registration[] = (['client_secret_basic', 'client_secret_post'] as const).flatMap((authentication) => [
  { algorithm: 'RS256', authentication },
  { algorithm: 'EdDSA', authentication },
]);

for (const registration of [...publicClients, ...confidential]) {
  const { algorithm, authentication = 'none' } = registration;
  test.describe(() => {
    test.use({ registration });
    test(`signs in at oidc-provider with ${algorithm} and ${authentication}`, async ({ visitor, provider }) => {
      const page = await visitor.signIn({ organization: 'org1' });
      expect([page.status(), new URL(page.url()).pathname], await page.text()).toEqual([200, '/profile']);
      expect(await visitor.claims()).toMatchObject({ iss: provider.issuer, sub: account.sub, org_id: account.org_id });
      const trace = await (await visitor.http.get('/trace')).text();
      for (const fact of [algorithm as string, authentication, 'RFC 9207']) expect(trace).toContain(fact);
    });
  });
}

test('takes a response of oidc-provider for its own only with the issuer that discovery promises', async ({ visitor, provider }) => {
  await visitor.signIn();
  const responses: [string, (response: URLSearchParams) => void, number][] = [
    ['with the issuer', () => {}, 303],
    ['without', (response) => response.delete('iss'), 400],
    ['with a slash more', (response) => response.set('iss', `${provider.issuer}/`), 400],
  ];
  for (const [name, change, status] of responses) {
    // The session at the provider responds without asking.
    const request = await visitor.redirectOf('/login');
    const response = await visitor.redirectOf(request);
    expect(response.searchParams.get('iss'), name).toBe(provider.issuer);
    change(response.searchParams);
    const page = await visitor.http.get(response.href, { maxRedirects: 0 });
    expect(page.status(), name).toBe(status);
  }
});

test('asks oidc-provider for the sign-in anew by prompt and max_age, and holds the response to it', async ({ visitor }) => {
  await visitor.signIn();
  expect((await visitor.login()).url(), 'single sign-on').toMatch(/\/profile$/);
  for (const parameters of [{ prompt: 'login' }, { max_age: '0' }] as Record<string, string>[]) {
    const page = await visitor.login(parameters);
    expect(page.url(), JSON.stringify(parameters)).toContain('/interaction/');
    const end = await visitor.submit(page, { login: 'alice', password: 'any' });
    expect(end.url()).toMatch(/\/profile$/);
  }
  expect(await visitor.claims()).toHaveProperty('auth_time');
});

test.describe('what oidc-provider refuses', () => {
  for (const [name, consents] of [['the sign-in', false], ['the consent', true]] as const) {
    test(`is shown in its words where the user cancels ${name}`, async ({ visitor }) => {
      let page = await visitor.login();
      if (consents) page = await visitor.submit(page, { login: 'alice', password: 'any' });
      page = await visitor.http.get(`${page.url()}/abort`);
      expect([page.status(), new URL(page.url()).searchParams.get('error')]).toEqual([403, 'access_denied']);
      expect(await textOf(page, 'error-code')).toBe('access_denied');
      expect(await textOf(page, 'error-description')).toBe('End-User aborted interaction');
      expect(await visitor.claims()).toBeUndefined();
    });
  }

  test('stays at the provider where the callback is not registered', async ({ visitor, orglab, provider }) => {
    const request = await visitor.redirectOf('/login');
    request.searchParams.set('redirect_uri', `${orglab.appUrl}/`);
    const page = await visitor.http.get(request.href, { headers: { accept: 'text/html' } });
    expect([page.status(), new URL(page.url()).origin]).toEqual([400, provider.issuer]);
    expect(await page.text()).toContain('redirect_uri');
  });

  test.describe(() => {
    test.use({ registration: { metadata: { scope: 'openid' } } });
    test('is shown where a scope is not for the client', async ({ visitor }) => {
      const page = await visitor.login();
      expect(await textOf(page, 'error-code')).toBe('invalid_scope');
      expect(await page.text()).toContain('OIDC_SCOPES');
    });
  });

  test.describe(() => {
    test.use({ settings: { OIDC_CLIENT_SECRET: 'not the secret' }, registration: { authentication: 'client_secret_basic' } });
    test('names the settings to check where the secret is wrong', async ({ visitor }) => {
      const page = await visitor.signIn();
      expect([page.status(), await textOf(page, 'error-code')]).toEqual([502, 'invalid_client']);
      expect(await page.text()).toContain('OIDC_CLIENT_SECRET');
      expect(await visitor.claims()).toBeUndefined();
    });
  });

  test('is an organization that it knows nothing of', async ({ visitor }) => {
    const page = await visitor.signIn({ organization: 'org2' });
    expect(await textOf(page, 'error-title')).toMatch(/organization/i);
    expect(await visitor.claims()).toBeUndefined();
  });
});

test('logs out at oidc-provider and comes back, and the next sign-in asks again', async ({ visitor, orglab }) => {
  await visitor.signIn();
  const confirm = await visitor.http.post('/logout');
  expect(confirm.url()).toContain('id_token_hint=');
  expect(await visitor.claims(), 'over here, whatever is answered there').toBeUndefined();
  const end = await visitor.submit(confirm, { logout: 'yes' });
  expect([end.status(), end.url()]).toEqual([200, `${orglab.appUrl}/`]);
  expect((await visitor.login()).url()).toContain('/interaction/');
});

test('ends the session that oidc-provider says is over, and no other', async ({ visitor, orglab, provider }) => {
  const other = await Visitor.at(orglab.appUrl);
  await visitor.signIn();
  await other.signIn();
  // At the provider itself, without the app.
  await visitor.submit(await visitor.http.get(`${provider.issuer}/session/end`), { logout: 'yes' });
  expect(provider.logouts).toEqual(['success']);
  expect(await visitor.claims()).toBeUndefined();
  expect(await other.claims()).toMatchObject({ sub: account.sub });
  await other.leave();
});

test('goes through oidc-provider and back in a browser', async ({ page, orglab }) => {
  const violations: string[] = [];
  page.on('console', (message) => /content security policy/i.test(message.text()) && violations.push(message.text()));
  // Its own pages ask for a font from elsewhere.
  await page.route((url) => !['localhost', '127.0.0.1'].includes(url.hostname), (route) => route.abort());
  await page.goto('/');
  await page.getByTestId('organization').fill('org1');
  await page.getByTestId('continue').click();
  await page.getByPlaceholder('Enter any login').fill('alice');
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL('/profile');
  await page.getByTestId('user-menu').click();
  await page.getByTestId('logout').filter({ visible: true }).first().click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await expect(page).toHaveURL(`${orglab.appUrl}/`);
  expect(violations).toEqual([]);
});
