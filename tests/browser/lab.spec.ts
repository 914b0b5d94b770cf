import {
  alice,
  askFor,
  authenticate,
  bob,
  bobAtOrg1,
  carol,
  claims,
  connections,
  continueWithoutOrganization,
  documentAfter,
  expect,
  expectError,
  expectSessionEnded,
  expectSignedOut,
  expectStepsDone,
  expectToWorkFor,
  openFeature,
  person,
  signIn,
  signInHere,
  signOut,
  test,
} from './support/orglab.ts';
import type { Page } from '@playwright/test';
import type { Checkpoint } from './support/tenant.ts';

test('chapter 2: a user of the database signs in, without an organization', async ({ page, tenant }) => {
  await tenant.checkpoint('login');
  await continueWithoutOrganization(page);
  await expect(page.getByTestId(`user-${carol}`)).toBeVisible(); // one connection, no choice
  await authenticate(page, { user: carol });

  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'no organization', 'no license');
  await expect(page.getByRole('note')).toContainText('You are not logged in to an organization');
  await expect(page.getByRole('note')).toContainText('Chapter 4.2 of the lab');
  const token = await claims(page);
  expect(token).toMatchObject({ email: carol, sub: expect.stringMatching(/^auth0\|/) });
  expect(Object.keys(token)).not.toContain('org_id');
  await expectStepsDone(await tenant.dashboard(), '2');
  await expectNoFeature(page);
});

test('chapter 4.1: a user of Okta1 signs in, still without an organization', async ({ page, tenant }) => {
  await tenant.checkpoint('enterprise-connection');
  await continueWithoutOrganization(page);
  await expect(connections(page)).toHaveCount(2); // beside the database
  await authenticate(page, { connection: 'Okta1', user: alice.user });

  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'no organization', 'no license');
  const token = await claims(page);
  expect(token).toMatchObject({ email: alice.user, sub: expect.stringMatching(/^okta\|Okta1\|/) });
  expect(Object.keys(token)).not.toContain('org_id');
  await expectStepsDone(await tenant.dashboard(), '4.1');
  await expectNoFeature(page);
});

test('chapter 5: org1 has no license until its metadata has one and the user signs in anew', async ({
  page,
  tenant,
}) => {
  await tenant.checkpoint('business-login');
  await signIn(page, alice);
  await expectToWorkFor(page, 'org1', 'no license');
  await expect(page.getByRole('note')).toContainText('org1 has no license');
  await expect(page.getByRole('note')).toContainText('Chapter 5 of the lab');
  await page.goto('/features');
  await expect(page.getByRole('note')).toContainText('Chapter 5 of the lab');
  await expectNoFeature(page);

  await tenant.setLicense('org1', 'corporate');
  await page.goto('/profile');
  await expectToWorkFor(page, 'org1', 'no license'); // it counts from the next ID token on
  await signOut(page);
  await signIn(page, alice);
  await expectToWorkFor(page, 'org1', 'corporate');
  await expect(page.getByRole('note')).toHaveCount(0);
  await openFeature(page, 'activity');
});

test('chapter 2: an organization can’t be named yet, and the page names the switch', async ({ page, tenant }) => {
  await tenant.reset('login');
  await page.goto('/');
  const response = await documentAfter(page, () => askFor(page, 'org1'));
  expect(response.status()).toBe(400);
  await expectError(page, 'invalid_request', 'parameter organization is not allowed for this client');
  await expect(page.getByTestId('error-title')).toHaveText('The application is not set up for organizations');
  await expect(page.getByRole('main')).toContainText('Business Users');
});

test('chapter 4.2: the tenant asks for the organization itself, and asks again for one that it does not have', async ({
  page,
  tenant,
}) => {
  await tenant.reset('business-login');
  await continueWithoutOrganization(page);
  await askFor(page, 'org9');
  await expect(page.getByText('There is no organization “org9” here.')).toBeVisible();
  await signInHere(page, alice);
  await expectToWorkFor(page, 'org1', 'no license');
});

test('chapter 4.2: the tenant refuses names until the dashboard’s switch allows them', async ({ page, tenant }) => {
  await tenant.reset('business-login');
  await tenant.allowNames(false);
  await page.goto('/');
  const response = await documentAfter(page, () => askFor(page, 'org1'));
  expect(response.status()).toBe(400);
  await expectError(
    page,
    'invalid_request',
    'authorization request parameter organization must be an organization id',
  );
  await expect(page.getByTestId('error-title')).toHaveText('The provider does not accept organization names');
  await expect(page.getByRole('main')).toContainText('Allow Organization Names in Authentication API');
  await expect(page.getByRole('main')).toContainText('ORGANIZATION_IDS');

  await tenant.allowNames(true);
  await page.getByTestId('try-again').click();
  await authenticate(page, alice);
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'no license');
});

test('chapter 4.2: one connection of an organization is no choice, two are one, in the order enabled', async ({
  page,
  tenant,
}) => {
  await tenant.reset('business-login');
  await page.goto('/');
  await askFor(page, 'org1');
  await expect(page.getByTestId(`user-${alice.user}`)).toBeVisible();

  await tenant.enable('org1', 'Username-Password-Authentication');
  await page.goto('/');
  await askFor(page, 'org1');
  await expect(connections(page)).toHaveText([/Okta1/, /Username-Password-Authentication/]);
  await authenticate(page, { ...alice, connection: 'Okta1' });
  await expect(page).toHaveURL('/profile');

  await tenant.disable('org1', 'Username-Password-Authentication');
  await signOut(page);
  await askFor(page, 'org1');
  await expect(page.getByTestId(`user-${alice.user}`)).toBeVisible();
});

test('chapter 6: a removed member is signed out of the organization at the next click, and of no other', async ({
  page,
  tenant,
  newPerson,
}) => {
  await tenant.reset('invited');
  await signIn(page, bobAtOrg1);
  const [sameUserAtHome, host] = [await newPerson(), await newPerson()];
  await signIn(sameUserAtHome, bob);
  await signIn(host, { ...alice, connection: 'Okta1' });

  await tenant.removeMember('org1', bob.user);
  await page.goto('/features');
  await expectSessionEnded(page, '/features');
  await expect(page.getByRole('main')).toContainText('you are no longer a member of the organization');
  await page.goto('/features/people');
  await expectSignedOut(page);
  await sameUserAtHome.goto('/features');
  await expectToWorkFor(sameUserAtHome, 'org2', 'premium');
  await host.goto('/features');
  await expectToWorkFor(host, 'org1', 'corporate');

  const response = await documentAfter(page, () => askFor(page, 'org1'));
  expect(response.status()).toBe(403);
  await expectError(page, 'access_denied', /is not part of/);
});

test('the same person through both connections is two users', async ({ page, tenant }) => {
  await tenant.reset('collaboration');
  await tenant.createUser('Okta1', bob.user, 'Bob Brown');
  await signIn(page, { ...bobAtOrg1, connection: 'Okta1' }); // a member by Okta1's auto-membership
  await expectToWorkFor(page, 'org1', 'corporate');
  const throughOkta1 = await claims(page);

  await signOut(page);
  await askFor(page, 'org1');
  await authenticate(page, bobAtOrg1);
  await expectError(page, 'access_denied', /^user okta\|Okta2\|\w+ is not part of the/);

  await tenant.addMember('org1', `${bob.user}-Okta2`);
  await page.getByTestId('try-again').click();
  await expect(page).toHaveURL('/profile');
  const throughOkta2 = await claims(page);
  expect(throughOkta2).toMatchObject({ email: throughOkta1.email, org_id: throughOkta1.org_id });
  expect(throughOkta2.sub).not.toBe(throughOkta1.sub);

  await openFeature(page, 'people');
  await expect(person(page, bob.user)).toHaveCount(2);
  for (const connection of ['Okta1', 'Okta2']) {
    await expect(person(page, bob.user).filter({ hasText: connection })).toHaveCount(1);
  }
});

test('a script takes the tenant to every state of the lab, and the dashboard says which', async ({ tenant }) => {
  const states: [Checkpoint, string, string[]][] = [
    ['login', '2', []],
    ['enterprise-connection', '4.1', []],
    ['business-login', '4.2', ['org1 no license']],
    ['license', '5', ['org1 corporate']],
    ['second-organization', '6.1', ['org1 corporate', 'org2 premium']],
    ['collaboration', '6.3', ['org1 corporate', 'org2 premium']],
    ['invited', '6.5', ['org1 corporate', 'org2 premium']],
  ];
  for (const [name, next, organizations] of states) {
    await tenant.reset(name);
    const dashboard = await tenant.dashboard();
    await expect(dashboard.locator('[aria-current="step"]')).toHaveAttribute('data-testid', `checkpoint-${name}`);
    await expect(dashboard.getByTestId(/^step-/).filter({ hasText: 'Next' })).toHaveAttribute('data-testid', `step-${next}`);
    const heads = dashboard.getByRole('region', { name: 'Organizations' }).locator('.panel-head');
    await expect(heads).toHaveText(organizations.map((head) => new RegExp(`^\\s*O\\d\\s+${head.replace(' ', '\\s+')}\\s+org_`)));
  }
});

for (const way of ['checkpoint', 'reset'] as const) {
  test(`a checkpoint, by ${way}, ends sign-ins, and the organizations are new`, async ({ page, tenant, newPerson }) => {
    await tenant.reset('invited');
    const guest = await newPerson();
    await signIn(page, { ...alice, connection: 'Okta1' });
    await signIn(guest, bob);
    const before = await claims(page);

    await tenant[way]('second-organization');
    await page.goto('/features');
    await expectSessionEnded(page, '/features');
    await guest.goto('/profile');
    await expectSessionEnded(guest, '/profile');

    await page.goto('/');
    await expectSignedOut(page);
    await askFor(page, 'org1');
    await authenticate(page, alice); // the tenant asks: its own session is over too
    await expect(page).toHaveURL('/profile');
    const after = await claims(page);
    expect(after.sub).toBe(before.sub);
    expect(after.org_id).not.toBe(before.org_id);
    await openFeature(page, 'people');
    await expect(person(page, alice.user)).toHaveCount(1);
    await expect(page.getByTestId('people').getByRole('row')).toHaveCount(2); // the heading, and alice
  });
}

/** Every feature is shown as closed, and is. */
async function expectNoFeature(page: Page): Promise<void> {
  for (const slug of ['board', 'people', 'activity']) {
    await page.goto('/features');
    const card = page.getByRole('listitem').filter({ has: page.getByTestId(`feature-${slug}`) });
    await expect(card).toContainText('Requires');
    const response = await documentAfter(page, () => page.getByTestId(`feature-${slug}`).click());
    expect(response.status()).toBe(403);
    await expect(page.getByTestId('feature-refused')).toContainText(/ needs the (premium|corporate) license/);
  }
}
