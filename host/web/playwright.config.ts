import { defineConfig } from '@playwright/test';

/**
 * Debian's Chromium without windows, of the machine: no browser is downloaded. Servers are started by the tests
 * (`build/server.mjs`).
 */
export default defineConfig({
  fullyParallel: true,
  workers: 2,
  reporter: 'list',
  timeout: 120_000,
  expect: { timeout: 20_000 },
  forbidOnly: true,
  outputDir: '../../target/web-tests',
  use: {
    browserName: 'chromium',
    // Without a graphics card, its imitation takes most of the time.
    launchOptions: { executablePath: '/usr/bin/chromium-headless-shell', args: ['--disable-gpu'] },
    locale: 'en-GB',
    // Pictures at each step, of which none is kept where all goes well, would take more time than all the rest.
    trace: { mode: 'retain-on-failure', screenshots: false },
  },
  projects: [
    { name: 'tests', testDir: 'tests', testIgnore: ['measure/**', 'screenshots/**'] },
    // A trace takes time of the page itself.
    { name: 'measure', testDir: 'tests/measure', use: { trace: 'off' } },
    { name: 'screenshots', testDir: 'tests/screenshots' },
  ],
});
