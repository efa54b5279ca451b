/** How the page feels in a room of 50,000 messages: no task may hold it up for over 50 ms. `cargo xtask bench web`. */
import { expect, test } from '../fixtures';
import { composer, feed, message, row } from '../screen';

const MESSAGES = 50_000;
/** What the Long Tasks API reports. */
const LONG_TASK_MS = 50;
/** Messages that the wheel goes back by, at the least: it did scroll, and pages were loaded. */
const MIN_SCROLLED = 1_000;

test.use({ settings: { 'registration.mode': 'open', 'limits.events_per_second': '100000', 'limits.burst_events': '1000000' } });

test('scrolling and typing in a room of 50,000 messages', async ({ natter }) => {
  test.setTimeout(600_000);
  const ann = await natter.register('ann', 'Ann');
  const bob = await natter.register('bob', 'Bob');
  const body = (n: number): string => `Message ${n}: ${'words that go on '.repeat((n * 7) % 12)}`;
  await natter.sayMany(bob, { to: ann.user_id }, MESSAGES, body);

  const page = await natter.open(ann);
  await row(page, 'Bob').click();
  await expect(feed(page).getByText('Unread messages')).toBeVisible();
  await page.getByRole('button', { name: 'To the newest message' }).click();
  await expect(message(page, `Message ${MESSAGES}:`)).toBeInViewport();
  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(window, { tasks });
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => tasks.push(duration))).observe({
      type: 'longtask',
    });
  });
  const longTasks = async (): Promise<number[]> =>
    page.evaluate(() => (window as unknown as { tasks: number[] }).tasks.splice(0));

  await feed(page).hover();
  for (let step = 0; step < 300; step += 1) await page.mouse.wheel(0, -600);
  const first = await feed(page).getByRole('article').first().getAttribute('aria-posinset');
  const scrolling = await longTasks();
  await composer(page).pressSequentially('Typing while the room is large, a sentence of ordinary length. '.repeat(3));
  const typing = await longTasks();
  const rows = await feed(page).getByRole('article').count();
  console.log(`scrolled back to message ${first}; ${rows} rows in the page`);
  console.log(`tasks over ${LONG_TASK_MS} ms while scrolling: ${JSON.stringify(scrolling)}`);
  console.log(`tasks over ${LONG_TASK_MS} ms while typing: ${JSON.stringify(typing)}`);
  expect(Number(first)).toBeLessThan(MESSAGES - MIN_SCROLLED);
  expect([...scrolling, ...typing]).toEqual([]);
});
