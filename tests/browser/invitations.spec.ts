import {
  alice,
  authenticate,
  bob,
  bobAtOrg1,
  documentAfter,
  expect,
  expectError,
  expectStepsDone,
  expectToWorkFor,
  signIn,
  signOut,
  test,
} from './support/orglab.ts';

test.beforeEach(({ tenant }) => tenant.reset('collaboration'));

test('an invitation makes the invited user a member, once', async ({ page, tenant, newPerson }) => {
  const link = await tenant.invite('org1', bob.user);
  expect(new URL(link).searchParams.get('organization_name')).toBe('org1');

  await page.goto(link);
  await expect(page.getByRole('main')).toContainText(`invites ${bob.user} to join org1`);
  await page.getByTestId('accept').click();
  await authenticate(page, bobAtOrg1);
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'corporate');
  const dashboard = await tenant.dashboard();
  await expect(dashboard.getByTestId(`remove-member-org1-${bob.user}`)).toBeVisible();
  await expectStepsDone(dashboard, '6.4', '6.5', '4.2', '5');
  await expect(dashboard.getByRole('link', { name: link })).toHaveCount(0);

  await signOut(page);
  await signIn(page, bobAtOrg1); // a member now, without a link
  const other = await newPerson();
  const response = await documentAfter(other, () => other.goto(link));
  expect(response.status()).toBe(400);
  await expectError(other, 'invalid_request', 'invitation not found or already used');
  await expect(other.getByTestId('error-title')).toHaveText('This invitation is not valid');
});

test('an invitation is refused to another account, in Auth0’s words, and is used up', async ({ page, tenant, newPerson }) => {
  const link = await tenant.invite('org1', bob.user);
  await page.goto(link);
  await page.getByTestId('accept').click();
  await page.getByTestId('connection-Okta1').click();
  const response = await documentAfter(page, () => page.getByTestId(`user-${alice.user}`).click());
  expect(response.status()).toBe(403);
  await expectError(
    page,
    'access_denied',
    'the specified account is not allowed to accept the current invitation',
  );
  await expect(page.getByTestId('error-title')).toHaveText('This invitation is for another account');

  const invited = await newPerson();
  await invited.goto(link);
  await expectError(invited, 'invalid_request', 'invitation not found or already used');
  const dashboard = await tenant.dashboard();
  await expect(dashboard.getByTestId(`add-member-org1-${bob.user}`)).toBeVisible();
});

test('an invitation is never accepted for a signed-in user without a click', async ({ page, tenant }) => {
  const link = await tenant.invite('org1', bob.user);
  await signIn(page, bob);
  await page.goto(link);
  await expect(page.getByText('You are logged in as Bob Brown')).toBeVisible();
  await expect((await tenant.dashboard()).getByTestId(`add-member-org1-${bob.user}`)).toBeVisible();
  await page.getByTestId('accept').click();
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('an invitation asks who is signed in before anything else, where the dashboard’s link is followed', async ({ page, tenant }) => {
  const link = await tenant.invite('org1', bob.user);
  await signIn(page, bob);
  await page.goto(tenant.url);
  await page.getByRole('link', { name: link }).click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Log in to org1 \(org_\w{16}\)\?$/);
  await expectToWorkFor(page, 'org2', 'premium');
  await page.getByTestId('continue').click();
  await page.getByTestId('accept').click();
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('an invitation warns whoever is signed in as somebody else, and lets them become the invited one first', async ({ page, tenant }) => {
  const link = await tenant.invite('org1', bob.user);
  await signIn(page, { ...alice, connection: 'Okta1' });
  await page.goto(link);
  await expect(page.getByText(`You are logged in as Alice Adams (${alice.user}), but the invitation is for ${bob.user}.`)).toBeVisible();
  await page.getByTestId('accept-as-another').click();
  await authenticate(page, bobAtOrg1);
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('an invitation can be revoked', async ({ page, tenant }) => {
  const link = await tenant.invite('org1', bob.user);
  const dashboard = await tenant.dashboard();
  await dashboard.getByRole('button', { name: `Revoke the invitation of ${bob.user} to org1` }).click();
  await expect(dashboard.getByRole('link', { name: link })).toHaveCount(0);
  await page.goto(link);
  await expectError(page, 'invalid_request', 'invitation not found or already used');
});
