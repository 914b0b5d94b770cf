import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { type Tenant, setHidden } from './tenant.ts';
import {
  alice,
  askFor,
  authenticate,
  bob,
  bobAtOrg1,
  carol,
  continueWithoutOrganization,
  openFeature,
  post,
  postManyNotes,
  signIn,
  signOut,
  tryToSignIn,
} from './verbs.ts';

/** A page of the app or of the demo tenant, and the way there from a browser that has just been opened. */
export interface PageOfOrglab {
  name: string;
  /** More settings for the binary. */
  settings?: Record<string, string>;
  open(page: Page, tenant: Tenant): Promise<unknown>;
}

/** A provider that nobody reaches. */
const unreachable = { OIDC_ISSUER_URL: 'http://localhost:9/', OIDC_CLIENT_ID: 'orglab' };

/** Every page there is. */
export const pages: PageOfOrglab[] = [
  { name: 'prompt', open: (page) => page.goto('/') },
  {
    name: 'prompt before a deep link',
    open: (page) => page.goto('/features/board'),
  },
  {
    name: 'prompt after a log-out',
    async open(page) {
      await signIn(page, alice);
      await signOut(page);
    },
  },
  {
    name: 'prompt after the provider ended the session',
    async open(page, tenant) {
      await signIn(page, alice);
      await tenant.reset('collaboration');
      await page.goto('/profile');
      await expect(page.getByRole('status')).toBeVisible();
    },
  },
  {
    name: 'prompt while the provider is down',
    settings: unreachable,
    async open(page) {
      await page.goto('/login');
      await page.goto('/');
      await expect(page.getByRole('status')).toBeVisible();
    },
  },
  {
    name: 'connections of an organization',
    async open(page, tenant) {
      await tenant.enable('org1', 'Okta2');
      await page.goto('/');
      await askFor(page, 'org1');
      await expect(page.getByTestId('connection-Okta2')).toBeVisible();
    },
  },
  {
    name: 'users of a connection',
    async open(page) {
      await page.goto('/');
      await askFor(page, 'org1');
      await expect(page.getByTestId('cancel')).toBeVisible();
    },
  },
  {
    name: 'users of a connection, a dozen',
    async open(page, tenant) {
      await tenant.createUsers('Okta1', 12);
      await page.goto('/');
      await askFor(page, 'org1');
      await expect(page.getByTestId('user-user12@org1.example')).toBeVisible();
    },
  },
  {
    name: 'users of a connection, with long names',
    async open(page, tenant) {
      await tenant.rename(names.long);
      await page.goto('/');
      await askFor(page, 'org1');
      await expect(page.getByTestId(`user-${alice.user}`)).toBeVisible();
    },
  },
  {
    name: 'organization, asked by the provider',
    async open(page, tenant) {
      await page.goto('/');
      await page.getByTestId('continue-without-organization').click();
      await expect(page).toHaveURL((url) => url.origin === tenant.url);
      await expect(page.getByTestId('organization')).toBeVisible();
    },
  },
  {
    name: 'organization that the provider does not know',
    async open(page) {
      await page.goto('/');
      await page.getByTestId('continue-without-organization').click();
      await askFor(page, 'acme');
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'start page of an organization',
    async open(page) {
      await signIn(page, alice);
      await page.goto('/');
    },
  },
  {
    name: 'start page without an organization',
    async open(page, tenant) {
      await tenant.reset('login');
      await continueWithoutOrganization(page);
      await authenticate(page, { user: carol });
      await expect(page).toHaveURL('/profile');
      await page.goto('/');
    },
  },
  { name: 'profile', open: (page) => signIn(page, alice) },
  {
    name: 'profile with an unknown license',
    async open(page, tenant) {
      await tenant.arm('unknown-license');
      await signIn(page, alice);
    },
  },
  {
    name: 'profile with long names',
    async open(page, tenant) {
      await tenant.rename(names.long);
      await signIn(page, alice);
    },
  },
  {
    name: 'trace',
    async open(page) {
      await signIn(page, alice);
      await page.goto('/trace');
      await expect(page.getByTestId('trace')).toBeVisible();
    },
  },
  {
    name: 'menu of the user',
    async open(page) {
      await signIn(page, alice);
      await page.getByTestId('user-menu').click();
    },
  },
  {
    name: 'features',
    async open(page) {
      await signIn(page, bob);
      await page.goto('/features');
    },
  },
  {
    name: 'board, empty',
    async open(page) {
      await signIn(page, alice);
      await openFeature(page, 'board');
      await expect(page.getByTestId('note')).toBeVisible();
    },
  },
  {
    name: 'board, full, with long names',
    async open(page, tenant) {
      await tenant.rename(names.long);
      await signIn(page, alice);
      await postManyNotes(page, 60);
      await openFeature(page, 'board');
    },
  },
  {
    name: 'board, with names from right to left and emoji',
    async open(page, tenant) {
      await tenant.rename(names.rightToLeft);
      await signIn(page, alice);
      await openFeature(page, 'board');
      await post(page, 'مرحبا بالجميع 👋🏽');
    },
  },
  {
    name: 'board with a note that is too long',
    async open(page) {
      await signIn(page, alice);
      await openFeature(page, 'board');
      await page.getByTestId('note').evaluate((field) => field.removeAttribute('maxlength'));
      await page.getByTestId('note').fill('x'.repeat(501));
      await page.getByTestId('post-note').click();
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'board',
    async open(page) {
      await signIn(page, alice);
      await openFeature(page, 'board');
      await post(page, `Welcome to org1! ${'A-word-that-is-as-long-as-a-line-'.repeat(5)}`);
    },
  },
  {
    name: 'board of another organization than the note was for',
    async open(page) {
      await signIn(page, bob);
      await openFeature(page, 'board');
      await page.getByTestId('note').fill('For everybody in org2.');
      const other = await page.context().newPage();
      await signIn(other, alice);
      await other.close();
      await page.getByTestId('post-note').click();
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'link from the dashboard to a sign-in',
    async open(page, tenant) {
      await tenant.reset('collaboration');
      const link = await tenant.invite('org1', bob.user);
      await signIn(page, bob);
      await page.goto(tenant.url);
      await page.getByRole('link', { name: link }).click();
      await expect(page.getByTestId('continue')).toBeVisible();
    },
  },
  {
    name: 'people',
    async open(page) {
      await signIn(page, alice);
      await openFeature(page, 'people');
    },
  },
  {
    name: 'activity',
    async open(page) {
      await page.goto('/');
      await askFor(page, 'org1');
      await page.getByTestId('cancel').click();
      await page.getByTestId('try-again').click();
      await authenticate(page, alice);
      await openFeature(page, 'activity');
      await expect(page.getByTestId('activity')).toBeAttached();
    },
  },
  {
    name: 'feature of another license',
    async open(page) {
      await signIn(page, bob);
      await page.goto('/features/people');
      await expect(page.getByTestId('feature-refused')).toBeVisible();
    },
  },
  {
    name: 'not a member',
    async open(page, tenant) {
      await tenant.enable('org1', 'Okta2');
      await page.goto('/');
      await askFor(page, 'org1');
      await authenticate(page, bobAtOrg1);
      await expect(page.getByTestId('error-title')).toBeVisible();
    },
  },
  {
    name: 'not a member, once more',
    async open(page, tenant) {
      await tenant.enable('org1', 'Okta2');
      await tryToSignIn(page, bobAtOrg1);
      await page.getByTestId('try-again').click();
      await expect(page.getByTestId('refused-before')).toBeVisible();
    },
  },
  {
    name: 'sign-in that the user cancelled',
    async open(page) {
      await page.goto('/');
      await askFor(page, 'org1');
      await page.getByTestId('cancel').click();
      await expect(page.getByTestId('error-title')).toBeVisible();
    },
  },
  {
    name: 'refusal for somebody who is still signed in',
    async open(page, tenant) {
      await tenant.enable('org1', 'Okta2');
      await signIn(page, bob);
      await page.goto('/login?organization=org1');
      await expect(page.getByTestId('error-title')).toBeVisible();
    },
  },
  {
    name: 'ID token with a wrong signature',
    async open(page, tenant) {
      await tenant.arm('bad-signature');
      await tryToSignIn(page, alice);
      await expect(page.getByTestId('error-title')).toBeVisible();
    },
  },
  {
    name: 'token endpoint that is down',
    async open(page, tenant) {
      await tenant.arm('token-endpoint-down');
      await tryToSignIn(page, alice);
      await expect(page.getByTestId('error-title')).toBeVisible();
    },
  },
  { name: 'sign-in while the provider is down', settings: unreachable, open: (page) => page.goto('/login') },
  { name: 'bad request', open: (page) => page.goto('/login?prompt=none') },
  {
    name: 'unknown organization',
    async open(page) {
      await page.goto('/');
      await askFor(page, 'acme');
      await expect(page.getByTestId('error-title')).toBeVisible();
    },
  },
  {
    name: 'response that belongs to no attempt',
    open: (page) => page.goto('/?error=access_denied&error_description=forged&state=made-up'),
  },
  { name: 'not found', open: (page) => page.goto('/no-such-page') },
  {
    name: 'not found while signed in',
    async open(page) {
      await signIn(page, alice);
      await page.goto('/no-such-page');
    },
  },
  { name: 'logout while signed out', open: (page) => page.goto('/logout') },
  {
    name: 'logout while signed in',
    async open(page) {
      await signIn(page, alice);
      await page.goto('/logout');
    },
  },
  { name: 'dashboard', open: (page, tenant) => page.goto(tenant.url) },
  {
    name: 'dashboard at the first checkpoint',
    async open(page, tenant) {
      await tenant.checkpoint('login');
      await page.goto(tenant.url);
      await expect(page.getByTestId('last-checkpoint')).toBeVisible();
    },
  },
  {
    name: 'dashboard with a refused form',
    async open(page, tenant) {
      await page.goto(tenant.url);
      const form = page.getByRole('article', { name: 'New organization' });
      await form.getByLabel('Name', { exact: true }).fill('no spaces');
      await form.getByTestId('create-organization').click();
      await expect(page.getByRole('alert')).toBeVisible();
    },
  },
  {
    name: 'dashboard with a message',
    async open(page, tenant) {
      await page.goto(tenant.url);
      await page.getByTestId('add-member-org1-bob@org2.example').click();
      await expect(page.getByTestId('flash')).toBeVisible();
    },
  },
  {
    name: 'dashboard with a form of what is gone',
    async open(page, tenant) {
      await page.goto(tenant.url);
      await setHidden(page, true); // so that it does not follow the change
      await tenant.reset('license');
      await page.getByTestId('add-member-org1-bob@org2.example').click();
      await expect(page.getByRole('alert')).toBeFocused();
    },
  },
  ...['delete-organization-org1', 'delete-connection-Okta1', 'delete-user-alice@org1.example',
    'remove-member-org1-alice@org1.example', 'checkpoint-login'].map((button) => ({
    name: `question after ${button}`,
    async open(page: Page, tenant: Tenant) {
      await signIn(page, alice);
      await page.goto(tenant.url);
      await page.getByTestId(button).click();
      await expect(page.getByTestId('confirm')).toBeVisible();
    },
  })),
  {
    name: 'invitation',
    async open(page, tenant) {
      await tenant.reset('collaboration');
      await page.goto(await tenant.invite('org1', bob.user));
      await expect(page.getByTestId('accept')).toBeVisible();
    },
  },
  {
    name: 'invitation for somebody else, who can’t accept it yet',
    async open(page, tenant) {
      await signIn(page, alice);
      await page.goto(await tenant.invite('org1', bob.user));
      await expect(page.getByTestId('accept-as-another')).toBeVisible();
    },
  },
  {
    name: 'users of a connection, for an invitation',
    async open(page, tenant) {
      await tenant.reset('collaboration');
      await page.goto(await tenant.invite('org1', bob.user));
      await page.getByTestId('accept').click();
      await page.getByTestId('connection-Okta2').click();
      await expect(page.getByTestId(`user-${bob.user}`)).toBeVisible();
    },
  },
  {
    name: 'callback URL mismatch',
    open: (page, tenant) =>
      page.goto(`${tenant.url}/authorize?client_id=orglab&response_type=code&redirect_uri=http://localhost:1/elsewhere`),
  },
  {
    name: 'logout URL mismatch',
    open: (page, tenant) => page.goto(`${tenant.url}/v2/logout?client_id=orglab&returnTo=http://localhost:1/elsewhere`),
  },
  { name: 'logged out at the tenant', open: (page, tenant) => page.goto(`${tenant.url}/oidc/logout?client_id=orglab`) },
  {
    name: 'logout at the tenant, asked for by another site',
    async open(page, tenant) {
      await signIn(page, alice);
      await page.goto(`data:text/html,<a href="${tenant.url}/oidc/logout?client_id=orglab">Log out</a>`);
      await page.getByRole('link').click();
      await expect(page.getByTestId('confirm')).toBeVisible();
    },
  },
  { name: 'not found at the tenant', open: (page, tenant) => page.goto(`${tenant.url}/no-such-page`) },
];

/** What an organization, its connection's users and the notes are called at worst. */
export const names = {
  long: { organization: 'Unbroken'.repeat(10), user: 'Wolfeschlegelsteinhausenbergerdorff-'.repeat(3).slice(0, 80) },
  rightToLeft: { organization: 'مؤسسة التجارب للتعاون 🏢', user: 'דנה כהן 👩🏽‍🚀👨‍👩‍👧‍👦' },
};
