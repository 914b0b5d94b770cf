import { type Browser, type Locator, type Page, test as base, expect } from '@playwright/test';
import { allRespond, binary, isFree, type Program, startProgram } from './process.ts';
import { watch } from './watch.ts';

/** Where the class is served. `scripts/test` sets it to an address that is not this machine's to a browser, if it can. */
export const host = process.env.CLASS_HOST ?? (process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1');
/** Whether browsers treat it as they treat an address on the local network. */
export const isOnLan = !host.startsWith('127.');

/** A running class. Room `n` is on the ports `P + 2n - 1` and `P + 2n`. */
export interface Class extends Program {
  frontDoor: string;
  /** The link that the terminal shows to the instructor. */
  overview: string;
  app(room: number): string;
  tenant(room: number): string;
}

/** Starts the real binary on free ports, with no other settings than these. */
async function startClass(rooms: number, settings: Record<string, string>): Promise<Class> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePorts(2 * rooms + 1);
    const at = (offset: number) => `http://${host}:${port + offset}`;
    const apps = Array.from({ length: rooms }, (_, index) => at(2 * index + 1));
    const probes = [at(0), ...apps].map((site) => `${site}/healthz`);
    const parameters = ['class', '--host', host, '--port', `${port}`, '--rooms', `${rooms}`, '--name', 'Business logins'];
    try {
      const program = await startProgram(binary, parameters, settings, () => allRespond(probes));
      const [overview] = program.log().match(/http:\S+\/overview\?key=\S+/) ?? [];
      expect(overview, program.log()).toBeDefined();
      const room = (offset: number) => (number: number) => at(2 * number + offset);
      return { ...program, frontDoor: at(0), overview: overview!, app: room(-1), tenant: room(0) };
    } catch (error) {
      // Another process may take a port in between.
      if (attempt === 5 || !String(error).includes('in use')) throw error;
    }
  }
}

/** Each worker of Playwright has a range of its own, below the one from which the system picks ports. */
let nextPort = 12_000 + 2_000 * (Number(process.env.TEST_PARALLEL_INDEX ?? 0) % 10) + Math.floor(Math.random() * 1_000);

/** The first of that many free ports in a row. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = nextPort;
    nextPort += count;
    const ports = Array.from({ length: count }, (_, offset) => first + offset);
    if ((await Promise.all(ports.map((port) => isFree(port, host)))).every(Boolean)) return first;
  }
}

/** What a spec chooses, by `test.use`. */
interface Options {
  rooms: number;
  settings: Record<string, string>;
  /** What the browser itself says on its console about requests that must fail, besides documents. */
  mayFail: RegExp;
}

interface Fixtures {
  class: Class;
  /** One more browser; its relative addresses are at this origin, the front door's by default. */
  newBrowser: (origin?: string) => Promise<Page>;
  /** The instructor's browser, on the overview. */
  instructor: Page;
}

export const test = base.extend<Options & Fixtures>({
  rooms: [2, { option: true }],
  settings: [{}, { option: true }],
  mayFail: [/^$/, { option: true }],

  class: async ({ rooms, settings }, use, testInfo) => {
    const running = await startClass(rooms, settings);
    await use(running);
    const failure = await running.stop().catch((error: Error) => error);
    if (failure || testInfo.errors.length > 0) {
      console.log(`The class's log ends so:\n${running.log().split('\n').slice(-12).join('\n')}`);
    }
    if (failure) throw failure;
  },

  newBrowser: async ({ browser, class: running, rooms, mayFail, contextOptions, javaScriptEnabled }, use) => {
    const numbers = Array.from({ length: rooms }, (_, index) => index + 1);
    const sites = numbers.flatMap((number) => [running.app(number), running.tenant(number)]);
    const problems: string[] = [];
    const contexts: Awaited<ReturnType<Browser['newContext']>>[] = [];
    await use(async (origin = running.frontDoor) => {
      const context = await browser.newContext({ ...contextOptions, javaScriptEnabled, baseURL: origin });
      contexts.push(context);
      watch(context, [running.frontDoor, ...sites], [], problems);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
    const unexpected = problems.filter((problem) => !mayFail.test(problem));
    expect([...new Set(unexpected)], 'what pages did that no page may do').toEqual([]);
  },

  instructor: async ({ newBrowser, class: running }, use) => {
    const page = await newBrowser();
    await page.goto(running.overview);
    await expect(page).toHaveURL('/overview');
    await use(page);
  },
});

/** Takes a room at the front door; ends on the app's front page. */
export async function takeRoom(page: Page, running: Class, name = ''): Promise<void> {
  await page.goto(running.frontDoor);
  await page.getByTestId('room-name').fill(name);
  await page.getByTestId('take-room').click();
  await expect(page.getByTestId('organization')).toBeVisible();
}

/** The link for a second browser, as the room's page shows it to a participant who follows the link there. */
export async function joinLink(page: Page): Promise<string> {
  await page.getByTestId('home').first().click();
  return page.getByTestId('join-link').innerText();
}

/** The room's row on the overview, or on the projector. */
export function row(overview: Page, room: number): Locator {
  return overview.getByTestId(`room-${room}`);
}

/** The overview says how far the room is, and that nobody is stuck there. */
export async function expectStep(overview: Page, room: number, step: string): Promise<void> {
  await expect(row(overview, room)).toHaveAttribute('data-step', step);
  await expect(row(overview, room)).toHaveAttribute('data-stuck', 'false');
}

/** The page says that the room is not, or no longer, this browser's; its link leads to the front door. */
export async function expectNoAccess(page: Page, running: Class): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('This is not your room');
  await expect(page.getByRole('main').getByRole('link')).toHaveAttribute('href', `${running.frontDoor}/`);
}
