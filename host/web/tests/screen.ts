/** Where things are on the chat's screen, as a person or a screen reader finds them. */
import type { Locator, Page } from '@playwright/test';

export const feed = (page: Page): Locator => page.getByRole('feed', { name: 'Messages' });

/** A message, or one that is on its way, by its text. */
export const message = (page: Page, text: string): Locator => feed(page).getByRole('article').filter({ hasText: text });

export const tick = (page: Page, text: string, state: string): Locator =>
  message(page, text).getByRole('img', { name: state });

/** A row of the list of chats. */
export const row = (page: Page, name: string): Locator => page.getByRole('navigation').getByRole('link', { name });

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message' });

/** What the page asks the server from here on, where the path is like this. */
export function requests(page: Page, path: RegExp): string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (path.test(pathname)) asked.push(pathname);
  });
  return asked;
}

export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text);
  await composer(page).press('Enter');
}
