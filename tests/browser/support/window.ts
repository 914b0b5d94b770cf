import type { Browser, Locator, Page } from '@playwright/test';

export type ColorScheme = 'light' | 'dark';

/** In CSS pixels. */
export interface Size {
  width: number;
  height: number;
}

/** In CSS pixels, from the left and from the top. */
export interface Point {
  x: number;
  y: number;
}

/** What a page showed, and where. */
export interface Shot {
  png: Buffer;
  url: string;
  size: Size;
}

/** A window in a picture. */
export interface Window extends Point {
  shot: Shot;
  /** Where the pointer is in the page, if it is. */
  pointer?: Point;
}

/** The height of a window's bar, and the room around windows for their shadows. */
const [bar, margin] = [36, 12];

/** Takes what the page shows in a window of this size. */
export async function shoot(page: Page, size: Size, colorScheme: ColorScheme): Promise<Shot> {
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
  await page.setViewportSize(size);
  return { png: await page.screenshot({ animations: 'disabled' }), url: page.url(), size };
}

/** Where to press a control: in its middle or, if it is wide, on its text. */
export async function whereToPress(control: Locator): Promise<Point> {
  const box = await control.boundingBox();
  if (!box) throw new Error(`not in sight: ${control}`);
  return { x: box.x + Math.min(box.width / 2, 140), y: box.y + box.height / 2 };
}

/** An empty page, on which pictures are composed. */
export async function openStudio(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1200 } });
  return context.newPage();
}

/**
 * Draws browser windows, transparent around them: the address in each says whose page it is. A caption goes below, on
 * white. Returns the drawing on the studio's page.
 */
export async function drawWindows(
  studio: Page,
  windows: Window[],
  { colorScheme, caption }: { colorScheme: ColorScheme; caption?: string },
): Promise<Locator> {
  const width = Math.max(...windows.map(({ x, shot }) => x + shot.size.width)) + 2 * margin;
  const height = Math.max(...windows.map(({ y, shot }) => y + shot.size.height)) + bar + 2 * margin;
  await studio.setContent(`<style>${style}</style>
    <figure class="${colorScheme}" style="width: ${width}px">
      <div style="height: ${height}px">${windows.map(windowHtml).join('')}</div>
      ${caption ? `<figcaption>${caption}</figcaption>` : ''}
    </figure>`);
  return studio.locator('figure');
}

/** Moves the pointer in a drawing of one window to a place in its page. */
export async function movePointer(studio: Page, to: Point, isPressed = false): Promise<void> {
  await studio.locator('.pointer').evaluate((pointer, { to, isPressed }) => {
    (pointer as HTMLElement).style.translate = `${to.x}px ${to.y}px`;
    pointer.classList.toggle('pressed', isPressed);
  }, { to, isPressed });
}

function windowHtml({ shot: { png, url, size }, x, y, pointer }: Window): string {
  const address = decodeURIComponent(url.replace(/^\w+:\/\//, '')).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<section style="left: ${x + margin}px; top: ${y + margin}px; width: ${size.width}px">
    <header><i></i><i></i><i></i><span>${address}</span></header>
    <img alt="" src="data:image/png;base64,${png.toString('base64')}" width="${size.width}" height="${size.height}">
    ${pointer ? `<div class="pointer" style="translate: ${pointer.x}px ${pointer.y}px">${arrow}</div>` : ''}
  </section>`;
}

const arrow = '<svg width="22" height="30"><path d="M1 1v22l5.5-5 3.6 8.6 4-1.7-3.6-8.4H18z"/></svg>';

const style = `
  body { margin: 0; background: transparent; font: 14px/1.4 system-ui, sans-serif; }
  figure { margin: 0; --bar: #e4e3ec; --field: #fff; --ink: #3b3a48; --edge: #b9b7c6; }
  figure.dark { --bar: #33323f; --field: #1d1c26; --ink: #d8d7e2; --edge: #55536a; }
  figure:has(figcaption) { background: #fff; }
  figcaption { padding-bottom: 14px; color: #1b1a26; font-size: 24px; font-weight: 600; text-align: center; }
  div { position: relative; }
  section { position: absolute; overflow: hidden; border-radius: 10px; background: var(--bar); color: var(--ink);
    box-shadow: 0 0 0 1px var(--edge), 0 3px 10px rgb(0 0 0 / .2); }
  header { display: flex; align-items: center; gap: 7px; box-sizing: border-box; height: ${bar}px; padding: 0 12px; }
  header i { width: 11px; height: 11px; border-radius: 50%; background: var(--edge); }
  header span { flex: 1; margin-left: 8px; padding: 2px 12px; border-radius: 12px; background: var(--field);
    overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
  img { display: block; }
  .pointer { position: absolute; left: 0; top: ${bar}px; }
  .pointer.pressed::before { content: ''; position: absolute; left: -18px; top: -18px; width: 36px; height: 36px;
    border-radius: 50%; background: rgb(200 60 160 / .4); }
  .pointer svg { position: relative; }
  .pointer path { fill: #1b1a26; stroke: #fff; stroke-width: 1.5; }
`;
