/** At which widths and in which colours pictures are made, and where they go. */
import { join } from 'node:path';
import type { BrowserContextOptions, Page } from '@playwright/test';

const WIDTHS = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 800 } };
const THEMES = ['light', 'dark'] as const;

export interface Look {
  name: string;
  isPhone: boolean;
  options: BrowserContextOptions;
  shoot: (page: Page, screen: string, fullPage?: boolean) => Promise<void>;
}

export const LOOKS: Look[] = Object.entries(WIDTHS).flatMap(([width, viewport]) =>
  THEMES.map((theme) => ({
    name: `${width}, ${theme}`,
    isPhone: width === 'phone',
    options: { viewport, colorScheme: theme, hasTouch: width === 'phone' },
    shoot: async (page, screen, fullPage = false) => {
      const path = join(process.env['NATTER_SCREENSHOTS'] ?? '.', `${screen}-${width}-${theme}.png`);
      await page.screenshot({ path, fullPage, animations: 'disabled' });
    },
  })),
);
