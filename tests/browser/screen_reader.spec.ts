import type { Page } from '@playwright/test';
import { askFor, authenticate, bob, bobAtOrg1, expect, expectToWorkFor, openFeature, post, signOut, test } from './support/orglab.ts';

/** What differs each time. */
const volatile: [RegExp, string][] = [
  [/\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?( UTC)?/g, 'TIME'],
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'],
  [/\b\d\d:\d\d(:\d\d(\.\d+)?)?( UTC)?\b/g, 'TIME'],
  [/\b\d+ ms\b/g, 'DURATION'],
  [/\b1\d{9}\b/g, 'SECONDS'],
  [/localhost:\d+/g, 'localhost:PORT'],
  [/org_\w{16}/g, 'org_ID'],
  [/00u\w+/g, '00uID'],
  [/\b[A-Z2-7]{8}\b/g, 'REFERENCE'],
  [/[\w-]{8}…/g, 'START…'],
  [/(?<![\w/.-])[\w-]{20,}(?![\w.-])/g, 'SECRET'],
];

test('what a screen reader reads on the pages of the collaboration chapter', async ({ page, tenant }) => {
  await page.goto('/');
  await expectReading(page, '1-prompt');
  await askFor(page, 'org2');
  await expect(page.getByTestId(`user-${bob.user}`)).toBeVisible();
  await expectReading(page, '2-users');
  await authenticate(page, bob);
  await expectToWorkFor(page, 'org2', 'premium');
  await expectReading(page, '3-profile');

  await tenant.reset('collaboration');
  await page.goto('/');
  await expectReading(page, '4-session-ended');
  await askFor(page, 'org1');
  await expect(page.getByTestId('connection-Okta2')).toBeVisible();
  await expectReading(page, '5-connections');
  await authenticate(page, bobAtOrg1);
  await expect(page.getByTestId('error-title')).toBeVisible();
  await expectReading(page, '6-refusal');

  await tenant.addMember('org1', bob.user);
  await page.getByTestId('try-again').click();
  await expectToWorkFor(page, 'org1', 'corporate');
  await expectReading(page, '7-profile');
  await openFeature(page, 'board');
  await expectReading(page, '8-board');
  await post(page, 'Thank you for having me.');
  await expectReading(page, '9-board-with-a-note');
  await signOut(page);
  await expectReading(page, '10-logged-out');
});

/**
 * The page's header and main part, as the browser's accessibility tree has them, are as kept in `readings/`:
 * `npx playwright test screen_reader --update-snapshots` writes these files anew, to be read before they are committed.
 */
async function expectReading(page: Page, name: string): Promise<void> {
  const parts = [page.getByRole('banner'), page.getByRole('main')];
  const readings = await Promise.all(parts.map((part) => part.ariaSnapshot()));
  const reading = volatile.reduce((text, [pattern, word]) => text.replaceAll(pattern, word), readings.join('\n'));
  expect.soft(`${reading}\n`).toMatchSnapshot(`${name}.yml`);
}
