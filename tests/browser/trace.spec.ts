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
import type { Locator, Page } from '@playwright/test';

/** A sign-in that succeeds, from the first step to the last. */
const journey = [
  'The app sends the browser to the provider',
  "The browser brings the provider's response",
  'The app exchanges the code for tokens',
  "The app looks up the provider's keys",
  'The app checks the ID token',
  'The app begins a session',
];

/** The sequence in words, as far as the token response. */
const untilTokens =
  '1. App to browser: redirect. 1. Browser to provider: authorization request. ' +
  '2. Provider: logged in at Okta1. 2. Provider to browser: redirect. 2. Browser to app: response. ' +
  '3. App to provider: token request. 3. Provider to app: tokens, status 200.';

/** The same from the checks of the ID token on. */
const fromTheChecks = '5. App: 13 checks, all passed. 6. App to browser: session cookie.';

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
  await expect(checks(page, 2)).toHaveText([/✓ State/, /✓ Response issuer \(iss\)/]);
  const names = ['Algorithm (alg)', 'Signature', 'Issuer (iss)', 'Audience (aud)', 'Expiry (exp)', 'Time of issue (iat)', 'Nonce'];
  for (const name of [...names, 'Subject (sub)']) {
    await expect(checks(page, 5).filter({ hasText: `✓ ${name}` })).toHaveCount(1);
  }
  await expect(checks(page, 5).filter({ hasText: 'Without it, anybody' })).toHaveCount(13);
  await expect(checks(page, 5).getByRole('link')).toHaveCount(13);
  await expect(checks(page, 5).filter({ hasText: 'Nonce' }).getByRole('link')).toHaveAttribute(
    'href',
    'https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation',
  );
  await expect(cells(checks(page, 5).filter({ hasText: 'Organization (org_id' }))).toHaveText([
    'org1',
    /^org_id org_\w{16}, org_name org1$/,
  ]);
  const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/.source;
  await expect(cells(checks(page, 5).filter({ hasText: 'Expiry (exp)' }))).toHaveText([
    new RegExp(`^after ${time}$`),
    new RegExp(`^${time}$`),
  ]);
  await expect(traceStep(page, 4)).toContainText('Key setfetched');
  expect(await drawn(page)).toBe(
    `${untilTokens} 4. App to provider: key set request. 4. Provider to app: key set, status 200. ${fromTheChecks}`,
  );
  await expect(traceStep(page, 5).getByRole('listitem')).toHaveText([
    /^Header \d+ characters$/,
    /^Payload \d+ characters$/,
    /^Signature \d+ characters$/,
  ]);
  await expect(traceStep(page, 5)).toContainText('{ "alg": "RS256", "typ": "JWT", "kid": ');
  await expect(page.getByText(/^Alice Adams at org1 · ✓ 15 checks, all passed · \d+\.\d{3} s from first to last step · reference \w{8}$/)).toBeVisible();
  await expect(failedChecks(page.getByTestId('trace'))).toHaveCount(0);
  await expect(traceStep(page, 5)).toContainText('"https://myapp.com/license": "corporate"');

  const everything = await page.content();
  expect(everything).not.toContain(code);
  expect(everything, 'a token').not.toMatch(/eyJ[\w-]{10,}/);
  const cookies = await page.context().cookies();
  for (const { value } of cookies) expect(everything).not.toContain(value);
});

test('the second sign-in draws the key from the cache, and no request for it', async ({ page, newPerson }) => {
  await signIn(page, alice);
  const second = await newPerson();
  await signIn(second, alice);
  await openTrace(second);
  expect(await drawn(second)).toMatch(/ 4\. App: key \S{4}… from cache\. 5\. App: /);
  await expect(traceStep(second, 4)).not.toContainText('status 200');
});

test('a token endpoint that fails is drawn with its status', async ({ page, tenant }) => {
  await tenant.breakNextSignIn('token-endpoint-down');
  await tryToSignIn(page, alice);
  await expect(page.getByTestId('error-title')).toBeVisible();
  expect(await drawn(page)).toMatch(
    / 3\. App to provider: token request\. 3\. Provider to app: error response, status 503\.$/,
  );
  await expect(sequence(page).getByRole('link').filter({ hasText: '✗' })).toHaveText(/3\s+✗ error response, status 503/);
});

test('the sequence stays beside the steps, its text is legible, and the page is no longer than it may be', async ({ page }) => {
  await signIn(page, alice);
  for (const [width, height] of [
    [1280, 4_600],
    [1920, 4_300],
  ]) {
    await page.setViewportSize({ width, height: 800 });
    await page.goto('/trace');
    expect(await page.evaluate(() => document.documentElement.scrollHeight), `${width} px`).toBeLessThanOrEqual(height);
    await page.goto('/trace#step-6');
    await expect(traceStep(page, 6)).toBeInViewport();
    await expect(sequence(page).getByRole('link').last()).toBeInViewport({ ratio: 0.99 });
  }
  for (const width of [320, 640, 1024, 3840]) {
    await page.setViewportSize({ width, height: 800 });
    const text = await sequence(page).evaluate((svg) => {
      const scale = (svg as SVGSVGElement).getScreenCTM()?.a ?? 0;
      return scale * Math.min(...[...svg.querySelectorAll('text')].map((text) => parseFloat(getComputedStyle(text).fontSize)));
    });
    expect(text, `${width} px`).toBeGreaterThanOrEqual(12);
    const [content, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(content, `${width} px`).toBeLessThanOrEqual(window);
  }
});

test('the trace of a sign-in without an organization', async ({ page, tenant }) => {
  await tenant.reset('login');
  await continueWithoutOrganization(page);
  await authenticate(page, { user: carol });
  await openTrace(page);
  await expectJourney(page);
  await expect(parameter(page, 1, 'organization')).toHaveCount(0);
  await expect(checks(page, 5).filter({ hasText: 'Organization (org_id' })).toContainText('anything: the request did not ask for it');
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
  await expect(checks(page, 5).filter({ hasText: 'Organization (org_id' })).toHaveText(
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
  await expect(sequence(page).getByRole('link')).toHaveCount(11);
  const message = sequence(page).getByRole('link', { name: '3 token request' });
  const row = () => message.locator('.row').evaluate((row) => getComputedStyle(row).fill);
  const plain = await row();
  await message.click();
  await expect(page).toHaveURL('/trace#step-3');
  await expect(traceStep(page, 3)).toBeInViewport();
  expect(await row(), 'it is marked').not.toBe(plain);
  await traceStep(page, 3).getByRole('link', { name: `3. ${journey[2]}` }).click();
  await expect(page).toHaveURL('/trace#step-3');
  await traceStep(page, 3).getByRole('link', { name: 'Step 4 →' }).click();
  await expect(page).toHaveURL('/trace#step-4');
  await traceStep(page, 4).getByRole('link', { name: '← Step 3' }).click();
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
  await expect(failedChecks(traceStep(page, 5))).toHaveText(/✗ Audience \(aud\): failed.*orglab.*another-application.*item 3/s);
  await expect(checks(page, 5).last()).toContainText(': failed'); // the first that fails is the last that was done
  await expect(page.getByText('✗ The sign-in failed here:')).toHaveCount(1);
  await expect(sequence(page).getByRole('link').filter({ hasText: '✗' })).toHaveText(/5\s+✗ Audience \(aud\): failed/);
  await expect(page.getByText('The authorization request says')).toBeHidden(); // only the step that failed is open
  await sequence(page).getByRole('link', { name: '1 redirect' }).click();
  await expect(page.getByText('The authorization request says')).toBeVisible();
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

/** The drawing. */
function sequence(page: Page): Locator {
  return page.getByRole('group', { name: 'The sign-in as a sequence' });
}

/** The drawing in words. */
async function drawn(page: Page): Promise<string | null> {
  return sequence(page).locator('desc').textContent();
}

/** A parameter that a step sent, or got. */
function parameter(page: Page, step: number, name: string): Locator {
  const header = page.getByRole('rowheader', { name, exact: true });
  return traceStep(page, step).locator('.parameters').getByRole('row').filter({ has: header });
}

/** The checks that were done in a step. */
function checks(page: Page, step: number): Locator {
  return traceStep(page, step).locator('.checks tbody');
}

/** What a check expected and what it found. */
function cells(check: Locator): Locator {
  return check.getByRole('row').first().getByRole('cell');
}

/** The sum of the numbers that stand before a word. */
function numbersBefore(word: RegExp, text: string | null): number {
  const numbers = [...(text ?? '').matchAll(new RegExp(`(\\d+)${word.source}`, 'g'))];
  return numbers.reduce((sum, [, number]) => sum + Number(number), 0);
}
