/** People write to each other: private and in a group, with ticks that turn, and through interruptions. */
import { expect, test } from './fixtures';
import { composer, feed, message, requests, row, tick, write } from './screen';

interface Login {
  tokens: { access_token: string };
}

test('a first message finds its person, and ticks turn as it is received and read', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  const a = await natter.open(ann);
  await a.getByRole('searchbox').fill('bo');
  await a.getByRole('link', { name: 'Bob @bob' }).click();
  await expect(feed(a).getByText('Nothing was written')).toBeVisible();
  const frames = await a.evaluateHandle(() => {
    const seen: number[] = [];
    const look = (): void => {
      const count = document.querySelectorAll('[role=feed] [role=article], [role=feed] article').length;
      if (seen.at(-1) !== count) seen.push(count);
      requestAnimationFrame(look);
    };
    look();
    return seen;
  });
  await write(a, 'Hello Bob');
  await expect(tick(a, 'Hello Bob', 'Sent')).toBeVisible();
  // It comes, and does not go again while its room is made.
  expect(await frames.jsonValue()).toEqual([0, 1]);

  const b = await natter.open(bob);
  await expect(row(b, 'Ann').getByText('1 unread message')).toBeAttached();
  await expect(tick(a, 'Hello Bob', 'Delivered')).toBeVisible();
  await row(b, 'Ann').click();
  await expect(tick(a, 'Hello Bob', 'Read')).toBeVisible();
  await expect(row(b, 'Ann').getByText('unread')).toHaveCount(0);

  await composer(b).pressSequentially('Hi');
  await expect(a.getByRole('main').getByText('is writing…')).toBeVisible();
  await composer(b).press('Enter');
  await expect(message(a, 'Hi')).toBeVisible();
  await expect(a.getByRole('main').getByText('is writing…')).toHaveCount(0);
});

test('a group is made, written in, renamed and left', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  const cyd = await natter.register('cyd', 'Cyd');
  const a = await natter.open(ann);
  await a.getByRole('link', { name: 'New group' }).click();
  await a.getByLabel('Name of the group').fill('Tea');
  for (const name of ['Bob', 'Cyd']) {
    await a.getByLabel('Add people').fill(name);
    await a.getByRole('checkbox', { name }).check();
  }
  await a.getByRole('button', { name: 'Create the group' }).click();
  await write(a, 'Who comes?');
  await expect(tick(a, 'Who comes?', 'Sent')).toBeVisible();

  const b = await natter.open(bob);
  await row(b, 'Tea').click();
  await expect(message(b, 'Who comes?')).toBeVisible();
  await expect(tick(a, 'Who comes?', 'Sent')).toBeVisible();
  const c = await natter.open(cyd);
  await expect(tick(a, 'Who comes?', 'Delivered')).toBeVisible();

  const receipts = requests(a, /receipts$/);
  await message(a, 'Who comes?').hover();
  await a.getByRole('button', { name: 'Message info' }).click();
  const info = a.getByRole('dialog', { name: 'Message info' });
  await expect(info.getByRole('listitem').filter({ hasText: 'Bob' }).getByRole('time')).toHaveText(/\d\d:\d\d/);
  await expect(info.getByText('Delivered')).toBeVisible();
  await row(c, 'Tea').click();
  await expect(info.getByText('Delivered')).toHaveCount(0);
  await expect(info.getByRole('listitem')).toHaveCount(2);
  await a.keyboard.press('Escape');
  await expect(tick(a, 'Who comes?', 'Read')).toBeVisible();
  // Once, and once for each tick that turned.
  expect(receipts.length).toBeLessThanOrEqual(3);

  await message(b, 'Who comes?').hover();
  await b.getByRole('button', { name: 'Reply' }).click();
  await write(b, 'I do');
  await expect(message(a, 'I do').getByRole('button', { name: 'You Who comes?' })).toBeVisible();

  const details = requests(a, /rooms\/[^/]+$/);
  await a.getByRole('link', { name: 'Tea 3 people' }).click();
  await a.getByLabel('Name of the group').fill('Coffee');
  await a.getByRole('button', { name: 'Rename' }).click();
  await expect(row(b, 'Coffee')).toBeVisible();
  // To load it, and to rename it.
  expect(details.length).toBeLessThanOrEqual(2);
  await a.getByRole('listitem').filter({ hasText: 'Cyd' }).getByLabel('Actions for Cyd').click();
  await a.getByRole('button', { name: 'Remove from the group' }).click();
  await a.getByRole('button', { name: 'Yes, remove Cyd' }).click();
  await expect(row(c, 'Coffee')).toHaveCount(0);
  await b.getByRole('link', { name: 'Coffee 2 people' }).click();
  await b.getByRole('button', { name: 'Leave the group' }).click();
  await b.getByRole('button', { name: 'Leave the group' }).click();
  await expect(row(b, 'Coffee')).toHaveCount(0);
  await expect(a.getByRole('dialog').getByText('1 person')).toBeVisible();
});

test('what is written offline waits, survives the window, and arrives once', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'Are you there?');
  const first = await natter.open(ann);
  const b = await natter.open(bob);
  await row(b, 'Ann').click();
  await row(first, 'Bob').click();
  await expect(message(first, 'Are you there?')).toBeVisible();

  const browser = first.context();
  await browser.setOffline(true);
  await write(first, 'On the train');
  await expect(tick(first, 'On the train', 'Waiting to be sent')).toBeVisible();
  await expect(first.getByText('No connection.')).toBeVisible();
  await write(first, 'Better not');
  await message(first, 'Better not').getByRole('button', { name: 'Remove' }).click();
  await first.getByRole('searchbox').fill('bobby');
  await expect(first.getByRole('navigation').getByText('cannot be reached')).toBeVisible();
  await first.getByRole('searchbox').fill('');
  await write(b, 'Missed you');
  await browser.setOffline(false);
  await expect(tick(first, 'On the train', 'Read')).toBeVisible();
  await expect(message(first, 'Missed you')).toHaveCount(1);
  await expect(message(b, 'On the train')).toBeVisible();
  await expect(message(b, 'Better not')).toHaveCount(0);
  await expect(first.getByText('No connection.')).toHaveCount(0);

  await browser.setOffline(true);
  await write(first, 'In the tunnel');
  await expect(tick(first, 'In the tunnel', 'Waiting to be sent')).toBeVisible();
  await composer(first).fill('half a sent');
  await first.close();
  await browser.setOffline(false);
  const second = await browser.newPage();
  await second.goto(natter.url);
  await expect(row(second, 'Bob')).toContainText('Draft: half a sent');
  await expect(message(b, 'In the tunnel')).toHaveCount(1);
  await row(second, 'Bob').click();
  await expect(composer(second)).toHaveValue('half a sent');
  await expect(feed(second).getByRole('article')).toHaveCount(4);
});

test('the way back leads where one came from, and no dialog closes what is below it', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'Hello');
  const phone = await natter.open(ann, '/', { viewport: { width: 390, height: 844 } });
  await row(phone, 'Bob').click();
  await expect(message(phone, 'Hello')).toBeVisible();
  await phone.getByRole('link', { name: 'Back to the chats' }).click();
  await expect(row(phone, 'Bob')).toBeVisible();
  await phone.goBack();
  expect(phone.url()).toBe('about:blank');

  const desk = await natter.open(ann);
  await row(desk, 'Bob').click();
  await expect(message(desk, 'Hello')).toBeVisible();
  await desk.getByRole('link', { name: 'Your profile' }).click();
  const dialog = desk.getByRole('dialog');
  await dialog.getByRole('textbox', { name: 'Name' }).fill('Ann Lee');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('status').filter({ hasText: 'Saved' })).toBeVisible();
  await expect(message(desk, 'Hello')).toBeVisible();
  await desk.keyboard.press('Escape');
  await expect(desk).toHaveURL(/#\/rooms\//);
  await expect(dialog).toHaveCount(0);
  await expect(message(desk, 'Hello')).toBeVisible();

  await desk.getByRole('link', { name: 'New group' }).click();
  const name = dialog.getByLabel('Name of the group');
  await name.fill('Tea');
  // Marking what was written, the mouse is let go beside the dialog.
  await name.hover();
  await desk.mouse.down();
  await desk.mouse.move(5, 5);
  await desk.mouse.up();
  await dialog.getByLabel('Add people').fill('bob');
  await expect(dialog.getByRole('checkbox', { name: 'Bob' })).toBeVisible();
  await desk.keyboard.press('Enter');
  await expect(dialog.getByRole('checkbox', { name: 'Bob' })).toBeChecked();
  await expect(name).toHaveValue('Tea');
  await desk.mouse.click(5, 5);
  await expect(desk).toHaveURL(/#\/rooms\//);
  await desk.goBack();
  await expect(desk.getByText('Choose a chat')).toBeVisible();
});

test('two windows of one person show the same', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'One');
  const first = await natter.open(ann);
  const second = await first.context().newPage();
  await second.goto(natter.url);
  await expect(row(second, 'Bob').getByText('1 unread')).toBeAttached();
  await row(first, 'Bob').click();
  await expect(row(second, 'Bob').getByText('unread')).toHaveCount(0);
  await row(second, 'Bob').click();
  await write(first, 'Two');
  await expect(message(second, 'Two')).toHaveCount(1);
  await expect(message(first, 'Two')).toHaveCount(1);
});

test.describe('with tokens of twenty seconds', () => {
  test.use({ settings: { 'registration.mode': 'open', 'auth.access_token_s': '20' } });

  test('windows take turns to renew them, and no socket is lost', async ({ natter }) => {
    const bob = await natter.register('bob', 'Bob');
    const page = await natter.open(await natter.register('ann', 'Ann'));
    await expect(page.getByText('No chats yet')).toBeVisible();
    const other = await page.context().newPage();
    const sockets: string[] = [];
    for (const window of [page, other]) window.on('websocket', (socket) => sockets.push(socket.url()));
    await page.reload();
    await other.goto(natter.url);
    for (const window of [page, other]) await expect(window.getByText('No chats yet')).toBeVisible();
    const token = (): Promise<string> =>
      page.evaluate(() => (JSON.parse(localStorage['natter.login'] as string) as Login).tokens.access_token);
    const first = await token();
    const seen = new Set([first]);
    await expect(async () => {
      seen.add(await token());
      expect(seen.size).toBeGreaterThan(2);
    }).toPass({ timeout: 60_000 });
    await page.goto(`${natter.url}/#/people/${bob.user_id}`);
    await write(page, 'Still here');
    await expect(row(other, 'Bob')).toBeVisible();
    expect(sockets).toHaveLength(2);
  });
});

test('a long absence ends at the first unread message', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.sayMany(bob, { to: ann.user_id }, 150, (n) => `Message ${n}.`);
  const a = await natter.open(ann);
  await expect(row(a, 'Bob').getByText('150 unread')).toBeAttached();
  await row(a, 'Bob').click();
  await expect(feed(a).getByText('Unread messages')).toBeInViewport();
  await expect(message(a, 'Message 1.')).toBeInViewport();
  await a.getByRole('button', { name: 'To the newest message' }).click();
  await expect(message(a, 'Message 150.')).toBeInViewport();
  await expect(row(a, 'Bob').getByText('unread')).toHaveCount(0);
  // The history is read backwards, a page at a time, and the screen holds but what is seen of it.
  await feed(a).hover();
  await expect(async () => {
    await a.mouse.wheel(0, -2_000);
    await expect(message(a, 'Message 1.')).toBeInViewport({ timeout: 200 });
  }).toPass();
  expect(await feed(a).getByRole('article').count()).toBeLessThan(80);
  // The arrows go on past the screen, though a pointer rests on what scrolls by.
  await a.getByRole('button', { name: 'To the newest message' }).click();
  await expect(message(a, 'Message 150.')).toBeInViewport();
  await feed(a).focus();
  for (let press = 0; press < 25; press++) await a.keyboard.press('ArrowUp');
  await expect(message(a, 'Message 126.')).toBeFocused();
});

test('everything can be done by keyboard', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'First');
  await natter.say(bob, { to: ann.user_id }, 'Second');
  const a = await natter.open(ann);
  await expect(row(a, 'Bob')).toBeVisible();
  await a.keyboard.press('Control+k');
  await a.keyboard.type('bo');
  await a.keyboard.press('Enter');
  await expect(composer(a)).toBeFocused();
  await expect(message(a, 'Second')).toBeVisible();
  await a.keyboard.press('Shift+Tab');
  await expect(feed(a)).toBeFocused();
  await a.keyboard.press('ArrowUp');
  await a.keyboard.press('ArrowUp');
  await expect(message(a, 'First')).toBeFocused();
  await a.keyboard.press('Tab');
  await expect(a.getByRole('button', { name: 'Reply' })).toBeFocused();
  await a.keyboard.press('Enter');
  await a.keyboard.type('To the first');
  await a.keyboard.press('Enter');
  await expect(message(a, 'To the first')).toContainText('First');
});

test('a missed call stands in the conversation, for each in their words', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  const call = await natter.emit(ann, 'call_user', { to: bob.user_id, media: 'audio', client_call_id: '1' });
  await natter.emit(ann, 'cancel_call', { call_id: call.data?.call_id });
  const b = await natter.open(bob);
  await expect(row(b, 'Ann').getByText('Missed call')).toBeVisible();
  await row(b, 'Ann').click();
  await expect(message(b, 'Missed call')).toBeVisible();
  const a = await natter.open(ann);
  await row(a, 'Bob').click();
  await expect(message(a, 'Nobody answered the call.')).toBeVisible();
});
