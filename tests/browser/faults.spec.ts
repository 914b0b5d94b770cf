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
    seen: 'exchanged the code, and got 503',
  },
  'bad-signature': { ...forged, check: /Signature: failed.*item 6/s },
  'unknown-key': { ...forged, check: /Signature: failed/, seen: 'fetched the keys' },
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
      await expectReport(await tenant.dashboard(), fault, expected.seen);

      await page.getByTestId('try-again').click(); // by the tenant's session, without a question
      await expect(page).toHaveURL('/profile');
      await expectToWorkFor(page, 'org1', 'corporate');
      await expectReport(await tenant.dashboard(), fault, 'came for a sign-in again');
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
  await expect(page.getByText('✗ The sign-in failed here:')).toHaveCount(1);
  await expect(traceStep(page, step)).toContainText('✗ The sign-in failed here:');
  await expect(failedChecks(page.getByTestId('trace'))).toHaveText(check ? [check] : []);
  await expect(failedChecks(traceStep(page, step))).toHaveCount(check ? 1 : 0);
}
