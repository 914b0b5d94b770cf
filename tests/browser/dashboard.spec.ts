import {
  alice,
  askFor,
  authenticate,
  bob,
  bobAtOrg1,
  connections,
  documentAfter,
  expect,
  expectError,
  expectNobodySignedIn,
  expectSignedOut,
  expectStepsDone,
  expectToWorkFor,
  failedChecks,
  log,
  notes,
  openFeature,
  pressByKeyboard,
  signIn,
  signOut,
  tabTo,
  test,
  traceStep,
  traceSteps,
} from './support/orglab.ts';
import type { Page } from '@playwright/test';
import type { Tenant } from './support/tenant.ts';

test('the guide ticks its steps while the chapter is walked, and starts over with a checkpoint', async ({
  page,
  tenant,
  newPerson,
}) => {
  const dashboard = await newPerson(); // watches; another page of the instructor's does the changes
  await dashboard.goto(tenant.url);
  await expectStepsDone(dashboard);

  await signIn(page, alice);
  await expectStepsDone(dashboard, '4.2', '5');
  await signOut(page);
  await signIn(page, bob);
  await expectStepsDone(dashboard, '4.2', '5', '6.1');
  await tenant.enable('org1', 'Okta2');
  await expectStepsDone(dashboard, '4.2', '5', '6.1', '6.2');
  await signOut(page);
  await askFor(page, 'org1');
  await authenticate(page, bobAtOrg1);
  await expectError(page, 'access_denied', /is not part of/);
  await expectStepsDone(dashboard, '4.2', '5', '6.1', '6.2', '6.3');
  await tenant.addMember('org1', bob.user);
  await expectStepsDone(dashboard, '4.2', '5', '6.1', '6.2', '6.3', '6.4');
  await page.getByTestId('try-again').click();
  await expectToWorkFor(page, 'org1', 'corporate');
  await expectStepsDone(dashboard, '4.2', '5', '6.1', '6.2', '6.3', '6.4', '6.5');

  await tenant.checkpoint('second-organization');
  await expectStepsDone(dashboard);
  await tenant.dashboard().then((dashboard) => expectStepsDone(dashboard));
});

test('a step that is open links to where to do it', async ({ page, tenant, app }) => {
  const step = (number: string) => page.getByTestId(`step-${number}`).getByRole('link');
  await page.goto(tenant.url);
  await step('6.2').click();
  await expect(page).toHaveURL(/#org_\w{16}$/);
  await expect(page.getByTestId('enable-org1-Okta2')).toBeInViewport();
  await step('4.2').click();
  await expect(page).toHaveURL(`${app.url}/`);
});

/** What the app says where it refuses, at a fault of the tenant's. */
interface Refusal {
  status: number;
  title: string;
  /** The provider's `error` and `error_description`, where it gives them. */
  says?: [string, string | RegExp];
  /** The step at which the sign-in ends. */
  step: number;
  /** The check that finds the fault, where one does. */
  check?: string | RegExp;
  /** What the tenant sees of the app meanwhile. */
  seen: string;
}

const neverMore = 'has asked the tenant for nothing more';
const tokensGiven = 'exchanged the code, and was given the tokens';
const forged = { status: 502, title: "The ID token can't be trusted", step: 5, seen: tokensGiven };

const refusals: Record<string, Refusal> = {
  'not-a-member': {
    status: 403,
    title: 'You are not a member of this organization',
    says: ['access_denied', /^user okta\|Okta1\|\w+ is not part of the org_\w{16} organization$/],
    step: 2,
    seen: neverMore,
  },
  'consent-refused': {
    status: 403,
    title: 'The sign-in was cancelled',
    says: ['access_denied', 'User did not authorize the request'],
    step: 2,
    seen: neverMore,
  },
  'action-denied': {
    status: 403,
    title: 'The provider denied access',
    says: ['access_denied', 'Sign-ins are closed on weekends.'],
    step: 2,
    seen: neverMore,
  },
  'server-error': {
    status: 502,
    title: 'The provider failed',
    says: ['server_error', 'Internal server error'],
    step: 2,
    seen: neverMore,
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'The provider is busy',
    says: ['temporarily_unavailable', 'Service temporarily unavailable'],
    step: 2,
    seen: neverMore,
  },
  'token-endpoint-down': {
    status: 503,
    title: "The provider can't be reached",
    step: 3,
    seen: 'exchanged the code, and was answered 503',
  },
  'bad-signature': { ...forged, check: /its signature .*item 6/ },
  'unknown-key': { ...forged, check: /its signature/, seen: 'fetched the keys' },
  'alg-none': { ...forged, check: /its algorithm \(alg\) .*RFC 8725, 3\.1/ },
  expired: { ...forged, check: /its expiry \(exp\) .*item 9/ },
  'wrong-nonce': { ...forged, check: /its nonce .*item 11/ },
  'wrong-audience': { ...forged, check: /its audience \(aud\) .*item 3.*orglab.*another-application/s },
  'wrong-issuer': { ...forged, check: /its issuer \(iss\) .*item 2.*https:\/\/elsewhere\.example\//s },
  'other-organization': {
    ...forged,
    title: 'The ID token is for another organization',
    check: /its organization \(org_id, org_name\).*org1.*org2/s,
  },
  'no-organization': {
    ...forged,
    title: 'The ID token names no organization',
    check: /its organization \(org_id, org_name\).*org1.*org_id absent, org_name absent/s,
  },
};

test.describe('broken:', () => {
  for (const [fault, expected] of Object.entries(refusals)) {
    test(`${fault}: the app refuses and says why, the dashboard what was done, and the next try works`, async ({
      page,
      tenant,
    }) => {
      await tenant.breakNextSignIn(fault);
      await page.goto('/');
      await askFor(page, 'org1');
      const answer = await documentAfter(page, () => authenticate(page, alice));

      expect(answer.status()).toBe(expected.status);
      await expect(page.getByTestId('error-title')).toHaveText(expected.title);
      await expectNobodySignedIn(page);
      if (expected.says) await expectError(page, ...expected.says);
      await expectTraceToEndAt(page, expected.step, expected.check);
      await expectReport(await tenant.dashboard(), fault, expected.seen);

      await page.getByTestId('try-again').click(); // by the tenant's session, without a question
      await expect(page).toHaveURL('/profile');
      await expectToWorkFor(page, 'org1', 'corporate');
      await expectReport(await tenant.dashboard(), fault, 'came for a sign-in again');
    });
  }

  for (const [fault, says] of [
    ['no-license', 'org1 has no license'],
    ['unknown-license', 'The license “platinum” is none that this app knows.'],
  ]) {
    test(`${fault}: the user is in, no licensed feature is open, and the pages say why`, async ({ page, tenant }) => {
      await tenant.breakNextSignIn(fault);
      await signIn(page, alice);
      await expectToWorkFor(page, 'org1', 'no license');
      await expect(page.getByRole('note')).toContainText(says);
      await page.goto('/features');
      await expect(page.getByRole('note')).toContainText(says);
      for (const slug of ['board', 'people', 'activity']) {
        const answer = await page.goto(`/features/${slug}`);
        expect(answer?.status()).toBe(403);
        await expect(page.getByTestId('feature-refused')).toBeVisible();
      }
      await expectReport(await tenant.dashboard(), fault, tokensGiven);
    });
  }

  test('slow: the app waits, signs the user in, and the trace shows how long it took', async ({ page, tenant }) => {
    await tenant.breakNextSignIn('slow');
    await signIn(page, alice);
    await expectToWorkFor(page, 'org1', 'corporate');
    await page.goto('/trace');
    const took = await traceStep(page, 3).getByText(/^\d+ ms$/).innerText();
    expect(parseInt(took)).toBeGreaterThanOrEqual(5_000);
    await expectReport(await tenant.dashboard(), 'slow', tokensGiven);
  });

  test('a fault is for one sign-in, can be called off, and the dashboard says so at every step', async ({
    page,
    tenant,
    newPerson,
  }) => {
    const dashboard = await newPerson();
    await dashboard.goto(tenant.url);
    await tenant.breakNextSignIn('consent-refused');
    const ordered = dashboard.getByText('Ordered for the next sign-in:', { exact: true });
    await expect(ordered).toBeVisible(); // while one watches
    await dashboard.getByTestId('call-off-fault').click();
    await expect(ordered).toHaveCount(0);
    await signIn(page, alice);
    await expect(dashboard.getByTestId('last-fault')).toHaveCount(0);
  });
});

/** The error page's trace ends at the step that failed, with the check that failed, if it is a check that did. */
async function expectTraceToEndAt(page: Page, step: number, check?: string | RegExp): Promise<void> {
  await expect(traceSteps(page)).toHaveCount(step);
  await expect(page.getByText('✗ Here it failed:')).toHaveCount(1);
  await expect(traceStep(page, step)).toContainText('✗ Here it failed:');
  await expect(failedChecks(page.getByTestId('trace'))).toHaveText(check ? [check] : []);
  await expect(failedChecks(traceStep(page, step))).toHaveCount(check ? 1 : 0);
}

/** The dashboard says which fault was done, to whose sign-in, and what it has seen of the app since. */
async function expectReport(dashboard: Page, fault: string, seen: string): Promise<void> {
  const title = await dashboard.getByTestId(`fault-${fault}`).locator('strong').innerText();
  const report = dashboard.getByTestId('last-fault');
  await expect(report.getByRole('heading')).toHaveText(new RegExp(`^Done at \\d\\d:\\d\\d:\\d\\d UTC: ${title}$`));
  await expect(report).toContainText(`The sign-in was that of ${alice.user}.`);
  await expect(report).toContainText(seen);
  await expect(dashboard.getByTestId('call-off-fault')).toHaveCount(0);
  await expect(log(dashboard).filter({ hasText: `fault ${fault} done to the sign-in of "${alice.user}"` })).toHaveCount(1);
}

test.describe('an invitation', () => {
  test('makes the invited user a member, once', async ({ page, tenant, newPerson }) => {
    await tenant.reset('collaboration');
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
    const answer = await documentAfter(other, () => other.goto(link));
    expect(answer.status()).toBe(400);
    await expectError(other, 'invalid_request', 'invitation not found or already used');
    await expect(other.getByTestId('error-title')).toHaveText('This invitation is not valid');
  });

  test('is refused to another account, in Auth0’s words, and is used up', async ({ page, tenant, newPerson }) => {
    await tenant.reset('collaboration');
    const link = await tenant.invite('org1', bob.user);
    await page.goto(link);
    await page.getByTestId('accept').click();
    await page.getByTestId('connection-Okta1').click();
    const answer = await documentAfter(page, () => page.getByTestId(`user-${alice.user}`).click());
    expect(answer.status()).toBe(403);
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

  test('is never accepted for a signed-in user without a click', async ({ page, tenant }) => {
    await tenant.reset('collaboration');
    const link = await tenant.invite('org1', bob.user);
    await signIn(page, bob);
    await page.goto(link);
    await expect(page.getByText('You are signed in as Bob Brown')).toBeVisible();
    await expect((await tenant.dashboard()).getByTestId(`add-member-org1-${bob.user}`)).toBeVisible();
    await page.getByTestId('accept').click();
    await expect(page).toHaveURL('/profile');
    await expectToWorkFor(page, 'org1', 'corporate');
  });

  test('asks who is signed in before anything else, where the dashboard’s link is followed', async ({ page, tenant }) => {
    await tenant.reset('collaboration');
    const link = await tenant.invite('org1', bob.user);
    await signIn(page, bob);
    await page.goto(tenant.url);
    await page.getByRole('link', { name: link }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Sign in to org1 \(org_\w{16}\)\?$/);
    await expectToWorkFor(page, 'org2', 'premium');
    await page.getByTestId('continue').click();
    await page.getByTestId('accept').click();
    await expectToWorkFor(page, 'org1', 'corporate');
  });

  test('warns whoever is signed in as somebody else, and lets them become the invited one first', async ({ page, tenant }) => {
    await tenant.reset('collaboration');
    const link = await tenant.invite('org1', bob.user);
    await signIn(page, { ...alice, connection: 'Okta1' });
    await page.goto(link);
    await expect(page.getByText(`You are signed in as Alice Adams (${alice.user}), and the invitation is for ${bob.user}.`)).toBeVisible();
    await page.getByTestId('accept-as-another').click();
    await authenticate(page, bobAtOrg1);
    await expectToWorkFor(page, 'org1', 'corporate');
  });

  test('can be revoked', async ({ page, tenant }) => {
    await tenant.reset('collaboration');
    const link = await tenant.invite('org1', bob.user);
    const dashboard = await tenant.dashboard();
    await dashboard.getByRole('button', { name: `Revoke the invitation of ${bob.user} to org1` }).click();
    await expect(dashboard.getByRole('link', { name: link })).toHaveCount(0);
    await page.goto(link);
    await expectError(page, 'invalid_request', 'invitation not found or already used');
  });
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(`with JavaScript ${javaScriptEnabled ? 'on' : 'off'}`, () => {
    test.use({ javaScriptEnabled });

    test('a form of the dashboard that is refused stays in sight, with what was typed and why', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      const form = page.getByRole('article', { name: 'New organization' });
      const name = form.getByLabel('Name', { exact: true });
      await name.fill('no spaces');
      await form.getByLabel('Display name').fill('No Spaces');
      await form.getByLabel('License').fill('premium');
      const answer = await documentAfter(page, () => form.getByTestId('create-organization').click());
      expect(answer.status()).toBe(422);
      await expect(form.getByRole('alert')).toBeInViewport();
      await expect(form.getByRole('alert')).toContainText('lower-case letters, digits, hyphens or underscores');
      await expect(name).toHaveAccessibleDescription(/^The name must be .* It must be /);
      await expect(name).toHaveValue('no spaces');
      await expect(form.getByLabel('Display name')).toHaveValue('No Spaces');
      await expect(form.getByLabel('License')).toHaveValue('premium');

      await name.fill('no-spaces');
      await form.getByTestId('create-organization').click();
      await expect(page.getByTestId('delete-organization-no-spaces')).toBeVisible();
      await expect(page.getByRole('alert')).toHaveCount(0);
      await expect(name).toHaveValue('');
    });

    test('at the dashboard an organization is deleted only when that is confirmed', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      await page.getByTestId('delete-organization-org2').click();
      await expect(page.getByRole('heading', { name: 'Delete org2?' })).toBeVisible();
      await page.getByTestId('cancel').click();
      await expect(page.getByTestId('delete-organization-org2')).toBeVisible();
      await expect(page).toHaveURL(/#org_\w{16}$/);
      await page.getByTestId('delete-organization-org2').click();
      await page.getByTestId('confirm').click();
      await expect(page.getByTestId('delete-organization-org1')).toBeVisible();
      await expect(page.getByTestId('delete-organization-org2')).toHaveCount(0);
    });

    test('at the dashboard a checkpoint says beside it what was done', async ({ page, tenant }) => {
      await page.goto(tenant.url);
      await page.getByTestId('checkpoint-collaboration').click();
      await expect(page.getByTestId('last-checkpoint')).toBeInViewport();
      await expect(page.getByTestId('last-checkpoint')).toContainText('after chapter 6.2');
    });
  });
}

test('the log fills while one watches: sign-ins, refusals with their reason, changes, faults', async ({
  page,
  tenant,
  newPerson,
}) => {
  const dashboard = await newPerson();
  await dashboard.goto(tenant.url);
  await dashboard.evaluate(() => (document.title = 'as it was opened'));
  const bobOfOkta2 = `"${bob.user}" of "Okta2"`;

  await signIn(page, bob);
  await expect(log(dashboard).filter({ hasText: `${bobOfOkta2} signed in to "org2", license "premium"` })).toHaveText([/\ss\s*$/]);
  await tenant.enable('org1', 'Okta2');
  await expect(log(dashboard).filter({ hasText: '"Okta2" enabled for "org1", without auto-membership' })).toHaveText([/\ssapi\s*$/]);
  await page.goto('/login?organization=org1');
  await expectError(page, 'access_denied', /is not part of/);
  await expect(log(dashboard).filter({ hasText: `${bobOfOkta2} refused: access_denied "user okta|Okta2|` })).toHaveText([/\sf\s*$/]);
  await tenant.breakNextSignIn('slow');
  await expect(log(dashboard).first()).toHaveText(/fault ordered for the next sign-in: slow\s+w\s*$/);
  await page.getByTestId('other-account').click();
  await expect(log(dashboard).first()).toHaveText(new RegExp(`${bobOfOkta2} signed out\\s+slo\\s*$`));
  await expect(dashboard).toHaveTitle('as it was opened'); // nobody has reloaded it
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });

  test('the dashboard shows after a reload what it would have shown at once', async ({ page, tenant, newPerson }) => {
    const dashboard = await newPerson();
    await dashboard.goto(tenant.url);
    await tenant.breakNextSignIn('consent-refused');
    await page.goto('/');
    await askFor(page, 'org1');
    await authenticate(page, alice);
    await expectError(page, 'access_denied', 'User did not authorize the request');
    await page.getByTestId('try-again').click();
    await expectToWorkFor(page, 'org1', 'corporate');

    await expect(dashboard.getByTestId('log')).toContainText('Nothing has happened yet.');
    await dashboard.reload();
    await expectReport(dashboard, 'consent-refused', 'came for a sign-in again');
    await expect(log(dashboard).filter({ hasText: 'signed in to "org1"' })).toHaveCount(1);
    await expectStepsDone(dashboard, '4.2', '5');
  });
});

test('two browsers never see each other’s sign-in state', async ({ page: first, tenant, app, newPerson }) => {
  const second = await newPerson();
  await first.goto('/');
  await second.goto('/');
  await askFor(first, 'org1');
  await askFor(second, 'org2');
  await expect(first.getByTestId(`user-${alice.user}`)).toBeVisible();
  await authenticate(second, bob);
  await expect(second).toHaveURL('/profile');
  await first.reload();
  await expect(first.getByTestId(`user-${alice.user}`)).toBeVisible(); // still asked
  await authenticate(first, alice);
  await expect(first).toHaveURL('/profile');
  await expectToWorkFor(first, 'org1', 'corporate');
  await second.reload();
  await expectToWorkFor(second, 'org2', 'premium');

  await signOut(first);
  await second.goto('/login?organization=org2'); // silently: its session at the tenant is untouched
  await expect(second).toHaveURL('/profile');
  await expectToWorkFor(second, 'org2', 'premium');
  await askFor(first, 'org2');
  await expect(first.getByTestId(`user-${bob.user}`)).toBeVisible(); // the first is asked

  const answer = await answerFor(first, tenant, app.url);
  const third = await newPerson();
  const page = await third.goto(answer);
  expect(page?.status()).toBe(400);
  await expect(third.getByTestId('error-title')).toHaveText('This answer belongs to no sign-in of this browser');
  await expectNobodySignedIn(third);
});

/** Signs bob in, and answers with the address at which the provider's answer came. */
async function answerFor(page: Page, tenant: Tenant, app: string): Promise<string> {
  await expect(page).toHaveURL((url) => url.origin === tenant.url);
  const answer = page.waitForRequest((request) => request.url().startsWith(`${app}/?code=`));
  await authenticate(page, bob);
  await expect(page).toHaveURL('/profile');
  return (await answer).url();
}

test('the chapter’s core by keyboard alone', async ({ page, tenant, newPerson }) => {
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

test('a script signs in without clicks', async ({ page, tenant }) => {
  await tenant.signInByScript(page, bob.user);
  await page.goto('/login?organization=org2');
  await expect(page).toHaveURL('/profile');
  await expectToWorkFor(page, 'org2', 'premium');
  await openFeature(page, 'board');
  await expect(log(await tenant.dashboard()).filter({ hasText: 'begun by the management API' })).toHaveCount(1);
});
