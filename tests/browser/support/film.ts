import type { Locator, Page } from '@playwright/test';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Point, type Size, drawWindows, movePointer, shoot, whereToPress } from './window.ts';

/** A film of what somebody does in a browser, with a pointer, and with captions. Durations are in milliseconds. */
export class Film {
  private readonly frames: { file: string; duration: number }[] = [];
  private pointer: Point;
  private caption = '';

  /** Frames are composed on the page `studio`, and kept in the folder. */
  constructor(
    private readonly studio: Page,
    private readonly folder: string,
    private readonly size: Size,
  ) {
    this.pointer = { x: size.width / 2, y: size.height - 40 };
  }

  /** Shows the page for a while. The caption stays until the next one. */
  async show(page: Page, duration: number, caption = this.caption): Promise<void> {
    this.caption = caption;
    await this.draw(page);
    await this.frame(duration);
  }

  /** Moves the pointer to a control, and presses it. The page that follows is not shown yet. */
  async press(page: Page, control: Locator): Promise<void> {
    await this.draw(page);
    const [from, to] = [this.pointer, await whereToPress(control)];
    const steps = 8;
    for (let step = 1; step <= steps; step++) {
      const way = (1 - Math.cos((Math.PI * step) / steps)) / 2; // slow at both ends
      this.pointer = { x: from.x + (to.x - from.x) * way, y: from.y + (to.y - from.y) * way };
      await movePointer(this.studio, this.pointer);
      await this.frame(50);
    }
    await movePointer(this.studio, to, true);
    await this.frame(400);
    await control.click();
  }

  /** Types into a field, letter by letter. */
  async type(page: Page, field: Locator, text: string): Promise<void> {
    for (let length = 1; length <= text.length; length++) {
      await field.fill(text.slice(0, length));
      await this.show(page, 180);
    }
  }

  /** Writes a file of arguments for `img2webp`, which makes the film. It plays once, and ends on the last frame. */
  async save(name: string): Promise<void> {
    const frames = this.frames.map(({ file, duration }) => `-d ${duration} ${file}`);
    const film = join(this.folder, `${name}.webp`);
    await writeFile(join(this.folder, `${name}.arguments`), ['-loop 1 -min_size', ...frames, `-o ${film}`].join('\n'));
  }

  /** How long it is. */
  get duration(): number {
    return this.frames.reduce((sum, { duration }) => sum + duration, 0);
  }

  private async draw(page: Page): Promise<void> {
    const shot = await shoot(page, this.size, 'light');
    const window = { shot, x: 0, y: 0, pointer: this.pointer };
    await drawWindows(this.studio, [window], { colorScheme: 'light', caption: this.caption });
  }

  private async frame(duration: number): Promise<void> {
    const file = join(this.folder, `frame-${String(this.frames.length).padStart(3, '0')}.png`);
    await this.studio.locator('figure').screenshot({ path: file });
    this.frames.push({ file, duration });
  }
}
