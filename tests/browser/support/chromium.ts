/** The system's Chromium, as found by `scripts/needs.sh`. */
export const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

/** These keep Chromium from asking for anything outside this machine. */
export const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
