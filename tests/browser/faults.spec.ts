import {
  alice,
  askFor,
  authenticate,
  documentAfter,
  expect,
  expectError,
  expectNobodySignedIn,
  expectReport,
  expectToWorkFor,
  failedChecks,
  signIn,
  test,
  traceStep,
  traceSteps,
} from './support/orglab.ts';
import type { Page } from '@playwright/test';

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
  /** What the tenant sees of the app before it responds. */
  seen?: string;
}

const tokensGiven = 'exchanged the code and received the tokens';
const loggedIn = 'logged the user in';
const forged = { status: 502, title: "The ID token can't be trusted", step: 5, seen: tokensGiven };

const refusals: Record<string, Refusal> = {
  'not-a-member': {
    status: 403,
    title: 'You are not a member of this organization',
    says: ['access_denied', /^user okta\|Okta1\|\w+ is not part of the org_\w{16} organization$/],
    step: 2,
  },
  'consent-refused': {
    status: 403,
    title: 'The sign-in was cancelled',
    says: ['access_denied', 'User did not authorize the request'],
    step: 2,
  },
  'action-denied': {
    status: 403,
    title: 'The provider denied access',
    says: ['access_denied', 'Sign-ins are closed on weekends.'],
    step: 2,
  },
  'server-error': {
    status: 502,
    title: 'The provider failed',
    says: ['server_error', 'Internal server error'],
    step: 2,
  },
  'temporarily-unavailable': {
    status: 503,
    title: 'The provider is busy',
    says: ['temporarily_unavailable', 'Service temporarily unavailable'],
    step: 2,
  },
  'token-endpoint-down': {
    status: 503,
    title: "The provider can't be reached",
    step: 3,
    seen: 'exchanged the code and received 503',
  },
  'bad-signature': { ...forged, check: /Signature: failed.*item 6/s },
  'unknown-key': { ...forged, check: /Signature: failed/ },
  'alg-none': { ...forged, check: /Algorithm \(alg\): failed.*RFC 8725, 3\.1/s },
  expired: { ...forged, check: /Expiry \(exp\): failed.*item 9/s },
  'wrong-nonce': { ...forged, check: /Nonce: failed.*item 11/s },
  'wrong-audience': { ...forged, check: /Audience \(aud\): failed.*orglab.*another-application.*item 3/s },
  'wrong-issuer': { ...forged, check: /Issuer \(iss\): failed.*https:\/\/elsewhere\.example\/.*item 2/s },
  'other-organization': {
    ...forged,
    title: 'The ID token is for another organization',
    check: /Organization \(org_id, org_name\): failed.*org1.*org2/s,
  },
  'no-organization': {
    ...forged,
    title: 'The ID token names no organization',
    check: /Organization \(org_id, org_name\): failed.*org1.*org_id absent, org_name absent/s,
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
      const response = await documentAfter(page, () => authenticate(page, alice));

      expect(response.status()).toBe(expected.status);
      await expect(page.getByTestId('error-title')).toHaveText(expected.title);
      await expectNobodySignedIn(page);
      if (expected.says) await expectError(page, ...expected.says);
      await expectTraceToEndAt(page, expected.step, expected.check);
      await expectReport(await tenant.dashboard(), fault, ...seenOf(expected));

      await page.getByTestId('try-again').click(); // by the tenant's session, without a question
      await expect(page).toHaveURL('/profile');
      await expectToWorkFor(page, 'org1', 'corporate');
      await expectReport(await tenant.dashboard(), fault, ...seenOf(expected), 'started another sign-in');
    });
  }

  for (const [fault, says] of [
    ['no-license', 'org1 has no license'],
    ['unknown-license', 'The app does not recognize the license “platinum”.'],
  ]) {
    test(`${fault}: the user is in, no licensed feature is open, and the pages say why`, async ({ page, tenant }) => {
      await tenant.breakNextSignIn(fault);
      await signIn(page, alice);
      await expectToWorkFor(page, 'org1', 'no license');
      await expect(page.getByRole('note')).toContainText(says);
      await page.goto('/features');
      await expect(page.getByRole('note')).toContainText(says);
      for (const slug of ['board', 'people', 'activity']) {
        const response = await page.goto(`/features/${slug}`);
        expect(response?.status()).toBe(403);
        await expect(page.getByTestId('feature-refused')).toBeVisible();
      }
      await expectReport(await tenant.dashboard(), fault, tokensGiven, loggedIn);
    });
  }

  test('slow: the app waits, signs the user in, and the trace shows how long it took', async ({ page, tenant }) => {
    await tenant.breakNextSignIn('slow');
    await signIn(page, alice);
    await expectToWorkFor(page, 'org1', 'corporate');
    await page.goto('/trace');
    const took = await traceStep(page, 3).getByText(/^\d+ ms$/).innerText();
    expect(parseInt(took)).toBeGreaterThanOrEqual(5_000);
    await expectReport(await tenant.dashboard(), 'slow', tokensGiven, loggedIn);
  });

  test('a fault is for one sign-in, can be cancelled, and the dashboard says so at every step', async ({
    page,
    tenant,
    newPerson,
  }) => {
    const dashboard = await newPerson();
    await dashboard.goto(tenant.url);
    await tenant.breakNextSignIn('consent-refused');
    const queued = dashboard.getByRole('banner').getByText('Queued for the next sign-in');
    await expect(queued).toBeVisible(); // while one watches
    await dashboard.getByRole('button', { name: 'Cancel', exact: true }).click();
    await expect(queued).toHaveCount(0);
    await signIn(page, alice);
    await expect(dashboard.getByTestId('last-fault')).toHaveCount(0);
  });
});

/** What the report says, in this order: what the tenant saw, and how the app responded. */
function seenOf({ title, check, seen }: Refusal): (string | RegExp)[] {
  const [label] = check ? new RegExp(check).source.split(': failed') : [];
  const response = label ? new RegExp(`refused the sign-in: ${label}`) : `showed an error page: ${title}`;
  return seen ? [seen, response] : [response];
}

/** The error page's trace ends at the step that failed, with the check that failed, if it is a check that did. */
async function expectTraceToEndAt(page: Page, step: number, check?: string | RegExp): Promise<void> {
  await expect(traceSteps(page)).toHaveCount(step);
  await expect(page.getByText('✗ The sign-in failed here:')).toHaveCount(1);
  await expect(traceStep(page, step)).toContainText('✗ The sign-in failed here:');
  await expect(failedChecks(page.getByTestId('trace'))).toHaveText(check ? [check] : []);
  await expect(failedChecks(traceStep(page, step))).toHaveCount(check ? 1 : 0);
}
