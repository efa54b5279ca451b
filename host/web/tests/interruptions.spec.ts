/** What happens between this page and the server when the network or the login goes away, and when time passes. */
import type { JSHandle, Page } from '@playwright/test';
import { expect, test } from './fixtures';
import { composer, message, row, write } from './screen';

/** Lets what the page says of an event vanish on its way, until it connects anew. Gives what vanished. */
function deafen(page: Page, event: string): Promise<JSHandle<string[]>> {
  return page.evaluateHandle((event) => {
    const vanished: string[] = [];
    const { prototype } = WebSocket;
    const send = Reflect.get(prototype, 'send') as (this: WebSocket, data: unknown) => void;
    const deaf: WebSocket[] = [];
    prototype.send = function (data): void {
      if (deaf.length === 0) deaf.push(this);
      if (deaf.includes(this) && typeof data === 'string' && data.includes(event)) vanished.push(data);
      else send.call(this, data);
    };
    return vanished;
  }, event);
}

test('what is read over a dying connection is told as soon as there is another', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'Hello');
  const here = await natter.open(ann);
  const elsewhere = await natter.open(ann);
  for (const page of [here, elsewhere]) await expect(row(page, 'Bob').getByText('1 unread')).toBeAttached();
  // As in a tunnel: the socket is open, and nothing comes through.
  const vanished = await deafen(here, 'message_status_update');
  await row(here, 'Bob').click();
  await expect(row(here, 'Bob').getByText('unread')).toHaveCount(0);
  await expect.poll(async () => (await vanished.jsonValue()).length).toBeGreaterThan(0);
  await here.context().setOffline(true);
  await expect(here.getByText('No connection')).toBeVisible();
  await expect(row(elsewhere, 'Bob').getByText('1 unread')).toBeAttached();
  await here.context().setOffline(false);
  await expect(row(elsewhere, 'Bob').getByText('unread')).toHaveCount(0);
});

test('the connection is made anew as soon as the network is back, and a new day is seen', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'Hello');
  const page = await natter.open(null);
  await page.clock.install();
  await page.evaluate((login) => localStorage.setItem('natter.login', login), JSON.stringify(ann.login));
  await page.reload();
  await row(page, 'Bob').click();
  await expect(message(page, 'Hello')).toBeVisible();
  await page.context().setOffline(true);
  await expect(page.getByText('No connection')).toBeVisible();
  // From here on no timer runs out: whoever waits for one waits for ever.
  await page.clock.pauseAt(new Date(Date.now() + 60_000));
  await page.context().setOffline(false);
  await expect(page.getByText('No connection')).toHaveCount(0);
  await page.clock.resume();

  await expect(page.getByText('Today')).toBeVisible();
  const midnight = new Date().setHours(24, 0, 1, 0);
  await page.clock.fastForward(midnight - Date.now());
  await expect(page.getByText('Today')).toHaveCount(0);
  await expect(page.getByRole('feed').getByText('Yesterday')).toBeVisible();
});

test('who is locked out leaves nothing behind that goes on', async ({ natter }) => {
  const ada = await natter.setUp();
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'Hello');
  const page = await natter.open(null);
  await page.clock.install();
  await page.evaluate((login) => localStorage.setItem('natter.login', login), JSON.stringify(ann.login));
  await page.reload();
  await row(page, 'Bob').click();
  await expect(message(page, 'Hello')).toBeVisible();
  await deafen(page, 'send_private_message');
  await write(page, 'Left behind');
  await expect(message(page, 'Left behind')).toBeVisible();
  await natter.rest('POST', `/admin/users/${ann.user_id}/suspend`, ada, { reason: 'Spam.' });
  await expect(page.getByRole('heading', { name: 'Your account is locked' })).toBeVisible();
  await page.clock.runFor(20_000);
  const timers = await page.evaluateHandle(() => {
    const begun: number[] = [];
    const real = window.setTimeout.bind(window);
    window.setTimeout = ((work: () => void, ms = 0) => (begun.push(ms), real(work, ms))) as typeof setTimeout;
    return begun;
  });
  await page.clock.runFor(20_000);
  expect(await timers.jsonValue()).toEqual([]);
});

test('whoever may not write reads why and until when, and what was refused before is not lost', async ({ natter }) => {
  const ada = await natter.setUp('ada', 'Ada');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(ada, { to: bob.user_id }, 'Hello');
  const page = await natter.open(bob);
  await row(page, 'Ada').click();
  await expect(composer(page)).toBeVisible();
  const mute = { user_id: bob.user_id, seconds: 3_600, reason: 'A day off.' };
  const { mute_id } = await natter.rest<{ mute_id: string }>('POST', '/admin/mutes', ada, mute);
  await expect(page.getByText('You may not write here until')).toContainText('A day off.');
  await expect(composer(page)).toHaveCount(0);
  await page.reload();
  await write(page, 'May I?');
  await expect(page.getByText('You may not write here until')).toContainText('A day off.');
  await natter.rest('DELETE', `/admin/mutes/${mute_id}`, ada);
  await composer(page).fill('A draft');
  await message(page, 'May I?').getByRole('button', { name: 'Edit and send again' }).click();
  await expect(composer(page)).toHaveValue('May I?\nA draft');
  await expect(message(page, 'May I?')).toContainText('Refused');
  await composer(page).press('Enter');
  await expect(message(page, 'A draft')).toHaveCount(1);
  await expect(page.getByText('Refused')).toHaveCount(0);
});
