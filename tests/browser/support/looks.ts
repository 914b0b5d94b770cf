/**
 * Looks at a page from within: each function runs in the browser, stands alone, and returns what is wrong, an element a
 * line.
 */

/** Has the page's text spaced as WCAG 1.4.12 allows readers to have it. */
export function spaceTheText(): void {
  const sheet = new CSSStyleSheet(); // the page's policy forbids a style element
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-block-end: 2em !important }
  `);
  document.adoptedStyleSheets.push(sheet);
}

/** Nobody has to scroll sideways, neither the page nor a part of it. */
export function whatSticksOut(): string[] {
  const { scrollWidth, clientWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? [`the page: ${scrollWidth} px of ${clientWidth} px`] : [];
  for (const element of document.body.querySelectorAll('*:not(input, textarea, select)')) {
    const scrolls = ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
    const widths = `${element.scrollWidth} px of ${element.clientWidth} px`;
    if (scrolls && element.scrollWidth > element.clientWidth + 1) found.push(`${element.outerHTML.slice(0, 80)}: ${widths}`);
  }
  return found;
}

/** What stays in place while the page scrolls, other than a menu that is open, leaves half of the window to the rest. */
export function whatStaysInTheWay(): string[] {
  scrollTo(0, document.documentElement.scrollHeight / 2);
  const stays = (element: Element | null): boolean =>
    element !== null &&
    !element.matches('[popover]') &&
    (['fixed', 'sticky'].includes(getComputedStyle(element).position) || stays(element.parentElement));
  const heights = Array.from({ length: 32 }, (_, at) => ((at + 0.5) * innerHeight) / 32);
  const taken = heights.filter((y) => stays(document.elementFromPoint(innerWidth / 2, y))).length;
  scrollTo(0, 0);
  return taken > heights.length / 2 ? [`${taken}/${heights.length} of the window's height`] : [];
}

/**
 * Each control shows that it has the focus, by an outline of at least 2 px that stands out (WCAG 2.4.7, 1.4.11) or by
 * another change, and is not covered by what stays in place (WCAG 2.4.11).
 */
export function whereFocusIsLost(): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
  const rgba = (color: string): number[] => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const background = (element: Element | null): number[] => {
    if (!element) return rgba('Canvas');
    const color = rgba(getComputedStyle(element).backgroundColor);
    return color[3] > 200 ? color : background(element.parentElement);
  };
  const luminance = (color: number[]): number => {
    const [red, green, blue] = color.map((part) => (part <= 10 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: number[], other: number[]): number => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const appearance = (element: Element): string =>
    [element, ...element.querySelectorAll('*')]
      .map((it) => getComputedStyle(it))
      .map((it) => [it.boxShadow, it.border, it.background, it.color, it.textDecoration, it.stroke, it.strokeWidth, it.fill])
      .join();
  const stayingAround = (element: Element | null): Element | null =>
    element && (['fixed', 'sticky'].includes(getComputedStyle(element).position) ? element : stayingAround(element.parentElement));

  const controls = document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, summary, [tabindex]');
  const stops = [...controls].filter(
    (it) => it.tabIndex >= 0 && !it.matches(':disabled, [type=hidden]') && it.checkVisibility({ visibilityProperty: true }),
  );
  const found: string[] = [];
  for (const control of stops) {
    (document.activeElement as HTMLElement | null)?.blur();
    const before = appearance(control);
    control.focus();
    const problem = (what: string) => found.push(`${what}: ${control.outerHTML.slice(0, 100)}`);
    if (!control.matches(':focus-visible')) {
      problem('does not match :focus-visible');
      continue;
    }
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(control);
    const hasOutline = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
    if (hasOutline) {
      // `auto` is the browser's own, which has two colours.
      const around = background(parseFloat(outlineOffset) < 0 ? control : control.parentElement);
      const ratio = contrast(rgba(outlineColor), around);
      if (outlineStyle !== 'auto' && ratio < 3) problem(`an outline of ${ratio.toFixed(2)}:1`);
    } else if (appearance(control) === before) {
      problem('no change');
    }
    const { left, top, width, height } = control.getClientRects()[0] ?? control.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    if (stayingAround(hit) && !stayingAround(hit)!.contains(control)) problem('covered');
  }
  return found;
}

/**
 * In forced colours, where backgrounds and shadows are gone: controls have an edge, and what is chosen differs from what
 * is not by more than its background.
 */
export function whatVanishes(): string[] {
  const found: string[] = [];
  const hasEdge = (element: Element): boolean => {
    const { borderBottomStyle, borderBottomWidth, outlineStyle } = getComputedStyle(element);
    return (borderBottomStyle !== 'none' && parseFloat(borderBottomWidth) >= 1) || outlineStyle !== 'none';
  };
  const controls = 'button:not(.plain), .button:not(.plain), textarea, select, input:not([type=hidden], [type=checkbox], [type=radio])';
  for (const control of document.body.querySelectorAll(controls)) {
    // The menu around it has an edge.
    if (control.closest('[popover]')) continue;
    if (control.checkVisibility() && !hasEdge(control)) found.push(`no edge: ${control.outerHTML.slice(0, 100)}`);
  }
  const appearance = (element: Element): string => {
    const { borderBottom, borderLeft, outline, color, textDecorationLine, fontWeight } = getComputedStyle(element);
    const marks = ['::before', '::after'].map((pseudo) => getComputedStyle(element, pseudo).content);
    const icons = element.querySelectorAll('svg').length;
    return [borderBottom, borderLeft, outline, color, textDecorationLine, fontWeight, ...marks, icons].join();
  };
  for (const chosen of document.body.querySelectorAll('[aria-pressed=true], [aria-current]:not([aria-current=false])')) {
    const isControl = chosen.matches('button, a');
    const siblings = [...(chosen.closest('ul, ol, nav, fieldset, [role=group]') ?? chosen.parentElement!).querySelectorAll(chosen.localName)];
    const others = siblings.filter((it) => !it.matches('[aria-pressed=true], [aria-current]:not([aria-current=false])'));
    if (isControl && others.some((it) => appearance(it) === appearance(chosen))) {
      found.push(`chosen, and looks like the rest: ${chosen.outerHTML.slice(0, 100)}`);
    }
  }
  return found;
}

/** All text is within the box that is drawn around it, and no box cuts it off. A name may end in an ellipsis. */
export function whatIsClipped(): string[] {
  const found: string[] = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const isUnseen = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return width <= 2 || height <= 2 || getComputedStyle(element).clipPath !== 'none';
  };
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const parent = text.parentElement!;
    if (!text.nodeValue?.trim() || !parent.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const inner = range.getBoundingClientRect();
    for (let box: Element | null = parent; box && box !== document.body; box = box.parentElement) {
      if (isUnseen(box)) break;
      const style = getComputedStyle(box);
      if (style.textOverflow === 'ellipsis' || ['auto', 'scroll'].includes(style.overflowY)) break;
      const isDrawn = style.borderBottomStyle !== 'none' || !/^(transparent|rgba\(0, 0, 0, 0\))$/.test(style.backgroundColor);
      const cuts = ['hidden', 'clip'].includes(style.overflowX) || ['hidden', 'clip'].includes(style.overflowY);
      if ((!isDrawn && !cuts) || style.display === 'inline') continue;
      const outer = box.getBoundingClientRect();
      const out = Math.max(outer.left - inner.left, inner.right - outer.right, outer.top - inner.top, inner.bottom - outer.bottom);
      if (out > 2) {
        found.push(`"${text.nodeValue.trim().slice(0, 40)}" by ${Math.round(out)} px of ${box.outerHTML.slice(0, 80)}`);
        break;
      }
    }
  }
  return found;
}

/**
 * What only those miss who do not see the page: one main part and one heading of the first level, a caption for each
 * table and a header for each of its rows (WCAG 1.3.1), and links of one name that lead to one place (WCAG 2.4.4).
 */
export function whatIsNotTold(): string[] {
  const found: string[] = [];
  const expectOne = (what: string) => {
    const { length } = document.querySelectorAll(what);
    if (length !== 1) found.push(`${length} of ${what}`);
  };
  expectOne('main');
  expectOne('h1');
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption?.textContent?.trim()) found.push(`no caption: ${table.outerHTML.slice(0, 200)}`);
    const rows = [...table.tBodies].flatMap((body) => [...body.rows]).filter((row) => row.cells.length > 1);
    if (rows.some((row) => row.cells[0].scope !== 'row')) found.push(`a row without a header: ${table.caption?.textContent}`);
  }
  const addresses = new Map<string, Set<string>>();
  for (const link of document.querySelectorAll('a[href]')) {
    const name = link.textContent!.trim().replace(/\s+/g, ' ');
    const address = new URL(link.getAttribute('href')!, location.href).href;
    addresses.set(name, (addresses.get(name) ?? new Set()).add(address));
  }
  for (const [name, { size }] of addresses) {
    if (size > 1) found.push(`"${name}" leads to ${size} places`);
  }
  return found;
}
