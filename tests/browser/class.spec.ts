import { type Page, expect } from '@playwright/test';
import { expectToBeAccessible } from './support/accessible.ts';
import { type Class, expectNoAccess, expectStep, host, isOnLan, joinLink, row, takeRoom, test } from './support/class.ts';
import { Tenant, expectStepsDone } from './support/tenant.ts';
import {
  alice,
  askFor,
  authenticate,
  bob,
  bobAtOrg1,
  documentAfter,
  expectBobToBeRefused,
  expectNobodySignedIn,
  expectSignedOut,
  expectToWorkFor,
  notes,
  openFeature,
  post,
  signIn,
  signOut,
} from './support/verbs.ts';

type NewBrowser = (origin?: string) => Promise<Page>;

/** A participant who has taken this room, the first that is free. */
async function participant(running: Class, newBrowser: NewBrowser, room: number, name = ''): Promise<Page> {
  const page = await newBrowser(running.app(room));
  await takeRoom(page, running, name);
  await expect(page).toHaveURL(`${running.app(room)}/`);
  return page;
}

/** The tenant of a participant's room, on whose dashboard they work in another tab. */
function tenantOf(page: Page, running: Class, room: number): Tenant {
  return new Tenant(running.tenant(room), () => page.context().newPage());
}

test('to the browser, the class is on a network that it does not trust', async ({ class: running, newBrowser }) => {
  test.skip(!isOnLan, `browsers trust ${host}, as they trust this machine`);
  const page = await newBrowser();
  const form = page.waitForRequest((request) => request.method() === 'POST');
  await takeRoom(page, running);
  expect(await page.evaluate(() => [isSecureContext, navigator.clipboard === undefined])).toEqual([false, true]);
  const sent = await (await form).allHeaders();
  expect(Object.keys(sent).filter((name) => name.startsWith('sec-fetch'))).toEqual([]);
  expect(sent['origin']).toBe(running.frontDoor);
  const link = page.waitForRequest((request) => request.url().startsWith(`${running.app(1)}/login`));
  await askFor(page, 'org1');
  expect((await (await link).allHeaders())['referer']).toBe(`${running.app(1)}/`);
});

/** Walks the chapter in a room: alice, and bob in a second browser that joins by her link. */
async function walk(running: Class, newBrowser: NewBrowser, room: number, alices: Page, overview: Page): Promise<void> {
  const tenant = tenantOf(alices, running, room);
  const bobs = await newBrowser(running.app(room));
  await bobs.goto(await joinLink(alices));
  await expect(bobs).toHaveURL(`${running.app(room)}/`);
  await expectStep(overview, room, '4.2');
  await signIn(alices, alice);
  await expectToWorkFor(alices, 'org1', 'corporate');
  await openFeature(alices, 'board');
  await post(alices, `Welcome to room ${room}!`);
  await expectStep(overview, room, '6.1');
  await signIn(bobs, bob);
  await expectToWorkFor(bobs, 'org2', 'premium');
  await expectStep(overview, room, '6.2');
  await tenant.enable('org1', 'Okta2');
  await expectStep(overview, room, '6.3');
  await signOut(bobs);
  await expectBobToBeRefused(bobs);
  await expectStep(overview, room, '6.4');
  await tenant.addMember('org1', bob.user);
  await expectStep(overview, room, '6.5');
  await bobs.getByTestId('other-account').click();
  await askFor(bobs, 'org1');
  await bobs.getByTestId('connection-Okta2').click();
  await authenticate(bobs, { user: bobAtOrg1.user });
  await expect(bobs).toHaveURL('/profile');
  await expectToWorkFor(bobs, 'org1', 'corporate');
  await expectStep(overview, room, 'done');
  await openFeature(bobs, 'board');
  await expect(notes(bobs)).toHaveCount(1);
  await expect(notes(bobs).first()).toContainText(`Welcome to room ${room}!`);
  await expectStepsDone(await tenant.dashboard(), '4.2', '5', '6.1', '6.2', '6.3', '6.4', '6.5');
}

test.describe('where the environment names a proxy', () => {
  test.describe.configure({ timeout: 120_000 });
  test.use({ rooms: 3, settings: { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' } });

  test('two participants walk the chapter at once, and the overview ticks each step', async ({
    class: running,
    newBrowser,
    instructor,
  }) => {
    const first = await participant(running, newBrowser, 1, 'Ann');
    const second = await participant(running, newBrowser, 2, 'Ben');
    await expect(row(instructor, 1)).toContainText('Ann'); // without a reload, as all that follows
    await expect(row(instructor, 2)).toContainText('Ben');
    await Promise.all([
      walk(running, newBrowser, 1, first, instructor),
      walk(running, newBrowser, 2, second, instructor),
    ]);
    await expectStep(instructor, 3, '4.2');

    const screen = await instructor.context().newPage();
    await screen.goto(`${running.frontDoor}/overview/screen`);
    await expect(row(screen, 1)).toHaveAttribute('data-step', 'done');
    await expect(screen.locator('a, button, input, form, select, summary, [tabindex]')).toHaveCount(0);
    await instructor.getByTestId('checkpoint-login-2').click();
    await instructor.getByTestId('confirm').click();
    await expect(row(screen, 2)).toHaveAttribute('data-step', '2'); // the projector follows
    await expect(row(screen, 1)).toHaveAttribute('data-step', 'done');
  });
});

test('another room’s link leads to the own room, and another’s cookie nowhere', async ({ class: running, newBrowser }) => {
  const first = await participant(running, newBrowser, 1);
  const second = await participant(running, newBrowser, 2);
  for (const address of [running.app(1), running.tenant(1), `${running.app(1)}/login?organization=org1`]) {
    const response = await documentAfter(second, () => second.goto(address));
    expect(response.status()).toBe(403);
    await expectNoAccess(second, running);
  }
  await second.getByRole('main').getByRole('link').click();
  await expect(second).toHaveURL(`${running.app(2)}/`);

  const thief = await newBrowser(running.app(2));
  const cookies = (await first.context().cookies()).filter(({ name }) => name.startsWith('orglab_room'));
  expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Lax', secure: false, domain: host, path: '/' }]);
  await thief.context().addCookies(cookies);
  await thief.goto('/');
  await expectNoAccess(thief, running);
});

test('with all rooms taken, the next is told so until the instructor frees one', async ({
  class: running,
  newBrowser,
  instructor,
}) => {
  await participant(running, newBrowser, 1);
  await participant(running, newBrowser, 2);
  const third = await newBrowser(running.app(1));
  await third.goto(running.frontDoor);
  await expect(third.getByTestId('rooms-taken')).toBeVisible();
  await expect(third.getByTestId('take-room')).toHaveCount(0);
  await instructor.getByTestId('free-room-1').click();
  await instructor.getByTestId('confirm').click();
  await expect(instructor.getByTestId('flash')).toContainText('Room 1 is free');
  await third.reload();
  await third.getByTestId('take-room').click();
  await expect(third).toHaveURL(`${running.app(1)}/`);
});

test.describe('freed while somebody works', () => {
  // The open dashboard asks for events again, and is refused.
  test.use({ mayFail: /status of 403 \(Forbidden\) \(http:\S+\/(events|)\)$/ });

  test('a room is lost at once, and the next participant finds nothing', async ({
    class: running,
    newBrowser,
    instructor,
  }) => {
    const old = await participant(running, newBrowser, 1, 'Ann');
    await signIn(old, alice);
    await openFeature(old, 'board');
    await post(old, 'A note of Ann’s');
    const dashboard = await tenantOf(old, running, 1).dashboard();
    await old.getByTestId('note').fill('One more');
    await expect(row(instructor, 1)).toContainText('Ann');
    await instructor.getByTestId('free-room-1').click();
    await instructor.getByTestId('confirm').click();
    await expect(row(instructor, 1)).not.toContainText('Ann');
    await expectStep(instructor, 1, '4.2');

    await old.getByTestId('post-note').click();
    await expectNoAccess(old, running);
    await dashboard.reload();
    await expectNoAccess(dashboard, running);

    const next = await participant(running, newBrowser, 1);
    await old.goto('/');
    await expectNoAccess(old, running); // the cookie of an earlier turn
    await signIn(next, alice);
    await openFeature(next, 'board');
    await expect(notes(next)).toHaveCount(0);
    await old.getByRole('main').getByRole('link').click();
    await old.getByTestId('take-room').click();
    await expect(old).toHaveURL(`${running.app(2)}/`);
    await expectSignedOut(old);
  });
});

test('a second browser joins by the link, and is asked first if it has another room', async ({
  class: running,
  newBrowser,
}) => {
  const first = await participant(running, newBrowser, 1);
  const link = await joinLink(first);
  const phone = await newBrowser(running.app(1));
  await phone.goto(link);
  await expect(phone).toHaveURL(`${running.app(1)}/`);
  await signIn(phone, bob);
  await first.goto('/');
  await expectNobodySignedIn(first);

  const second = await participant(running, newBrowser, 2);
  await second.goto(link);
  await second.keyboard.press('Enter'); // the safe choice has the focus
  await expect(second).toHaveURL(`${running.app(2)}/`);
  await second.goto(link);
  await second.getByTestId('confirm').click();
  await expect(second).toHaveURL(`${running.app(1)}/`);
  await second.goto(running.app(2));
  await expectNoAccess(second, running);
});

test('a checkpoint for all rooms asks first, and then ends all sessions', async ({
  class: running,
  newBrowser,
  instructor,
}) => {
  const pages = [await participant(running, newBrowser, 1), await participant(running, newBrowser, 2)];
  for (const page of pages) await signIn(page, alice);
  await instructor.getByTestId('checkpoint-collaboration-all').click();
  await expect(instructor.getByTestId('cancel')).toBeFocused();
  await instructor.getByTestId('cancel').click();
  for (const page of pages) {
    await page.reload();
    await expectToWorkFor(page, 'org1', 'corporate');
  }
  await instructor.getByTestId('checkpoint-collaboration-all').click();
  await instructor.getByTestId('confirm').click();
  await expect(instructor.getByTestId('flash')).toContainText('All rooms');
  for (const [index, page] of pages.entries()) {
    await page.reload();
    await expectSignedOut(page);
    await expectStep(instructor, index + 1, '6.3');
  }
});

test('a fault for one room breaks its next sign-in, and no other’s', async ({ class: running, newBrowser, instructor }) => {
  const first = await participant(running, newBrowser, 1);
  const second = await participant(running, newBrowser, 2);
  await instructor.getByTestId('fault-bad-signature-1').click();
  await expect(instructor.getByTestId('flash')).toContainText('room 1');
  await signIn(second, alice);
  await askFor(first, 'org1');
  await authenticate(first, alice);
  await expect(first.getByTestId('error-title')).toBeVisible();
});

test('the instructor opens a room’s dashboard from the overview', async ({ class: running, newBrowser, instructor }) => {
  await participant(running, newBrowser, 1);
  await instructor.getByTestId('open-room-1').click();
  await expect(instructor).toHaveURL(`${running.tenant(1)}/`);
  await expectStepsDone(instructor);
  await instructor.getByTestId('home').click();
  await expect(instructor).toHaveURL(`${running.frontDoor}/overview`);
});

test('where nothing can be copied, a click selects the text', async ({ class: running, newBrowser }) => {
  test.skip(!isOnLan, `browsers have a clipboard at ${host}, as for this machine`);
  const page = await participant(running, newBrowser, 1);
  const tenant = tenantOf(page, running, 1);
  await tenant.enable('org1', 'Okta2');
  const link = await tenant.invite('org1', bob.user);
  const [, dashboard] = page.context().pages();
  const selected = (of: Page) => of.evaluate(() => `${getSelection()}`.trim());
  await dashboard.getByRole('button', { name: `Select link that invites ${bob.user} to org1` }).click();
  await expect.poll(() => selected(dashboard)).toBe(link);
  await expect(dashboard.getByRole('button', { name: /copy/i })).toHaveCount(0);
  await page.getByTestId('home').first().click();
  const join = page.getByTestId('join-link');
  await join.click();
  expect(await selected(page)).toBe((await join.innerText()).trim());
});

test.describe('with JavaScript switched off', () => {
  test.use({ javaScriptEnabled: false });

  test('a class works, and a reload shows how far everybody is', async ({ class: running, newBrowser, instructor }) => {
    const page = await participant(running, newBrowser, 1, 'Ann');
    await instructor.reload();
    await expect(row(instructor, 1)).toContainText('Ann');
    await signIn(page, alice);
    await instructor.reload();
    await expectStep(instructor, 1, '6.1');
    const phone = await newBrowser(running.app(1));
    await phone.goto(await joinLink(page));
    await signIn(phone, bob);
    await instructor.reload();
    await expectStep(instructor, 1, '6.2');
    await instructor.getByTestId('checkpoint-login-all').click();
    await instructor.getByTestId('confirm').click();
    await expectStep(instructor, 1, '2');
    await page.goto('/');
    await expectSignedOut(page);
    await instructor.getByTestId('free-room-1').click();
    await instructor.getByTestId('confirm').click();
    await page.reload();
    await expectNoAccess(page, running);
  });
});

test.describe('the pages of a class', () => {
  test.describe.configure({ timeout: 120_000 });
  test.use({ rooms: 3 });

  test('for participants are accessible', async ({ class: running, newBrowser, instructor }) => {
    const page = await newBrowser();
    const isAccessible = async (name: string, path: string) => {
      await test.step(name, async () => {
        await page.goto(path);
        await expectToBeAccessible(page);
      });
    };
    await isAccessible('the front door', '/');
    await isAccessible('another’s room', running.app(1)); // as the other pages with a message
    const first = await participant(running, newBrowser, 1);
    const link = await joinLink(first);
    await takeRoom(page, running);
    await isAccessible('the own room', '/room');
    await isAccessible('the question before another room', link);
    await participant(running, newBrowser, 3);
    const newcomer = await newBrowser();
    await newcomer.goto('/');
    await expect(newcomer.getByTestId('rooms-taken')).toBeVisible();
    await expectToBeAccessible(newcomer);
    await instructor.getByTestId('close-door').click();
    await expect(instructor.getByTestId('open-door')).toBeVisible();
    await newcomer.goto('/');
    await expect(newcomer.getByTestId('door-closed')).toBeVisible();
    await expectToBeAccessible(newcomer);
  });

  test('for the instructor are accessible', async ({ class: running, newBrowser, instructor }) => {
    const page = await participant(running, newBrowser, 1, 'Ann with a name of forty characters, yes');
    await participant(running, newBrowser, 2);
    await signIn(page, alice);
    await signOut(page);
    await tenantOf(page, running, 1).enable('org1', 'Okta2');
    await expectBobToBeRefused(page);
    for (let again = 0; again < 3; again++) await page.getByTestId('try-again').click();
    await expect(row(instructor, 1)).toHaveAttribute('data-stuck', 'true');
    await expectToBeAccessible(instructor);
    await instructor.goto('/overview/screen');
    await expectToBeAccessible(instructor);
    await instructor.goto('/overview');
    await instructor.getByTestId('free-room-1').click();
    await expect(instructor.getByTestId('confirm')).toBeVisible();
    await expectToBeAccessible(instructor);
  });
});
