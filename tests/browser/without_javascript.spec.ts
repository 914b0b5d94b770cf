import {
  alice,
  bob,
  documentAfter,
  expect,
  expectBobToBeRefused,
  expectError,
  expectToWorkFor,
  notes,
  openFeature,
  person,
  post,
  signIn,
  signOut,
  test,
} from './support/orglab.ts';

test.use({ javaScriptEnabled: false });

test('the collaboration chapter works with JavaScript switched off', async ({ page, tenant, newPerson }) => {
  const host = await newPerson();
  await signIn(host, alice);
  await openFeature(host, 'board');
  await post(host, 'Welcome to org1!');

  await signIn(page, bob);
  await expectToWorkFor(page, 'org2', 'premium');
  await tenant.enable('org1', 'Okta2');
  await signOut(page);
  await expectBobToBeRefused(page);
  const again = await documentAfter(page, () => page.getByTestId('try-again').click());
  expect(again.status()).toBe(403);
  await expectError(page, 'access_denied', /is not part of/);

  await tenant.addMember('org1', bob.user);
  await page.getByTestId('try-again').click(); // by the provider's session, without a question
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org1', 'corporate');
  await openFeature(page, 'board');
  await expect(notes(page)).toContainText(['Welcome to org1!']);
  await post(page, 'Thank you for having me.');
  await openFeature(page, 'people');
  await expect(person(page, alice.user)).toContainText('Okta1');
  await expect(person(page, bob.user)).toContainText('Okta2');
});
