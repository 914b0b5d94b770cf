import { type BrowserContext, type Page, test as base, expect } from '@playwright/test';
import { type Orglab, startOrglab } from './process.ts';
import { startBehindProxy } from './proxy.ts';
import { Tenant } from './tenant.ts';
import { watch } from './watch.ts';

export { expect } from '@playwright/test';
export { expectReport, expectStepsDone, log, setHidden } from './tenant.ts';
export * from './verbs.ts';

/** What a spec or the configuration chooses. */
export interface Options {
  /** More settings for the binary, by `test.use`. */
  settings: Record<string, string>;
  /** Whether the app stands behind a proxy, as two instances: by `test.use`, together with `ignoreHTTPSErrors`. */
  behindProxy: boolean;
  /** Origins of other sites that the test itself opens, by `test.use`. */
  otherSites: string[];
}

interface Fixtures {
  /** The binary, started for this test alone. */
  orglab: Orglab;
  app: { url: string };
  tenant: Tenant;
  /** One more person with a browser of their own; `page` is the first. */
  newPerson: () => Promise<Page>;
  /** Has a browser context watched; the test fails when a page of it does what no page may do. */
  keepWatch: (context: BrowserContext) => void;
}

export const test = base.extend<Options & Fixtures>({
  settings: [{}, { option: true }],
  behindProxy: [false, { option: true }],
  otherSites: [[], { option: true }],

  orglab: async ({ settings, behindProxy }, use, testInfo) => {
    const orglab = await (behindProxy ? startBehindProxy(settings) : startOrglab(settings));
    await use(orglab);
    const failure = await orglab.stop().catch((error: Error) => error);
    if (failure || testInfo.errors.length > 0) {
      await testInfo.attach('orglab.log', { body: orglab.log(), contentType: 'text/plain' });
      console.log(`Orglab's log ends so:\n${orglab.log().split('\n').slice(-12).join('\n')}`);
    }
    if (failure) throw failure;
  },

  // Every browser context takes this, so that the binary runs before the first and until after the last.
  baseURL: async ({ orglab }, use) => use(orglab.appUrl),

  app: async ({ orglab }, use) => use({ url: orglab.appUrl }),

  tenant: async ({ orglab, newPerson }, use) => use(new Tenant(orglab.tenantUrl, newPerson)),

  keepWatch: async ({ orglab, behindProxy, otherSites }, use) => {
    const problems: string[] = [];
    await use((context) => watch(context, [orglab.appUrl, orglab.tenantUrl], otherSites, problems));
    // The proxy names itself; without its version, that is the proxy's own matter.
    const ofTheApp = problems.filter((problem) => !(behindProxy && problem.startsWith('with a Server header')));
    expect([...new Set(ofTheApp)], 'what pages did that no page may do').toEqual([]);
  },

  context: async ({ context, keepWatch }, use) => {
    keepWatch(context);
    await use(context);
  },

  newPerson: async ({ browser, keepWatch, baseURL }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ baseURL });
      contexts.push(context);
      keepWatch(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});
