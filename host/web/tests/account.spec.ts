/** What people do about their own account, beside chatting. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { Letterbox } from './letterbox';
import { PASSWORD } from './natter';
import { message, row } from './screen';

const withLetters = test.extend<{ letterbox: Letterbox }>({
  letterbox: async ({}, use) => {
    const letterbox = await Letterbox.open();
    await use(letterbox);
    letterbox.close();
  },
  settings: async ({ letterbox }, use) => {
    const address = `127.0.0.1:${await freePort()}`;
    await use({
      'registration.mode': 'open',
      'server.listen': address,
      'server.public_url': `http://${address}`,
      'smtp.url': letterbox.url,
      'smtp.from': 'Natter <natter@chat.example>',
    });
  },
});

/** Letters name the server's address, so it has to be known before it listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

const dialog = (page: Page): Locator => page.getByRole('dialog');
const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true });
const item = (page: Page, text: string): Locator => dialog(page).getByRole('listitem').filter({ hasText: text });

test('devices are seen, renamed and logged out, one and all others, and the password is changed', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const phone = await natter.open(await natter.logIn('ann', 'Phone'));
  for (const name of ['Tablet', 'Laptop']) await natter.logIn('ann', name);
  const page = await natter.open(ann);
  await page.getByRole('link', { name: 'Your profile' }).click();
  await dialog(page).getByRole('link', { name: 'Devices' }).click();
  await expect(dialog(page).getByRole('heading', { name: 'Devices' })).toBeFocused();
  await expect(item(page, 'This device')).toContainText('Connected');
  await expect(item(page, 'This device').getByRole('button', { name: 'Log out' })).toHaveCount(0);
  await expect(item(page, 'Tablet')).toContainText('Last used');
  await button(page, 'Rename Tablet').click();
  await dialog(page).getByLabel('Name of the device').fill('Old tablet');
  await button(page, 'Save').click();
  await expect(item(page, 'Old tablet')).toBeVisible();

  await item(page, 'Phone').getByRole('button', { name: 'Log out' }).click();
  await expect(phone.getByRole('heading', { name: 'Chats' })).toBeVisible();
  await button(page, 'Yes, log it out').click();
  await expect(phone.getByRole('heading', { name: 'You were logged out' })).toBeVisible();
  await expect(item(page, 'Phone')).toHaveCount(0);
  await button(page, 'Log out all others').click();
  await button(page, 'Yes, log out all others').click();
  await expect(dialog(page).getByText('2 devices were logged out.')).toBeVisible();
  await expect(dialog(page).getByRole('listitem')).toHaveCount(1);

  await button(page, 'Back').click();
  await dialog(page).getByRole('link', { name: 'Password' }).click();
  await dialog(page).getByLabel('Present password').fill('a wrong horse');
  await dialog(page).getByLabel('New password').fill('another horse');
  await button(page, 'Change the password').click();
  await expect(dialog(page).getByRole('alert')).toHaveText('This is not your password.');
  await dialog(page).getByLabel('Present password').fill(PASSWORD);
  await button(page, 'Change the password').click();
  await expect(dialog(page).getByText('Your password is changed.')).toBeVisible();
  // However deep it goes, closing it leads where one came from.
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(`${natter.url}/`);
  await page.goBack();
  expect(page.url()).toBe('about:blank');
});

test('who wants no first messages gets none, and who does not tell what they read is not told', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  const cyd = await natter.register('cyd', 'Cyd');
  await natter.say(cyd, { to: ann.user_id }, 'Before it');
  const page = await natter.open(ann, '/#/profile/privacy');
  await dialog(page).getByLabel('Who may begin to write to you').selectOption('Nobody');
  await expect(dialog(page).getByText('Saved')).toBeVisible();
  await dialog(page).getByLabel('Show others what you have read').uncheck();
  await page.reload();
  await expect(dialog(page).getByLabel('Who may begin to write to you')).toHaveValue('nobody');
  await expect(dialog(page).getByLabel('Who may call you')).toHaveValue('everybody');
  await expect(dialog(page).getByLabel('Show others what you have read')).not.toBeChecked();

  const stranger = await natter.open(bob, `/#/people/${ann.user_id}`);
  await stranger.getByRole('textbox', { name: 'Message' }).fill('Hello?');
  await button(stranger, 'Send').click();
  await expect(message(stranger, 'Hello?')).toContainText('does not take a first message from you');
  expect((await natter.say(cyd, { to: ann.user_id }, 'And after it')).ok).toBe(true);
});

test('who is blocked comes through no more, until they are unblocked', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const eve = await natter.register('eve', 'Eve');
  await natter.say(eve, { to: ann.user_id }, 'Hello');
  const page = await natter.open(ann);
  const elsewhere = await natter.open(ann, '/#/profile/blocked');
  await expect(dialog(elsewhere).getByText('You blocked nobody')).toBeVisible();
  await row(page, 'Eve').click();
  await page.getByRole('link', { name: 'Eve', exact: true }).click();
  await expect(dialog(page)).toContainText('@eve');
  await button(page, 'Block Eve').click();
  await expect(dialog(page).getByText('You blocked Eve')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByText('You blocked Eve.')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveCount(0);
  expect((await natter.say(eve, { to: ann.user_id }, 'Do you hear me?')).ok).toBe(true);

  await button(elsewhere, 'Unblock Eve').click();
  await expect(page.getByRole('textbox', { name: 'Message' })).toBeVisible();
  await natter.say(eve, { to: ann.user_id }, 'And now?');
  await expect(message(page, 'And now?')).toBeVisible();
  await expect(message(page, 'Do you hear me?')).toHaveCount(0);
});

test('people take their data along, and go', async ({ natter }) => {
  const ada = await natter.setUp();
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ada.user_id }, 'Remember me');
  const reader = await natter.open(ada);
  await row(reader, 'Bob').click();
  const page = await natter.open(bob, '/#/profile/data');
  const begun = page.waitForEvent('download');
  await button(page, 'Export').click();
  const file = await begun;
  expect(file.suggestedFilename()).toBe('natter-export.json');
  const told = JSON.parse(await readFile(await file.path(), 'utf8')) as { messages: { body: string }[] };
  expect(told.messages.map(({ body }) => body)).toEqual(['Remember me']);

  await dialog(page).getByLabel('Your password').fill('a wrong horse');
  await button(page, 'Delete my account').click();
  await button(page, 'Yes, delete it for good').click();
  await expect(dialog(page).getByRole('alert')).toHaveText('This is not your password.');
  await dialog(page).getByLabel('Your password').fill(PASSWORD);
  await button(page, 'Delete my account').click();
  await button(page, 'Yes, delete it for good').click();
  await expect(page.getByText('Your account is deleted.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  expect(await page.evaluate(() => localStorage.getItem('natter.login'))).toBeNull();
  await reader.reload();
  await expect(message(reader, 'Remember me')).toBeVisible();
  await expect(row(reader, 'Deleted account')).toBeVisible();

  await reader.goto(`${natter.url}/#/profile/data`);
  await dialog(reader).getByLabel('Your password').fill(PASSWORD);
  await button(reader, 'Delete my account').click();
  await button(reader, 'Yes, delete it for good').click();
  await expect(dialog(reader).getByRole('alert')).toContainText('You are the only admin');
});

withLetters('an address is proven by a letter, and a forgotten password replaced by another', async ({ natter, letterbox }) => {
  const page = await natter.open(await natter.register('ann', 'Ann'), '/#/profile');
  await dialog(page).getByRole('link', { name: 'E-mail address' }).click();
  await dialog(page).getByLabel('E-mail address').fill('ann@example.org');
  await dialog(page).getByLabel('Your password').fill(PASSWORD);
  await button(page, 'Send a letter').click();
  await expect(dialog(page).getByText('ann@example.org is not proven yet')).toBeVisible();
  await dialog(page).getByLabel('Your password').fill(PASSWORD);
  await button(page, 'Send a letter').click();
  await expect(dialog(page).getByRole('alert')).toHaveText('That was too often. Try again in 5 minutes.');
  await page.goto(natter.url + (await letterbox.link('verify')));
  await button(page, 'Yes, this is my address').click();
  await expect(page.getByText('The address is known to be yours.')).toBeVisible();
  await page.goto(`${natter.url}/#/profile/email`);
  await expect(dialog(page).getByText('ann@example.org is known to be yours')).toBeVisible();

  const forgetful = await natter.open(null);
  await forgetful.getByRole('link', { name: 'Forgot your password?' }).click();
  await forgetful.getByLabel('E-mail address').fill('Ann@example.org');
  await button(forgetful, 'Send the link').click();
  await expect(forgetful.getByText('a letter with a link is on its way')).toBeVisible();
  await forgetful.goto(natter.url + (await letterbox.link('reset')));
  await forgetful.getByLabel('Password').fill('another horse');
  await button(forgetful, 'Set the password').click();
  await expect(forgetful.getByText('Your password is changed.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'You were logged out' })).toBeVisible();
});
