import type { Page } from '@playwright/test';
import { join } from 'node:path';
import { test } from './support/orglab.ts';
import { pages } from './support/pages.ts';
import { alice, askFor, authenticate, bob, bobAtOrg1, openFeature, post, signIn, signOut } from './support/verbs.ts';

const folder = process.env.SCREENSHOTS ?? 'test-results';

/** Takes the page's picture as `name.light.1440.png` and so on. */
async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 1440]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(folder, `${name}.${colorScheme}.${width}.png`), fullPage: true });
    }
  }
}

test('the collaboration chapter', async ({ tenant, newPerson }) => {
  const host = await newPerson();
  await signIn(host, alice);
  await openFeature(host, 'board');
  await post(host, 'Welcome to org1! Bob of org2 will join us for the launch.');

  const guest = await newPerson();
  await picture(await tenant.dashboard(), 'chapter-1-dashboard');
  await signIn(guest, bob);
  await picture(guest, 'chapter-1-profile-premium');
  await tenant.enable('org1', 'Okta2');
  await picture(await tenant.dashboard(), 'chapter-2-dashboard');
  await signOut(guest);
  await picture(guest, 'chapter-3-prompt');
  await askFor(guest, 'org1');
  await guest.getByTestId('connection-Okta2').waitFor();
  await picture(guest, 'chapter-3-connections');
  await guest.getByTestId('connection-Okta2').click();
  await guest.getByTestId(`user-${bob.user}`).waitFor();
  await picture(guest, 'chapter-3-users');
  await guest.getByTestId(`user-${bob.user}`).click();
  await guest.getByTestId('error-title').waitFor();
  await picture(guest, 'chapter-3-refused');
  await tenant.addMember('org1', bob.user);
  await picture(await tenant.dashboard(), 'chapter-4-dashboard');
  await guest.getByTestId('other-account').click();
  await askFor(guest, 'org1');
  await authenticate(guest, bobAtOrg1);
  await guest.getByTestId('claims').waitFor();
  await picture(guest, 'chapter-5-profile-corporate');
  await openFeature(guest, 'board');
  await post(guest, 'Thank you for having me.');
  await picture(guest, 'chapter-5-board');
  await openFeature(guest, 'people');
  await picture(guest, 'chapter-5-people');
});

for (const { name, open } of pages) {
  test(name, async ({ page, tenant }) => {
    await open(page, tenant);
    await picture(page, name.replaceAll(/\W+/g, '-'));
  });
}
