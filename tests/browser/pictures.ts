import { type Page, expect } from '@playwright/test';
import { join } from 'node:path';
import { Film } from './support/film.ts';
import { test as base } from './support/orglab.ts';
import { startOrglab, usualPorts } from './support/process.ts';
import { alice, askFor, authenticate, bob, bobAtOrg1, connections, signIn, signOut } from './support/verbs.ts';
import { type Window, drawWindows, openStudio, shoot, whereToPress } from './support/window.ts';

/** These are not tests. `scripts/screenshots` runs them and takes the pictures from this folder. */
const folder = process.env.PICTURES ?? 'test-results/pictures';

const test = base.extend<{ studio: Page }>({
  orglab: async ({ settings }, use) => {
    const orglab = await startOrglab(settings, await usualPorts());
    await use(orglab);
    await orglab.stop();
  },
  studio: async ({ browser }, use) => use(await openStudio(browser)),
});

test.use({ deviceScaleFactor: 1.5 });

test('the pictures: bob is refused at org1 until he is added', async ({ tenant, newPerson, studio }) => {
  const [host, guest] = [await newPerson(), await newPerson()];
  const draw = async (name: string, windows: (colorScheme: 'light' | 'dark') => Promise<Window[]>) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const picture = await drawWindows(studio, await windows(colorScheme), { colorScheme });
      await picture.screenshot({ path: join(folder, `${name}-${colorScheme}.png`), omitBackground: true });
    }
  };
  const picture = (name: string, page: Page, width: number, height: number) =>
    draw(name, async (colorScheme) => [{ shot: await shoot(page, { width, height }, colorScheme), x: 0, y: 0 }]);

  await signIn(host, alice);
  await guest.goto('/');
  await picture('prompt', guest, 1040, 560);
  await signIn(guest, bob);
  await signOut(guest);
  await tenant.enable('org1', 'Okta2');
  await askFor(guest, 'org1');
  await authenticate(guest, bobAtOrg1);
  await expect(guest.getByTestId('error-code')).toHaveText('access_denied');
  await picture('refusal', guest, 1040, 720);
  await picture('dashboard', await tenant.dashboard(), 1200, 960);

  // For the README: the refusal, and beside it the place to fix it.
  const card = await newPerson();
  const add = card.getByTestId(`add-member-org1-${bob.user}`);
  await card.setViewportSize({ width: 484, height: 680 });
  await card.goto((await guest.getByTestId('open-dashboard').getAttribute('href'))!);
  await add.scrollIntoViewIfNeeded();
  await draw('orglab', async (colorScheme) => {
    const refusal = await shoot(guest, { width: 540, height: 700 }, colorScheme);
    const organization = await shoot(card, { width: 484, height: 680 }, colorScheme);
    return [
      { shot: refusal, x: 0, y: 0 },
      { shot: organization, x: 552, y: 30, pointer: await whereToPress(add) },
    ];
  });

  await tenant.addMember('org1', bob.user);
  await guest.getByTestId('try-again').click();
  await expect(guest).toHaveURL('/profile');
  await picture('profile', guest, 1040, 720);
  await guest.goto('/trace');
  await picture('trace', guest, 1200, 900);
});

test.describe(() => {
  test.use({ settings: { DEMO_TENANT_CHECKPOINT: 'collaboration' } });

  test('the walkthrough: the same as a film', async ({ context, page, studio }) => {
    const film = new Film(studio, folder, { width: 1040, height: 620 });
    await page.goto('/');
    await film.show(page, 1200, 'Bob, who works at org2, asks for org1.');
    await film.type(page, page.getByTestId('organization'), 'org1');
    await film.press(page, page.getByTestId('continue'));
    await film.show(page, 1200, 'org1 has two connections. Bob chooses Okta2.');
    await film.press(page, connections(page).nth(1));
    await film.show(page, 800, 'He logs in …');
    await film.press(page, page.getByTestId(`user-${bob.user}`));
    await page.getByTestId('error-title').waitFor();
    await film.show(page, 3000, '… and is refused: he is not a member of org1.');

    const dashboard = await context.newPage();
    const add = dashboard.getByTestId(`add-member-org1-${bob.user}`);
    await dashboard.goto((await page.getByTestId('open-dashboard').getAttribute('href'))!);
    await add.scrollIntoViewIfNeeded();
    await film.show(dashboard, 1500, 'On the demo tenant’s dashboard, add him as a member.');
    await film.press(dashboard, add);
    await dashboard.getByTestId(`remove-member-org1-${bob.user}`).waitFor();
    await film.show(dashboard, 1500);

    await film.show(page, 500, 'Bob tries again …');
    await film.press(page, page.getByTestId('try-again'));
    await expect(page).toHaveURL('/profile');
    await film.show(page, 3000, '… and is logged in, with org1’s corporate license.');
    await film.save('walkthrough');
    expect(film.duration).toBeLessThanOrEqual(20_000);
  });
});
