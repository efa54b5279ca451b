// Pages that call each other through the media worker, in headless Chromium.
//
// `node call.mjs URL SCENARIO [UDP_PORT]`: plays a scenario on `media_page`, datagrams through a proxy if a port is given, and fails with what did not come. `playwright-core` comes from the web client's
// packages.
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../../host/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [url, scenario, udp_port] = process.argv.slice(2);
const ARGUMENTS = [
  '--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking',
  '--disable-component-update --disable-sync --use-fake-device-for-media-stream --use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required'
].flatMap((line) => line.split(' '));

const folder = await mkdtemp(join(tmpdir(), 'natter-call-'));
const browser = await chromium.launchPersistentContext(folder, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ARGUMENTS,
  permissions: ['camera', 'microphone']
});

/** A page in the call, that sends these sources. */
async function enter(who, sources) {
  const page = await browser.newPage();
  const publish = sources.length ? `&publish=${sources}` : '';
  const proxy = udp_port ? `&udp=${udp_port}` : '';
  await page.goto(`${url}/?room=1&who=${who}${publish}${proxy}`);
  await page.waitForFunction(() => window.call?.joined);
  return { who, page };
}

const evaluate = ({ page }, act, data) => page.evaluate(act, data);
const received = (person) => evaluate(person, () => window.call.received());
const sent = (person) => evaluate(person, () => window.call.sent());
const ask = (person, what, data) => evaluate(person, ([what, data]) => window.call.ask(what, data), [what, data]);
const track = async (person, who, source) =>
  (await received(person)).tracks.find((track) => track.who === who && track.source === source);

/** Waits until a value is as it should be, and gives it; the error shows what it was instead. */
async function until(what, look, isSo, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > end) throw new Error(`${what} did not come: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const plays = (person, who, source, more = () => true) =>
  until(`${source} of ${who} at ${person.who}`, () => track(person, who, source), (track) => track?.framesDecoded > 10 && more(track));
const sounds = (person, who) =>
  until(`sound of ${who} at ${person.who}`, () => track(person, who, 'microphone'), (track) => track?.totalAudioEnergy > 0);
const goesOn = async (person, who, source) => {
  const before = (await track(person, who, source)).framesDecoded;
  return until(`more ${source} of ${who} at ${person.who}`, () => track(person, who, source), (track) => track?.framesDecoded > before + 20);
};
const show = (person, who, layer) => ask(person, 'show', { who, source: 'camera', layer });
const check = (what, isSo, value) => {
  if (!isSo) throw new Error(`${what}: ${JSON.stringify(value)}`);
};

const BOTH = ['microphone', 'camera'];

const SCENARIOS = {
  // Two see and hear each other; a third comes late, leaves, and comes again.
  async two_and_three() {
    const [ada, bob] = [await enter(1, BOTH), await enter(2, BOTH)];
    await Promise.all([plays(ada, 2, 'camera'), plays(bob, 1, 'camera'), sounds(ada, 2), sounds(bob, 1)]);
    check('by datagrams', (await received(bob)).protocol === 'udp', await received(bob));
    for (let round = 0; round < 2; round++) {
      const carol = await enter(3, BOTH);
      await Promise.all([plays(carol, 1, 'camera'), plays(carol, 2, 'camera'), plays(ada, 3, 'camera'), plays(bob, 3, 'camera')]);
      await carol.page.close();
      await until('her leaving', () => track(ada, 3, 'camera'), (track) => !track);
      await goesOn(ada, 2, 'camera');
    }
    return received(ada);
  },

  // Each layer in turn, without a freeze; layers that nobody watches pause.
  async layers() {
    const [ada, bob] = [await enter(1, BOTH), await enter(2, BOTH)];
    await plays(bob, 1, 'camera', (track) => track.frameHeight === 720);
    const before = await track(bob, 1, 'camera');
    for (const [layer, height] of [['q', 180], ['f', 720], ['h', 360], ['q', 180], ['h', 360], ['f', 720]]) {
      await show(bob, 1, layer);
      await until(`layer ${layer}`, () => track(bob, 1, 'camera'), (track) => track.frameHeight === height);
      await goesOn(bob, 1, 'camera');
    }
    const after = await track(bob, 1, 'camera');
    // A machine under load encodes a layer late that was paused; wrong numbers freeze it with every change, and more than once.
    check('no freezes', after.freezeCount - before.freezeCount < 6, [before, after]);
    await show(bob, 1, 'q');
    const onlySmall = ({ layers }) => layers.every(({ rid, active }) => active === (rid === 'q'));
    await until('the large layers to pause', () => sent(ada), onlySmall);
    return after;
  },

  // A screen beside a camera, twice, without another connection; and mutes.
  async screen_and_mute() {
    const [ada, bob] = [await enter(1, BOTH), await enter(2, [])];
    await plays(bob, 1, 'camera');
    for (let round = 0; round < 2; round++) {
      await evaluate(ada, () => window.call.send(['microphone', 'camera', 'screen']));
      await plays(bob, 1, 'screen', (track) => track.frameHeight === 360);
      await goesOn(bob, 1, 'screen');
      await evaluate(ada, () => window.call.send(['microphone', 'camera']));
      await until('its end', () => track(bob, 1, 'screen'), (track) => !track);
    }
    await ask(bob, 'mute', { who: 1, source: 'camera', muted: true });
    const frames = async () => (await track(bob, 1, 'camera')).framesDecoded;
    let last = -1;
    await until('silence', async () => [last, (last = await frames())], ([before, now]) => before === now);
    const refused = await ask(bob, 'mute', { who: 1, source: 'camera', muted: false }).then(() => null, String);
    check('only oneself unmutes', /Only the participant/.test(refused), refused);
    await ask(ada, 'mute', { who: 1, source: 'camera', muted: false });
    return goesOn(bob, 1, 'camera');
  },

  // Datagrams that are lost are repaired (the suite's proxy loses them), or blocked: then it goes by TCP.
  async lossy() {
    const [, bob] = [await enter(1, BOTH), await enter(2, BOTH)];
    await plays(bob, 1, 'camera');
    await goesOn(bob, 1, 'camera');
    return until('repairs', () => track(bob, 1, 'camera'), (track) => track.framesDecoded > 150 && track.retransmittedPacketsReceived > 0, 40);
  },
  async blocked() {
    const [ada, bob] = [await enter(1, BOTH), await enter(2, BOTH)];
    await plays(bob, 1, 'camera');
    await goesOn(ada, 2, 'camera');
    const [receiving, sending] = [await received(bob), await sent(ada)];
    check('by TCP', receiving.protocol === 'tcp' && sending.protocol === 'tcp', [receiving, sending]);
    return receiving;
  }
};

try {
  const result = await SCENARIOS[scenario]();
  for (const page of browser.pages()) {
    const errors = await page.evaluate(() => window.call?.errors ?? []);
    check('errors of a page', errors.length === 0, errors);
  }
  console.log(JSON.stringify(result));
} catch (error) {
  for (const page of browser.pages()) {
    const seen = await page.evaluate(async () => window.call && JSON.stringify([
      window.call.errors, window.call.events.map((e) => ({ ...e, sdp: undefined })), await window.call.received(), await window.call.sent(),
      await window.call.ask('report').catch(String)
    ]));
    console.error(seen);
  }
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
