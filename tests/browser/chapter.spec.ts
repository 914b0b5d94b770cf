import {
  alice as aliceAtOrg1,
  askFor,
  authenticate,
  bob as bobAtOrg2,
  claims,
  connections,
  documentAfter,
  expect,
  expectError,
  expectStepsDone,
  expectToWorkFor,
  notes,
  openFeature,
  person,
  post,
  printedClaims,
  signIn,
  signOut,
  test,
} from './support/orglab.ts';

test('the collaboration chapter, walked by two people while the guide ticks its steps', async ({
  app,
  tenant,
  newPerson,
}) => {
  const alice = await newPerson();
  const bob = await newPerson();
  const guide = await newPerson(); // watches the dashboard; another page of the instructor's does the changes
  await guide.goto(tenant.url);
  await expectStepsDone(guide);
  let refusal = '';

  await test.step('before: alice works at org1, which is corporate', async () => {
    await signIn(alice, aliceAtOrg1);
    await expectToWorkFor(alice, 'org1', 'corporate');
    await openFeature(alice, 'board');
    await post(alice, 'Welcome to org1!');
    await expectStepsDone(guide, '4.2', '5');
  });

  await test.step('6.1: bob signs in to org2, which is premium', async () => {
    await signIn(bob, bobAtOrg2);
    await expectToWorkFor(bob, 'org2', 'premium');
    expect(await printedClaims(bob)).toMatch(
      /^\{\n  "https:\/\/myapp\.com\/license": "premium",\n  "https:\/\/myapp\.com\/organization": "org2",\n  "/,
    );
    const [{ sub }, { org_id }] = [await claims(bob), await claims(alice)];
    refusal = `user ${sub} is not part of the ${org_id} organization`;
    await expectStepsDone(guide, '4.2', '5', '6.1');
  });

  await test.step('6.2: Okta2 is enabled for org1, without auto-membership', async () => {
    await tenant.enable('org1', 'Okta2');
    await expectStepsDone(guide, '4.2', '5', '6.1', '6.2');
  });

  await test.step('6.3: bob logs out, asks for org1, picks the second connection, and is refused', async () => {
    await signOut(bob);
    await askFor(bob, 'org1');
    await expect(connections(bob)).toHaveCount(2);
    await expect(connections(bob).nth(1)).toHaveAttribute('data-testid', 'connection-Okta2');
    await connections(bob).nth(1).click();
    const response = await documentAfter(bob, () => bob.getByTestId(`user-${bobAtOrg2.user}`).click());

    expect(response.status()).toBe(403);
    expect(bob.url()).toContain(`${app.url}/?error=access_denied&error_description=`);
    await expect(bob.getByRole('main')).toContainText(/not a member of org1/i);
    await expectError(bob, 'access_denied', refusal);
    await expectStepsDone(guide, '4.2', '5', '6.1', '6.2', '6.3');
  });

  await test.step('6.4: bob is added to the members of org1', async () => {
    await tenant.addMember('org1', bobAtOrg2.user);
    await expectStepsDone(guide, '4.2', '5', '6.1', '6.2', '6.3', '6.4');
  });

  await test.step('6.5: bob signs in again by the ways out of the page, and is in, with org1’s license', async () => {
    await bob.getByTestId('other-account').click();
    await expect(bob).toHaveURL('/');
    await askFor(bob, 'org1');
    await expect(connections(bob)).toHaveCount(2);
    await connections(bob).nth(1).click();
    await authenticate(bob, bobAtOrg2);

    await expect(bob).toHaveURL('/profile');
    await expectToWorkFor(bob, 'org1', 'corporate');
    expect(await printedClaims(bob)).toMatch(
      /^\{\n  "https:\/\/myapp\.com\/license": "corporate",\n  "https:\/\/myapp\.com\/organization": "org1",\n  "/,
    );
    await expectStepsDone(guide, '4.2', '5', '6.1', '6.2', '6.3', '6.4', '6.5');
  });

  await test.step('bob works in org1: he sees alice’s note, leaves one, and both are among the people', async () => {
    await openFeature(bob, 'board');
    await expect(notes(bob)).toHaveCount(1);
    await expect(notes(bob).first()).toContainText('Welcome to org1!');
    await expect(notes(bob).first()).toContainText('Okta1');
    await post(bob, 'Thank you for having me.');
    await expect(notes(bob).first()).toContainText('Okta2');

    await openFeature(bob, 'people');
    await expect(person(bob, aliceAtOrg1.user)).toContainText('Okta1');
    await expect(person(bob, bobAtOrg2.user)).toContainText('Okta2');

    await openFeature(alice, 'board');
    await expect(notes(alice)).toHaveCount(2);
    await expect(notes(alice).first()).toContainText('Thank you for having me.');
  });

  await test.step('a checkpoint starts the guide over', async () => {
    await tenant.checkpoint('second-organization');
    await expectStepsDone(guide);
    await expectStepsDone(await tenant.dashboard());
  });
});
