import {
  alice,
  askFor,
  authenticate,
  bob,
  bobAtOrg1,
  carol,
  continueWithoutOrganization,
  documentAfter,
  expect,
  expectBobToBeRefused,
  expectToWorkFor,
  failedChecks,
  openFeature,
  signIn,
  test,
  traceStep,
  traceSteps,
  tryToSignIn,
} from './support/orglab.ts';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';

/** A sign-in that succeeds, from the first step to the last. */
const journey = [
  'The app sends the browser to the provider',
  "The browser brings the provider's response",
  'The app exchanges the code for tokens',
  "The app looks up the provider's keys",
  'The app checks the ID token',
  'The app begins a session',
];

test('the trace of a sign-in with an organization: every step, parameter and check, and nothing secret', async ({
  page,
  app,
}) => {
  const response = page.waitForRequest((request) => request.url().startsWith(`${app.url}/?code=`));
  await signIn(page, alice);
  const code = new URL((await response).url()).searchParams.get('code') ?? '';
  expect(code.length).toBeGreaterThan(20);

  await openTrace(page);
  await expectJourney(page);
  await expect(parameter(page, 1, 'organization')).toContainText('org1');
  await expect(parameter(page, 1, 'code_challenge_method')).toContainText('S256');
  await expect(parameter(page, 1, 'redirect_uri')).toContainText(app.url);
  for (const [step, name] of [
    [2, 'code'],
    [3, 'code'],
    [3, 'code_verifier'],
  ] as const) {
    await expect(parameter(page, step, name)).toContainText('■■■■■■');
  }
  await expect(traceStep(page, 3)).toContainText(/\d+ ms/);
  await expect(checks(page, 2)).toHaveText([/✓ passed\s+the response's state/, /✓ passed\s+the response's issuer/]);
  for (const what of ['algorithm', 'signature', 'issuer', 'audience', 'expiry', 'time of issue', 'nonce', 'subject']) {
    await expect(checks(page, 5).filter({ hasText: `✓ passed its ${what}` })).toHaveCount(1);
  }
  await expect(checks(page, 5).filter({ hasText: 'its organization' })).toHaveText(
    /✓ passed.*Expected\s*org1\s*Found\s*org_id org_\w{16}, org_name org1/s,
  );
  const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/.source;
  await expect(checks(page, 5).filter({ hasText: 'its expiry' })).toHaveText(
    new RegExp(`Expected\\s*after ${time}\\s*Found\\s*${time}`),
  );
  await expect(traceStep(page, 4)).toContainText('The key setwas fetched');
  await expect(page.getByRole('group', { name: 'The sign-in as a sequence' }).locator('desc')).toHaveText(
    '1. App to Browser: redirect; Browser to Provider: authorization request. ' +
      '2. Provider to Browser: redirect; Browser to App: response. ' +
      '3. App to Provider: token request. 4. App to Provider: key set. 5. App: checks. 6. App to Browser: session cookie.',
  );
  await expect(failedChecks(page.getByTestId('trace'))).toHaveCount(0);
  await expect(traceStep(page, 5)).toContainText('"https://myapp.com/license": "corporate"');

  const everything = await page.content();
  expect(everything).not.toContain(code);
  expect(everything, 'a token').not.toMatch(/eyJ[\w-]{10,}/);
  const cookies = await page.context().cookies();
  for (const { value } of cookies) expect(everything).not.toContain(value);
});

test('the trace of a sign-in without an organization', async ({ page, tenant }) => {
  await tenant.reset('login');
  await continueWithoutOrganization(page);
  await authenticate(page, { user: carol });
  await openTrace(page);
  await expectJourney(page);
  await expect(parameter(page, 1, 'organization')).toHaveCount(0);
  await expect(checks(page, 5).filter({ hasText: 'its organization' })).toContainText('anything: the request did not ask for it');
});

test('the trace of a sign-in for which the provider asked for the organization, with a choice of connections', async ({
  page,
  tenant,
}) => {
  await tenant.reset('invited');
  await continueWithoutOrganization(page);
  await askFor(page, 'org1');
  await authenticate(page, bobAtOrg1);
  await openTrace(page);
  await expectJourney(page);
  await expect(checks(page, 5).filter({ hasText: 'its organization' })).toHaveText(
    /anything: the request did not ask for it.*org_id org_\w{16}, org_name org1/s,
  );
});

test('each step of the trace has an address of its own, and the sequence leads there', async ({ page }) => {
  await page.setViewportSize({ width: 800, height: 500 });
  await signIn(page, alice);
  await page.goto('/trace#step-5');
  await expect(traceStep(page, 5)).toBeInViewport();
  await expect(traceStep(page, 1)).not.toBeInViewport();

  await openTrace(page);
  const sequence = page.getByRole('group', { name: 'The sign-in as a sequence' });
  await expect(sequence.getByRole('link')).toHaveCount(6);
  await sequence.getByRole('link', { name: `Step 3: ${journey[2]}` }).click();
  await expect(page).toHaveURL('/trace#step-3');
  await expect(traceStep(page, 3)).toBeInViewport();
  await traceStep(page, 3).getByRole('link').click();
  await expect(page).toHaveURL('/trace#step-3');
});

test('the trace is of this session’s sign-in alone', async ({ page, tenant }) => {
  await page.goto('/trace');
  await expect(page.getByTestId('trace')).toHaveCount(0);
  await askFor(page, 'org1');
  await authenticate(page, alice);
  await expect(page).toHaveURL('/trace');
  await expect(parameter(page, 1, 'organization')).toContainText('org1');

  await tenant.breakNextSignIn('wrong-nonce');
  await page.goto('/login?organization=org1');
  await expect(page.getByTestId('error-title')).toBeVisible();
  await expect(page.getByText('You are still logged in as')).toBeVisible();
  await openTrace(page);
  await expectJourney(page);
  await expect(failedChecks(page.getByTestId('trace'))).toHaveCount(0);
});

test('the trace on an error page ends at the step that failed, with the check that failed', async ({ page, tenant }) => {
  await tenant.breakNextSignIn('wrong-audience');
  await tryToSignIn(page, alice);
  await expect(page.getByTestId('error-title')).toBeVisible();

  await expect(traceSteps(page).getByRole('heading')).toHaveText(journey.slice(0, 5).map(numbered));
  await expect(failedChecks(traceStep(page, 5))).toHaveText(/its audience.*Expected.*orglab.*Found.*another-application/s);
  await expect(checks(page, 5).last()).toContainText('✗ failed'); // the first that fails is the last that was done
  await expect(page.getByText('✗ Here it failed:')).toHaveCount(1);
  const sequence = page.getByRole('group', { name: 'The sign-in as a sequence' });
  await expect(sequence.getByRole('link').filter({ hasText: '✗' })).toHaveText(/✗ 5 checks/);
  expect(await page.content()).not.toMatch(/eyJ[\w-]{10,}/);
});

test('the activity of an organization: chart, lists and CSV have its sign-ins and refusals', async ({ page, tenant, newPerson }) => {
  await tenant.reset('collaboration');
  await signIn(page, { ...alice, connection: 'Okta1' });
  const guest = await newPerson();
  await expectBobToBeRefused(guest);
  const refusal = await guest.getByTestId('error-reference').innerText();
  await tenant.addMember('org1', bob.user);
  await guest.getByTestId('try-again').click();
  await expectToWorkFor(guest, 'org1', 'corporate');

  await openFeature(page, 'activity');
  const chart = page.getByRole('img', { name: 'Sign-ins and refused attempts of the last 14 days' });
  await expect(chart).toBeVisible();
  const text = await chart.locator('desc').textContent();
  expect(numbersBefore(/ sign-ins?/, text)).toBe(2);
  expect(numbersBefore(/ refused/, text)).toBe(1);
  const [signIns, refusals] = [page.getByRole('table').nth(0), page.getByRole('table').nth(1)];
  await expect(signIns.locator('tbody').getByRole('row')).toHaveText([/bob@org2.example.*Okta2/s, /alice@org1.example.*Okta1/s]);
  await expect(refusals.locator('tbody').getByRole('row')).toHaveText([
    new RegExp(`not a member.*reported.*${refusal}`, 's'),
  ]);

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all as CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('activity.csv');
  const lines = (await readFile(await file.path(), 'utf8')).trimEnd().split('\n');
  expect(lines[0].trimEnd()).toBe('time,kind,name,email,connection,reason,reference');
  expect(lines.slice(1).map((line) => line.trimEnd().split(',').slice(1, 5))).toEqual([
    ['sign-in', 'Bob Brown', bob.user, 'Okta2'],
    ['refusal (reported)', '', '', ''],
    ['sign-in', 'Alice Adams', alice.user, 'Okta1'],
  ]);
  expect(lines[2]).toContain(refusal);
});

test.describe('another site’s link', () => {
  const elsewhere = 'http://elsewhere.example/';
  test.use({ otherSites: [new URL(elsewhere).origin] });

  test('to a sign-in moves nobody who is signed in to another organization before they agree', async ({
    page,
    app,
    tenant,
  }) => {
    await tenant.reset('invited');
    const link = `<a href="${app.url}/login?organization=org1&amp;return_to=/features">Have a look</a>`;
    await page.route(elsewhere, (route) => route.fulfill({ contentType: 'text/html', body: link }));
    await signIn(page, bob);
    await page.goto(elsewhere);
    const response = await documentAfter(page, () => page.getByRole('link', { name: 'Have a look' }).click());
    expect(response.url()).toContain(`${app.url}/login?`);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log in to org1?');
    await expectToWorkFor(page, 'org2', 'premium');
    await page.getByRole('link', { name: 'Stay logged in' }).click();
    await expectToWorkFor(page, 'org2', 'premium');

    await page.goto(elsewhere);
    await page.getByRole('link', { name: 'Have a look' }).click();
    await page.getByTestId('continue').click();
    await expect(page).toHaveURL('/features');
    await expectToWorkFor(page, 'org1', 'corporate');
  });

  test('takes who is signed out straight to the provider', async ({ page, app, tenant }) => {
    const link = `<a href="${app.url}/login?organization=org1">Have a look</a>`;
    await page.route(elsewhere, (route) => route.fulfill({ contentType: 'text/html', body: link }));
    await page.goto(elsewhere);
    await page.getByRole('link', { name: 'Have a look' }).click();
    await expect(page).toHaveURL((url) => url.origin === tenant.url);
    await authenticate(page, alice);
    await expect(page).toHaveURL(`${app.url}/profile`);
  });
});

/** The trace, by the menu. */
async function openTrace(page: Page): Promise<void> {
  await page.getByTestId('user-menu').click();
  await page.getByRole('link', { name: 'Trace', exact: true }).click();
  await expect(page).toHaveURL('/trace');
}

/** All six steps are there, and none of them failed. */
async function expectJourney(page: Page): Promise<void> {
  await expect(traceSteps(page).getByRole('heading')).toHaveText(journey.map(numbered));
  await expect(page.getByText('✗')).toHaveCount(0);
}

function numbered(title: string, index: number): string {
  return `${index + 1}. ${title}`;
}

/** A parameter that a step sent, or got. */
function parameter(page: Page, step: number, name: string) {
  const term = page.getByRole('term').filter({ hasText: new RegExp(`^${name}$`) });
  return traceStep(page, step).locator('.parameters > div').filter({ has: term });
}

/** The checks that were done in a step. */
function checks(page: Page, step: number) {
  return traceStep(page, step).locator('.checks').getByRole('listitem');
}

/** The sum of the numbers that stand before a word. */
function numbersBefore(word: RegExp, text: string | null): number {
  const numbers = [...(text ?? '').matchAll(new RegExp(`(\\d+)${word.source}`, 'g'))];
  return numbers.reduce((sum, [, number]) => sum + Number(number), 0);
}
