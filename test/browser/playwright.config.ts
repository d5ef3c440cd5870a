import { defineConfig } from '@playwright/test'

// The web client in Debian's chromium, against the real server. A test that fails is not tried again.
export default defineConfig({
  testDir: '.',
  timeout: 60_000,
  expect: { timeout: 10_000 },
  retries: 0,
  forbidOnly: !!process.env.CI,
  workers: 1, // what is measured is not to share two cores with another test
  reporter: process.env.CI ? [['dot'], ['./closing.ts']] : [['list'], ['./closing.ts']],
  outputDir: '../../bin/browser-results',
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: 'light',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync',
      ],
    },
  },
})
