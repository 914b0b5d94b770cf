import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './support/orglab.ts';
import { pages } from './support/pages.ts';

// Four looks at a page, each with all of axe's rules.
test.describe.configure({ timeout: 120_000 });

for (const { name, open } of pages) {
  test(`the page "${name}" is accessible, light and dark, narrow and wide`, async ({ page, tenant }) => {
    await open(page, tenant);
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [320, 1280]) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height: 800 });
        await noViolations(page, `${colorScheme}, ${width} px`);
        await fitsTheWidth(page, `${colorScheme}, ${width} px`);
      }
    }
  });
}

/** WCAG 2.2, levels A and AA, as far as axe can tell. */
async function noViolations(page: Page, look: string): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
  expect.soft(found, `violations of WCAG (${look})`).toEqual([]);
}

/** Nothing sticks out to the right: nobody has to scroll sideways to read. */
async function fitsTheWidth(page: Page, look: string): Promise<void> {
  const [content, viewport] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return [scrollWidth, clientWidth];
  });
  expect.soft(content, `the page's width (${look})`).toBeLessThanOrEqual(viewport);
}
