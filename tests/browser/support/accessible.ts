import { AxeBuilder } from '@axe-core/playwright';
import { type Page, expect } from '@playwright/test';
import * as looks from './looks.ts';

/** WCAG 2.2, levels A and AA, and what else axe calls good practice. */
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Several looks at the page that is open, each with all of axe's rules: light and dark, narrow and wide. */
export async function expectToBeAccessible(page: Page): Promise<void> {
  const expectNone = async (look: () => string[], what: string) => {
    expect.soft(await page.evaluate(look), `what ${what}`).toEqual([]);
  };
  await expectNone(looks.whatIsNotTold, 'is not told');
  // The colors do not depend on the width, nor the layout on the colors.
  for (const [colorScheme, width] of [['light', 320], ['dark', 1280]] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize({ width, height: 800 });
    const look = `${colorScheme}, ${width} px`;
    await noViolations(page, look);
    await expectNone(looks.whatSticksOut, `sticks out to the side (${look})`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.keyboard.press('Tab'); // the focus shows from here on
    await expectNone(looks.whereFocusIsLost, `does not show that it has the focus (${colorScheme})`);
  }

  // What remains of a window of 1280 by 1024 pixels at 400 % (WCAG 1.4.10).
  await page.setViewportSize({ width: 320, height: 256 });
  await expectNone(looks.whatSticksOut, 'sticks out to the side at 400 %');
  await expectNone(looks.whatStaysInTheWay, 'stays in the way at 400 %');

  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: null, forcedColors: 'active' });
  await expectNone(looks.whatVanishes, 'vanishes in forced colours');
  await expectNone(looks.whereFocusIsLost, 'does not show that it has the focus (forced colours)');

  await page.emulateMedia({ forcedColors: null });
  await page.evaluate(looks.spaceTheText);
  await expectNone(looks.whatIsClipped, 'is clipped where text is spaced');
  await expectNone(looks.whatSticksOut, 'sticks out to the side where text is spaced');
}

/** axe finds nothing. */
async function noViolations(page: Page, look: string): Promise<void> {
  await page.evaluate(() => Promise.all(document.getAnimations().map((animation) => animation.finished)));
  await page.evaluate(() => scrollTo(0, 0)); // what has scrolled halfway under a sticky header counts as too small
  const { violations } = await new AxeBuilder({ page })
    .options({
      runOnly: { type: 'tag', values: tags },
      rules: { 'label-content-name-mismatch': { enabled: true } }, // axe calls it an experiment
    })
    .setLegacyMode() // all in the page itself: it has no frames
    .analyze();
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
  );
  expect.soft(found, `violations (${look})`).toEqual([]);
}
