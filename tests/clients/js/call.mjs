// People in headless Chromium who call each other through a server, each on its page `/demo/call`.
//
// `node call.mjs URL SCENARIO ROOM_ID PEOPLE [UDP_PORT]`: plays a scenario, prints the call's id, and fails with what did not come. People are
// `TOKEN:USER_ID`, separated by commas, the first an admin of the room. Datagrams go through a proxy if a port is given.
// `playwright-core` comes from the web client's packages.
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../../host/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [url, scenario, room_id, list, udp_port] = process.argv.slice(2);
const [ADA, BOB, CAROL] = list.split(',').map((person, index) => {
  const [token, user_id] = person.split(':');
  return { name: ['ada', 'bob', 'carol'][index], token, user_id };
});
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

// Nobody is there to choose a screen: a painting stands for it.
await browser.addInitScript(() => {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 360 });
    const paint = canvas.getContext('2d');
    let frame = 0;
    setInterval(() => {
      paint.fillStyle = `hsl(${frame++ % 360} 80% 50%)`;
      paint.fillRect(0, 0, 640, 360);
    }, 50);
    return canvas.captureStream(20);
  };
});
if (udp_port) {
  await browser.addInitScript((port) => {
    const { prototype } = RTCPeerConnection;
    const take = prototype.setRemoteDescription;
    prototype.setRemoteDescription = function ({ type, sdp }) {
      return take.call(this, { type, sdp: sdp.replace(/( udp \d+ \S+ )\d+/gi, `$1${port}`) });
    };
  }, udp_port);
}

const BOTH = ['microphone', 'camera'];
let call_id;

/** Somebody's page, logged in. */
async function open(person) {
  const page = await browser.newPage();
  await page.goto(`${url}/demo/call#${person.token}`);
  await page.waitForFunction(() => window.demo?.me);
  return { ...person, page };
}

const evaluate = ({ page }, act, data) => page.evaluate(act, data);
const emit = (by, event, data) => evaluate(by, ([event, data]) => window.demo.emit(event, data), [event, { call_id, ...data }]);
const refusal = (by, event, data) => emit(by, event, data).then(() => 'nobody refused', String);
const send = (by, sources) => evaluate(by, (sources) => window.demo.media.send(sources), sources);
const heard = (by, event) => evaluate(by, (event) => window.demo.events.find((it) => it.event === event)?.data, event);

/** Goes into the call by this event, and sends these sources. */
async function go(person, event, data, sources = BOTH) {
  const act = ([event, data, sources]) => window.demo.enter(event, data, sources).then(() => window.demo.callId);
  call_id = await evaluate(person, act, [event, { call_id, ...data }, sources]);
  return person;
}
const client_call_id = String(Math.random());
const calls = async (person, whom = { room_id }) => go(await open(person), 'call_user', { ...whom, media: 'video', client_call_id });
const joins = async (person, sources) => go(await open(person), 'join_call', {}, sources);

/** What is received of each track. */
const received = (by) =>
  evaluate(by, async () => {
    const { receiving, tracks } = window.demo.media;
    const reports = [...((await receiving?.getStats()) ?? new Map()).values()];
    const inbound = (mid) => reports.find((report) => report.type === 'inbound-rtp' && report.mid === mid) ?? {};
    return tracks.map((track) => {
      const { framesDecoded = 0, frameHeight, freezeCount = 0, totalAudioEnergy, retransmittedPacketsReceived, packetsLost } = inbound(track.mid);
      return { ...track, framesDecoded, frameHeight, freezeCount, totalAudioEnergy, retransmittedPacketsReceived, packetsLost };
    });
  });
/** By which protocol, to the server and from it. */
const protocols = (by) =>
  evaluate(by, async () => {
    const protocol = async (connection) => {
      const reports = await connection.getStats();
      const transport = [...reports.values()].find((report) => report.type === 'transport');
      return reports.get(reports.get(transport?.selectedCandidatePairId)?.remoteCandidateId)?.protocol;
    };
    const { publishing, receiving } = window.demo.media;
    return [await protocol(publishing), await protocol(receiving)];
  });
const activeLayers = (by) =>
  evaluate(by, async () => {
    const reports = [...(await window.demo.media.publishing.getStats()).values()];
    const layers = reports.filter((report) => report.type === 'outbound-rtp' && report.rid && report.active);
    return layers.map(({ rid }) => rid);
  });
const track = async (by, of, source = 'camera') =>
  (await received(by)).find((track) => track.user_id === of.user_id && track.source === source);

/** Waits until a value is as it should be, and gives it; the error shows what it was instead. */
async function until(what, look, isSo = Boolean, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > end) throw new Error(`${what} did not come: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const plays = (by, of, source = 'camera', isSo = () => true) =>
  until(`${source} of ${of.name} at ${by.name}`, () => track(by, of, source), (track) => track?.framesDecoded > 10 && isSo(track));
const sounds = (by, of) =>
  until(`sound of ${of.name} at ${by.name}`, () => track(by, of, 'microphone'), (track) => track?.totalAudioEnergy > 0);
const isGone = (by, of, source = 'camera') =>
  until(`the end of ${source} of ${of.name} at ${by.name}`, () => track(by, of, source), (track) => !track);
async function goesOn(by, of, source = 'camera') {
  const before = (await track(by, of, source)).framesDecoded;
  return until(`more ${source} of ${of.name} at ${by.name}`, () => track(by, of, source), (track) => track?.framesDecoded > before + 20);
}
async function stops(by, of) {
  let last = -1;
  const frames = async () => (await track(by, of)).framesDecoded;
  await until(`stillness of ${of.name} at ${by.name}`, async () => [last, (last = await frames())], ([before, now]) => before === now);
}
const show = (by, of, layer) => emit(by, 'rtc_layer', { user_id: of.user_id, source: 'camera', layer });
function check(what, isSo, value) {
  if (!isSo) throw new Error(`${what}: ${JSON.stringify(value)}`);
}

const SCENARIOS = {
  // One calls, the other answers; each sees and hears the other, by datagrams; one hangs up.
  async two() {
    const bob = await open(BOB);
    const ada = await calls(ADA, { to: BOB.user_id });
    await until('the phone', () => heard(bob, 'incoming_call'));
    await until('its ringing', () => heard(ada, 'call_ringing'));
    await go(bob, 'answer_call');
    await Promise.all([plays(ada, BOB), plays(bob, ADA), sounds(ada, BOB), sounds(bob, ADA)]);
    check('by datagrams', (await protocols(bob)).every((it) => it === 'udp'), await protocols(bob));
    const refused = await refusal(ada, 'rtc_mute', { user_id: BOB.user_id, source: 'camera', muted: true });
    check('nobody mutes another of two', refused.includes('only admins'), refused);
    await emit(ada, 'leave_call');
    const ended = await until('the end', () => heard(bob, 'call_ended'));
    check('why', ended.reason === 'hangup', ended);
  },

  // A third comes late, leaves, comes again, and loads the page anew.
  async three() {
    const ada = await calls(ADA);
    const bob = await joins(BOB);
    await Promise.all([plays(ada, BOB), plays(bob, ADA)]);
    const carol = await joins(CAROL);
    const allSee = () => Promise.all([plays(carol, ADA), plays(carol, BOB), plays(ada, CAROL), plays(bob, CAROL)]);
    await allSee();
    await emit(carol, 'leave_call');
    await Promise.all([isGone(ada, CAROL), isGone(bob, CAROL)]);
    await goesOn(ada, BOB);
    await go(carol, 'join_call');
    await allSee();
    await carol.page.reload();
    await carol.page.waitForFunction(() => window.demo?.me);
    await go(carol, 'join_call');
    await allSee();
  },

  // Each layer in turn, without a freeze; layers that nobody watches pause.
  async layers() {
    const ada = await calls(ADA);
    const bob = await joins(BOB);
    const before = await plays(bob, ADA, 'camera', (track) => track.frameHeight === 720);
    for (const [layer, height] of [['q', 180], ['f', 720], ['h', 360], ['q', 180], ['h', 360], ['f', 720]]) {
      await show(bob, ADA, layer);
      await until(`layer ${layer}`, () => track(bob, ADA), (track) => track.frameHeight === height);
      await goesOn(bob, ADA);
    }
    const after = await track(bob, ADA);
    // A machine under load encodes a layer late that was paused; wrong numbers freeze it with every change, and more than once.
    check('no freezes', after.freezeCount - before.freezeCount < 6, [before, after]);
    await show(bob, ADA, 'q');
    await until('the large layers to pause', () => activeLayers(ada), (layers) => layers.join() === 'q');
  },

  // A screen beside a camera, twice, without another connection; and mutes, which an admin makes and only oneself ends.
  async screen_and_mute() {
    const ada = await calls(ADA);
    const bob = await joins(BOB);
    await plays(ada, BOB);
    for (let round = 0; round < 2; round++) {
      await send(bob, [...BOTH, 'screen']);
      await plays(ada, BOB, 'screen', (track) => track.frameHeight === 360);
      await goesOn(ada, BOB, 'screen');
      await send(bob, BOTH);
      await isGone(ada, BOB, 'screen');
    }
    const mute = (muted) => ({ user_id: BOB.user_id, source: 'camera', muted });
    await emit(ada, 'rtc_mute', mute(true));
    const told = await until('the mute', () => heard(bob, 'rtc_muted_by'));
    check('by whom', told.by === ADA.user_id && told.user_id === BOB.user_id && told.muted, told);
    await stops(ada, BOB);
    const refused = await refusal(ada, 'rtc_mute', mute(false));
    check('only oneself unmutes', refused.includes('only the person unmutes'), refused);
    await emit(bob, 'rtc_mute', { source: 'camera', muted: false });
    await goesOn(ada, BOB);
  },

  // The suite's proxy loses datagrams, which are sent again.
  async lossy() {
    await calls(ADA);
    const bob = await joins(BOB);
    await plays(bob, ADA);
    await goesOn(bob, ADA);
    const isRepaired = (track) => track?.framesDecoded > 150 && track.retransmittedPacketsReceived > 0;
    await until('repairs', () => track(bob, ADA), isRepaired, 60);
  },

  // The suite's proxy loses them all: it goes by TCP.
  async blocked() {
    const ada = await calls(ADA);
    const bob = await joins(BOB);
    await Promise.all([plays(bob, ADA), plays(ada, BOB)]);
    await goesOn(bob, ADA);
    for (const person of [ada, bob]) {
      const by = await protocols(person);
      check('by TCP', by.every((it) => it === 'tcp'), by);
    }
  }
};

/** What a page that failed has to say. */
async function confess(page) {
  const said = await page.evaluate(async () => {
    const { errors, events, media } = window.demo ?? {};
    const stats = await Promise.all([media?.publishing, media?.receiving].map(async (it) => it && [it.connectionState, ...(await it.getStats()).values()]));
    return JSON.stringify([errors, events?.map(({ event, data }) => [event, { ...data, sdp: undefined }]), stats]);
  });
  console.error(said);
}

try {
  await SCENARIOS[scenario]();
  for (const page of browser.pages()) {
    const errors = await page.evaluate(() => window.demo?.errors ?? []);
    check('errors of a page', errors.length === 0, errors);
  }
  console.log(call_id);
} catch (error) {
  for (const page of browser.pages()) await confess(page).catch(console.error);
  console.error(error.stack);
  process.exitCode = 1;
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
