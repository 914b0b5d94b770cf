import type { BrowserContext, Response } from '@playwright/test';

/**
 * Watches everything that a browser context does, and notes what no page of Orglab may do: errors on the console
 * (violations of the content security policy among them), requests to a third origin, responses without the headers that
 * every response carries. The browser's own remark about a document with an error status is expected; the status itself
 * is the specs' matter.
 */
export function watch(context: BrowserContext, origins: string[], otherSites: string[], problems: string[]): void {
  const refusedDocuments = new Set<string>();

  context.on('request', (request) => {
    const url = new URL(request.url());
    if (['http:', 'https:', 'ws:', 'wss:'].includes(url.protocol) && ![...origins, ...otherSites].includes(url.origin)) {
      problems.push(`request to a third origin: ${request.url()}`);
    }
  });

  context.on('response', (response) => {
    if (!origins.includes(new URL(response.url()).origin)) return;
    if (response.status() >= 400 && response.request().isNavigationRequest()) refusedDocuments.add(response.url());
    for (const fault of headerFaults(response)) problems.push(`${fault}: ${response.status()} ${response.url()}`);
  });

  context.on('console', (message) => {
    if (message.type() !== 'error') return;
    const ofTheDocument = refusedDocuments.has(message.location().url.split('#')[0]);
    if (ofTheDocument && /^Failed to load resource: the server responded with a status of \d+/.test(message.text())) return;
    problems.push(`console error: ${message.text()} (${message.location().url})`);
  });

  context.on('weberror', (error) => problems.push(`uncaught error: ${error.error().message}`));
}

function headerFaults(response: Response): string[] {
  const headers = response.headers();
  const policy = headers['content-security-policy'] ?? '';
  const isStatic = new URL(response.url()).pathname.startsWith('/static/');
  const rules: [string, boolean][] = [
    ["CSP without default-src 'none' or 'self'", /default-src '(none|self)'/.test(policy)],
    ['CSP without base-uri', /base-uri /.test(policy)],
    ["CSP without frame-ancestors 'none'", /frame-ancestors 'none'/.test(policy)],
    ['CSP that allows something unsafe', !/unsafe-/.test(policy)],
    ['without X-Content-Type-Options: nosniff', headers['x-content-type-options'] === 'nosniff'],
    ['without Referrer-Policy: same-origin', headers['referrer-policy'] === 'same-origin'],
    ['with a Server header', !('server' in headers)],
    ['with Access-Control-Allow-Origin', !('access-control-allow-origin' in headers)],
    ['without Cache-Control: no-store', isStatic || headers['cache-control'] === 'no-store'],
  ];
  return rules.filter(([, holds]) => !holds).map(([fault]) => fault);
}
