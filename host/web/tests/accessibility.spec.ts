/** No screen has what axe-core calls serious. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';
import type axe from 'axe-core';
import { expect, test } from './fixtures';
import { feed, message, row } from './screen';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

async function expectAccessible(page: Page, screen: string): Promise<void> {
  await page.evaluate(await readFile(AXE, 'utf8'));
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${screen}: ${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every screen is accessible, ${colorScheme}`, async ({ natter }) => {
    const ann = await natter.setUp('ann', 'Ann');
    const bob = await natter.register('bob', 'Bob');
    const group = await natter.group(ann, 'Tea', [bob]);
    const asked = await natter.say(bob, { room_id: group }, 'Who comes? https://example.org/tea');
    await natter.say(bob, { room_id: group }, 'I do', { reply_to: asked.data?.message_id });
    await natter.say(bob, { to: ann.user_id }, 'Hello');

    const out = await natter.open(null, '/#/login', { colorScheme });
    for (const path of ['login', 'signup', 'join/code', 'setup/token']) {
      await out.goto(`${natter.url}/#/${path}`);
      await expect(out.getByLabel('Password')).toBeVisible();
      await expectAccessible(out, path);
    }
    const page = await natter.open(ann, '/', { colorScheme });
    await expect(row(page, 'Tea')).toBeVisible();
    await expectAccessible(page, 'chats');
    await row(page, 'Tea').click();
    await expect(message(page, 'I do')).toBeVisible();
    await feed(page).press('ArrowUp');
    await expectAccessible(page, 'group');
    await page.getByRole('button', { name: 'Message info' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page, 'message info');
    await page.keyboard.press('Escape');
    for (const path of [`rooms/${group}/details`, 'new-group', 'profile']) {
      await page.goto(`${natter.url}/#/${path}`);
      await expect(page.getByRole('dialog')).toBeVisible();
      await expectAccessible(page, path);
      await page.keyboard.press('Escape');
    }
  });
}
