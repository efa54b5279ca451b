import { defineConfig } from '@playwright/test';

/** Debian's Chromium, of the machine: no browser is downloaded. Servers are started by the tests (`build/server.mjs`). */
export default defineConfig({
  fullyParallel: true,
  workers: 2,
  reporter: 'list',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: true,
  outputDir: '../../target/web-tests',
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: '/usr/bin/chromium' },
    locale: 'en-GB',
    trace: 'retain-on-failure',
  },
  projects: [
    { name: 'tests', testDir: 'tests', testIgnore: 'screenshots/**' },
    { name: 'screenshots', testDir: 'tests/screenshots' },
  ],
});
