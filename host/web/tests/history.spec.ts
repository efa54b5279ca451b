/** The history of a room: where it begins, how one gets about in it, and what a slow or broken network makes of that. */
import type { Page, Route } from '@playwright/test';
import { expect, test } from './fixtures';
import { feed, message, requests, row } from './screen';

const PAGES = /rooms\/[^/]+\/messages\?/;

/** Holds answers back until they are let through. */
async function holdBack(page: Page, path: RegExp): Promise<() => Promise<void>> {
  let held: Route[] | null = [];
  await page.route(path, (route) => (held ? void held.push(route) : route.continue()));
  return async () => {
    const waiting = held ?? [];
    held = null;
    await Promise.all(waiting.map((route) => route.continue()));
  };
}

test('who goes to the newest message does not wait for the page that scrolling asked for', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.sayMany(bob, { to: ann.user_id }, 200, (n) => `Message ${n}.`);
  const page = await natter.open(ann);
  await row(page, 'Bob').click();
  await expect(message(page, 'Message 1.')).toBeInViewport();
  const asked = requests(page, /messages$/);
  const goOn = await holdBack(page, PAGES);
  await feed(page).hover();
  await expect(async () => {
    await page.mouse.wheel(0, 600);
    expect(asked.length).toBeGreaterThan(0);
  }).toPass();
  await page.getByRole('button', { name: 'To the newest message' }).click();
  await expect.poll(() => asked.length).toBe(2);
  await goOn();
  await expect(message(page, 'Message 200.')).toBeInViewport();
  await expect(page.getByRole('button', { name: 'To the newest message' })).toHaveCount(0);
});

test('a quoted message is asked for once, and a press on it goes there', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  const first = await natter.say(bob, { to: ann.user_id }, 'The very first');
  await natter.sayMany(bob, { to: ann.user_id }, 100, (n) => `Message ${n}.`);
  const answer = await natter.say(bob, { to: ann.user_id }, 'An answer', { reply_to: first.data?.message_id });
  const { room_id = '', seq } = answer.data ?? {};
  await natter.emit(ann, 'message_status_update', { room_id, up_to_seq: seq, status: 'read' });
  const page = await natter.open(ann);
  const asked = requests(page, new RegExp(`messages/${first.data?.message_id}$`));
  await row(page, 'Bob').click();
  const quote = message(page, 'An answer').getByRole('button', { name: 'Bob The very first' });
  await expect(quote).toBeVisible();
  await natter.sayMany(bob, { to: ann.user_id }, 3, (n) => `Another ${n}.`);
  await expect(message(page, 'Another 3.')).toBeVisible();
  await quote.click();
  await expect(message(page, 'The very first').first()).toBeInViewport();
  expect(asked).toHaveLength(1);
});

test('what was read stays read, though an answer of before comes late', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  const room_id = await natter.group(bob, 'Tea', [ann]);
  await natter.sayMany(bob, { room_id }, 3, (n) => `Message ${n}.`);
  const page = await natter.open(ann);
  await expect(row(page, 'Tea').getByText('3 unread')).toBeAttached();
  const told = await natter.rest<{ room: object }>('GET', `/rooms/${room_id}`, ann);
  const late: Route[] = [];
  await page.route(`**/rooms/${room_id}`, (route) => void late.push(route));
  await row(page, 'Tea').click();
  await expect(row(page, 'Tea').getByText('unread')).toHaveCount(0);
  await expect.poll(() => late.length).toBe(1);
  await late[0]?.fulfill({ json: { ...told, room: { ...told.room, name: 'Tea of before' } } });
  await expect(row(page, 'Tea of before')).toBeVisible();
  await expect(row(page, 'Tea of before').getByText('unread')).toHaveCount(0);
});

test('the unread begin where others wrote, however much one wrote before', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.sayMany(ann, { to: bob.user_id }, 90, (n) => `My own ${n}.`);
  await natter.say(bob, { to: ann.user_id }, 'At last');
  const page = await natter.open(ann);
  await row(page, 'Bob').click();
  await expect(message(page, 'At last')).toBeInViewport();
  await expect(feed(page).getByText('Unread messages')).toBeInViewport();
});

test('what could not be loaded is loaded as soon as the connection is back', async ({ natter }) => {
  const ann = await natter.register('ann');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(bob, { to: ann.user_id }, 'Hello');
  const page = await natter.open(ann);
  await expect(row(page, 'Bob')).toBeVisible();
  await page.context().setOffline(true);
  await row(page, 'Bob').click();
  await expect(page.getByRole('main').getByText('cannot be reached')).toBeVisible();
  await page.context().setOffline(false);
  await expect(message(page, 'Hello')).toBeVisible();

  // What is no answer of ours, as a hotel's page to log in, is told as such, and tried again by hand.
  await page.route(PAGES, (route) => route.fulfill({ contentType: 'text/html', body: '<h1>Welcome</h1>' }));
  await page.reload();
  await expect(page.getByRole('main').getByText('cannot be reached')).toBeVisible();
  await page.unroute(PAGES);
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(message(page, 'Hello')).toBeVisible();
});
