/** People write to each other: private and in a group, with ticks that turn, and through an interruption. */
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures';

const feed = (page: Page) => page.getByRole('feed', { name: 'Messages' });
const message = (page: Page, text: string) => feed(page).getByRole('article').filter({ hasText: text });
const row = (page: Page, name: string) => page.getByRole('navigation').getByRole('link', { name });

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

test('a first message finds its person, and ticks turn as it is received and read', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  const a = await natter.open(ann);
  await a.getByRole('searchbox').fill('bo');
  await a.getByRole('link', { name: 'Bob @bob' }).click();
  await write(a, 'Hello Bob');
  await expect(message(a, 'Hello Bob').getByRole('img', { name: 'Sent' })).toBeVisible();

  const b = await natter.open(bob);
  await expect(row(b, 'Ann').getByText('1 unread message')).toBeAttached();
  await expect(message(a, 'Hello Bob').getByRole('img', { name: 'Delivered' })).toBeVisible();
  await row(b, 'Ann').click();
  await expect(message(a, 'Hello Bob').getByRole('img', { name: 'Read' })).toBeVisible();
  await expect(row(b, 'Ann').getByText('unread')).toHaveCount(0);

  await b.getByRole('textbox', { name: 'Message' }).pressSequentially('Hi');
  await expect(a.getByRole('main').getByText('is writing…')).toBeVisible();
  await b.keyboard.press('Enter');
  await expect(message(a, 'Hi')).toBeVisible();
  await expect(a.getByRole('main').getByText('is writing…')).toHaveCount(0);
});
