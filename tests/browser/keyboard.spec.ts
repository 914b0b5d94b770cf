import {
  bob,
  connections,
  expect,
  expectError,
  expectSignedOut,
  expectToWorkFor,
  notes,
  pressByKeyboard,
  tabTo,
  test,
} from './support/orglab.ts';

test('the collaboration chapter is walked by keyboard alone', async ({ page, tenant, newPerson }) => {
  const dashboard = await newPerson();

  await page.goto('/');
  await tabTo(page, page.getByTestId('organization'));
  await page.keyboard.type('org2');
  await page.keyboard.press('Enter');
  await pressByKeyboard(page, page.getByTestId(`user-${bob.user}`));
  await expectToWorkFor(page, 'org2', 'premium');
  await pressByKeyboard(page, page.getByTestId('user-menu'));
  await pressByKeyboard(page, page.getByTestId('logout'));
  await expectSignedOut(page);

  await dashboard.goto(tenant.url);
  await pressByKeyboard(dashboard, dashboard.getByTestId('enable-org1-Okta2'));
  await expect(dashboard.getByTestId('disable-org1-Okta2')).toBeVisible();

  await tabTo(page, page.getByTestId('organization'));
  await page.keyboard.type('org1');
  await pressByKeyboard(page, page.getByTestId('continue'));
  await expect(connections(page)).toHaveCount(2);
  await pressByKeyboard(page, page.getByTestId('connection-Okta2'));
  await pressByKeyboard(page, page.getByTestId(`user-${bob.user}`));
  await expectError(page, 'access_denied', /is not part of/);

  await pressByKeyboard(dashboard, dashboard.getByTestId(`add-member-org1-${bob.user}`));
  await expect(dashboard.getByTestId(`remove-member-org1-${bob.user}`)).toBeVisible();

  await pressByKeyboard(page, page.getByTestId('try-again'));
  await expectToWorkFor(page, 'org1', 'corporate');
  await pressByKeyboard(page, page.getByRole('link', { name: 'Features' }));
  await pressByKeyboard(page, page.getByTestId('feature-board'));
  await tabTo(page, page.getByTestId('note'));
  await page.keyboard.type('Written without a mouse.');
  await pressByKeyboard(page, page.getByTestId('post-note'));
  await expect(notes(page)).toContainText(['Written without a mouse.']);
});
