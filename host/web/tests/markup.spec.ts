/** Whatever looks like markup is text: nothing of it runs, and nothing breaks the layout. */
import { expect, test } from './fixtures';
import { feed, row, write } from './screen';

const EVIL = `<img src=x onerror="window.ran=1"><script>window.ran=1</script><style>*{display:none}</style>`;
const NAME = `<b onmouseover=window.ran=1>Eve</b>`;
const LINKS = `javascript:window.ran=1 https://example.org/"onclick="window.ran=1 data:text/html,<script>window.ran=1</script>`;
/** Nothing to break it at, and what leaves the line. */
const WIDE = `${'W'.repeat(5_000)}\u202e${'\u0301'.repeat(300)}\u2067`;

test('names, messages and titles are text', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const eve = await natter.register('eve', NAME);
  const group = await natter.group(eve, `Tea ${EVIL.slice(0, 60)}`, [ann]);
  for (const body of [WIDE, LINKS, EVIL]) {
    await natter.say(eve, { room_id: group }, body);
    await natter.say(eve, { to: ann.user_id }, body);
  }
  const page = await natter.open(ann);
  const refused: string[] = [];
  page.on('console', (entry) => entry.type() === 'error' && refused.push(entry.text()));
  for (const path of [`/#/rooms/${group}`, `/#/people/${eve.user_id}`, `/#/rooms/${group}/details`]) {
    await page.goto(natter.url + path);
    await feed(page).press('End');
    await expect(feed(page).getByText(EVIL)).toBeVisible();
    await expect(page.getByText(NAME).first()).toBeVisible();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
  }
  await page.goto(natter.url);
  await row(page, NAME).click();
  await write(page, EVIL);
  await expect(feed(page).getByText(EVIL)).toHaveCount(2);
  const targets = await feed(page)
    .getByRole('link')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  expect(targets).toEqual(['https://example.org/']);
  await page.getByRole('searchbox').fill('<b');
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  expect(refused).toEqual([]);
});

test('marks that combine without end stay within their bubble', async ({ natter }) => {
  const ann = await natter.register('ann', 'Ann');
  const eve = await natter.register('eve', 'Eve');
  const bob = await natter.register('bob', 'Bob');
  await natter.say(eve, { to: ann.user_id }, `Z${'\u0489\u0336\u033d'.repeat(200)}`);
  await natter.say(bob, { to: ann.user_id }, 'Z');
  const page = await natter.open(ann, '/', { viewport: { width: 390, height: 844 } });
  const beside = async (name: string): Promise<Buffer> => {
    await row(page, name).click();
    await expect(feed(page).getByText('Z').first()).toBeVisible();
    await expect(page.getByRole('main').getByText(name)).toBeVisible();
    const area = await feed(page).boundingBox();
    const { x = 0, y = 0, width = 0, height = 0 } = area ?? {};
    const picture = await page.screenshot({ clip: { x: x + width - 40, y, width: 40, height }, animations: 'disabled' });
    await page.getByRole('link', { name: 'Back to the chats' }).click();
    return picture;
  };
  const plain = await beside('Bob');
  expect((await beside('Eve')).equals(plain)).toBe(true);
});
