import {
  alice,
  askFor,
  authenticate,
  bobAtOrg1,
  expect,
  expectSessionEnded,
  expectSignedOut,
  expectToWorkFor,
  notes,
  openFeature,
  post,
  signIn,
  signOut,
  test,
} from './support/orglab.ts';
import type { Proxied } from './support/proxy.ts';

// The chapter itself is walked behind the proxy too: chapter.spec.ts, in the project of that name.
test.use({ behindProxy: true, ignoreHTTPSErrors: true });

test('cookies are for this host and https alone', async ({ page, context, app }) => {
  await page.goto('/');
  await askFor(page, alice.organization);
  const attempts = (await context.cookies(app.url)).filter(({ name }) => name.includes('orglab'));
  expect(attempts.map(({ name }) => name)).toEqual([expect.stringMatching(/^__Host-orglab_attempt_/)]);
  await authenticate(page, alice);

  await expect(page).toHaveURL('/profile');
  const ours = (await context.cookies(app.url)).filter(({ name }) => name.includes('orglab'));
  expect(ours.map(({ name }) => name)).toEqual(['__Host-orglab_session']);
  for (const cookie of [...attempts, ...ours]) {
    expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/', domain: 'localhost' });
  }
});

test('links with long parameters fill no more cookies than the proxy takes', async ({ page, context, app }) => {
  const long = 'x'.repeat(255);
  const values = { organization: long, connection: long, login_hint: long, invitation: long };
  const link = `/login?${new URLSearchParams({ ...values, return_to: `/${'x'.repeat(511)}` })}`;
  for (let click = 0; click < 5; click++) await page.goto(link);
  const attempts = (await context.cookies(app.url)).filter(({ name }) => name.includes('orglab_attempt_'));
  const bytes = attempts.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  expect(attempts.length).toBeGreaterThan(0);
  expect(bytes).toBeLessThanOrEqual(4096);

  await signIn(page, alice);
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('the instances respond in turn, and the user notices nothing', async ({ page, orglab }) => {
  await signIn(page, alice);
  await openFeature(page, 'board');
  for (const note of ['one', 'two', 'three']) await post(page, note);
  await expect(notes(page)).toHaveCount(3);
  await signOut(page);
  await page.goto('/profile');
  await expectSignedOut(page);

  for (const instance of (orglab as Proxied).instances) {
    const requests = instance.log().match(/app (GET|POST) \/features\/board/g) ?? [];
    expect(requests.length, instance.log()).toBeGreaterThan(0);
  }
});

test('an instance fails, and the other goes on', async ({ page, orglab }) => {
  const { instances } = orglab as Proxied;
  await signIn(page, alice);
  await openFeature(page, 'board');
  await post(page, 'before');
  await instances[1].kill();

  for (const note of ['after', 'and again']) await post(page, note);
  await expect(notes(page)).toHaveCount(3);
  await expectToWorkFor(page, 'org1', 'corporate');
});

test('who is no longer a member is signed out at both, at the next click', async ({ page, tenant }) => {
  await tenant.enable('org1', 'Okta2');
  await tenant.addMember('org1', bobAtOrg1.user);
  await signIn(page, bobAtOrg1);
  await openFeature(page, 'board');
  await tenant.removeMember('org1', bobAtOrg1.user);

  await page.getByTestId('note').fill('still here?');
  await page.getByTestId('post-note').click();
  await expectSessionEnded(page, '/features/board');
  for (let click = 0; click < 3; click++) {
    await page.goto('/');
    await expectSignedOut(page);
  }
});
