import { type Locator, type Page, type Response, expect } from '@playwright/test';

/** Who signs in, and where. */
export interface Account {
  organization: string;
  /** The one to choose, where the organization has several; where it has one, the provider goes straight there. */
  connection?: string;
  user: string;
}

export const alice: Account = { organization: 'org1', user: 'alice@org1.example' };
export const bob: Account = { organization: 'org2', user: 'bob@org2.example' };
/** Carol of the tenant's own database. */
export const carol = 'carol@example.com';
/** Bob in the organization that invited him. */
export const bobAtOrg1: Account = { organization: 'org1', connection: 'Okta2', user: 'bob@org2.example' };

/** Signs in from the app's front page to the profile, as the lab's participants do. */
export async function signIn(page: Page, account: Account): Promise<void> {
  await page.goto('/');
  await signInHere(page, account);
}

/** The same from the page that is open, which asks for an organization. */
export async function signInHere(page: Page, account: Account): Promise<void> {
  await askFor(page, account.organization);
  await authenticate(page, account);
  await expect(page).toHaveURL('/profile');
}

/** Asks to sign in on the app's front page, and chooses who it is: whatever comes of it. */
export async function tryToSignIn(page: Page, account: Account): Promise<void> {
  await page.goto('/');
  await askFor(page, account.organization);
  await authenticate(page, account);
}

/** Bob asks for org1, and is refused, since he is no member. */
export async function expectBobToBeRefused(page: Page): Promise<void> {
  await tryToSignIn(page, bobAtOrg1);
  await expectError(page, 'access_denied', /^user okta\|Okta2\|\w+ is not part of the org_\w{16} organization$/);
}

/** Goes on from the app's front page without naming an organization. */
export async function continueWithoutOrganization(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByTestId('continue-without-organization').click();
}

/** Types the organization's name into the page that is open and goes on to the provider. */
export async function askFor(page: Page, organization: string): Promise<void> {
  await page.getByTestId('organization').fill(organization);
  await page.getByTestId('continue').click();
}

/** Chooses the connection, where there is a choice, and the user on the provider's pages. */
export async function authenticate(page: Page, account: Omit<Account, 'organization'>): Promise<void> {
  if (account.connection) await page.getByTestId(`connection-${account.connection}`).click();
  await page.getByTestId(`user-${account.user}`).click();
}

/** The provider's choice of connections. */
export function connections(page: Page): Locator {
  return page.locator('[data-testid^="connection-"]');
}

/** Logs out by the menu; ends on the app's front page, which asks for an organization. */
export async function signOut(page: Page): Promise<void> {
  await page.getByTestId('user-menu').click();
  await page.getByTestId('logout').filter({ visible: true }).first().click();
  await expect(page.getByTestId('organization')).toBeVisible();
  await expect(page).toHaveURL('/');
}

/** The page's header says for whom the user works. */
export async function expectToWorkFor(page: Page, organization: string, license: string): Promise<void> {
  const header = page.getByRole('banner');
  await expect(header.getByTestId('org-badge').first()).toHaveText(organization);
  await expect(header.getByTestId('license-badge').first()).toHaveText(license);
}

/** The app's front page, for somebody who is not signed in. */
export async function expectSignedOut(page: Page): Promise<void> {
  await expect(page.getByTestId('organization')).toBeVisible();
  await expectNobodySignedIn(page);
}

/** The page shows none of the signed-in user's things. */
export async function expectNobodySignedIn(page: Page): Promise<void> {
  await expect(page.getByRole('main')).toBeVisible();
  await expect(page.getByTestId('user-menu')).toHaveCount(0);
  await expect(page.getByTestId('org-badge')).toHaveCount(0);
}

/** The provider has ended the session: the page that was asked for leads to the prompt, which says so. */
export async function expectSessionEnded(page: Page, returnTo: string): Promise<void> {
  await expect(page).toHaveURL(`/?return_to=${encodeURIComponent(returnTo)}`);
  await expect(page.getByRole('status')).toContainText('has ended your session');
  await expectSignedOut(page);
}

/** The ID token's claims as the profile prints them. */
export async function printedClaims(page: Page): Promise<string> {
  return page.getByTestId('claims').innerText();
}

/** The ID token's claims of the signed-in user. */
export async function claims(page: Page): Promise<Record<string, unknown>> {
  await page.goto('/profile');
  return JSON.parse(await printedClaims(page));
}

/** Opens a feature from the catalogue. */
export async function openFeature(page: Page, slug: string): Promise<void> {
  await page.goto('/features');
  await page.getByTestId(`feature-${slug}`).click();
  await expect(page).toHaveURL(`/features/${slug}`);
}

/** Posts a note on the board that is open, and sees it on top. */
export async function post(page: Page, note: string): Promise<void> {
  await page.getByTestId('note').fill(note);
  await page.getByTestId('post-note').click();
  await expect(notes(page).first()).toContainText(note);
}

/** Posts long notes of the signed-in user, without the page. */
export async function postManyNotes(page: Page, count: number): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const note = `${number}. ${'Something that takes a while to read. '.repeat(12)}`;
    const response = await page.request.post('/features/board', { form: { note }, maxRedirects: 0 });
    expect(response.status()).toBe(303);
  }
}

/** The notes of the board that is open, newest first. */
export function notes(page: Page): Locator {
  return page.getByTestId('notes').getByRole('listitem');
}

/** Somebody's line on the page of people that is open. */
export function person(page: Page, email: string): Locator {
  return page.getByTestId('people').getByRole('row').filter({ hasText: email });
}

/** Does something that opens a page, and returns that page's document, after all redirects. */
export async function documentAfter(page: Page, action: () => Promise<unknown>): Promise<Response> {
  const opened = page.waitForResponse((response) => {
    const redirects = response.status() >= 300 && response.status() < 400;
    return response.request().isNavigationRequest() && response.frame() === page.mainFrame() && !redirects;
  });
  await action();
  const response = await opened;
  await page.waitForURL(({ href }) => href.split('#')[0] === response.url());
  return response;
}

/** The reason for a refusal stands on the page: the provider's code and description, verbatim, and a reference. */
export async function expectError(page: Page, code: string, description: string | RegExp): Promise<void> {
  await expect(page.getByTestId('error-title')).toBeVisible();
  await expect(page.getByTestId('error-code')).toHaveText(code);
  await expect(page.getByTestId('error-description')).toHaveText(description);
  await expect(page.getByTestId('error-reference')).not.toBeEmpty();
}

/** The steps of the sign-in on the page that is open. */
export function traceSteps(page: Page): Locator {
  return page.getByTestId(/^trace-step-\d+$/);
}

/** A step of it, by its number. */
export function traceStep(page: Page, number: number): Locator {
  return page.getByTestId(`trace-step-${number}`);
}

/** The checks in a step that did not pass. */
export function failedChecks(step: Locator): Locator {
  return step.locator('.checks .failed');
}

/**
 * Presses the tabulator until the control has the focus, as people do who have no mouse, and sees that the focus shows.
 */
export async function tabTo(page: Page, control: Locator): Promise<void> {
  await expect(control).toBeVisible();
  for (let presses = 0; presses < 150; presses++) {
    if (await control.evaluate((element) => element.matches(':focus-visible'))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the tabulator does not lead to ${control}`);
}

/** Goes to a control by the tabulator, and presses it. */
export async function pressByKeyboard(page: Page, control: Locator): Promise<void> {
  await tabTo(page, control);
  await page.keyboard.press('Enter');
}
