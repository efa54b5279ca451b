// Two people in headless Chromium who call each other through a Natter server.
//
// `node natter_call.mjs URL CALLER CALLEE`, where a person is `TOKEN:USER_ID`. Prints the call's id. `playwright-core` comes from the
// web client's packages.
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const require = createRequire(new URL('../../../host/web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [url, ...people] = process.argv.slice(2);
const [caller, callee] = people.map((person) => {
  const [token, user_id] = person.split(':');
  return { token, user_id };
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
  bypassCSP: true,
  permissions: ['camera', 'microphone']
});

/** Runs in the page: a client as small as it can be. */
async function client(token) {
  const socket = new WebSocket(`ws://${location.host}/ws`);
  const answers = new Map();
  let sent = 0;
  const me = { events: [], tracks: [], publishing: new RTCPeerConnection(), receiving: new RTCPeerConnection() };
  window.me = me;
  me.emit = (event, data) =>
    new Promise((resolve, reject) => {
      answers.set(++sent, { resolve, reject });
      socket.send(JSON.stringify({ id: sent, event, data }));
    });
  me.publish = async (call_id) => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720 } });
    const layers = ['q', 'h', 'f'].map((rid, i) => ({ rid, scaleResolutionDownBy: 4 >> i }));
    const transceivers = {
      microphone: me.publishing.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly' }),
      camera: me.publishing.addTransceiver(stream.getVideoTracks()[0], { direction: 'sendonly', sendEncodings: layers })
    };
    await me.publishing.setLocalDescription();
    const sections = Object.entries(transceivers).map(([source, { mid }]) => ({ mid, source }));
    const { sdp } = await me.emit('rtc_publish', { call_id, sdp: me.publishing.localDescription.sdp, sections });
    await me.publishing.setRemoteDescription({ type: 'answer', sdp });
    await me.emit('rtc_sources', { call_id, sources: Object.keys(transceivers) });
  };
  me.frames = async (user_id) => {
    const mid = me.tracks.find((track) => track.user_id === user_id && track.source === 'camera')?.mid;
    const reports = [...(await me.receiving.getStats()).values()];
    return reports.find((report) => report.type === 'inbound-rtp' && report.mid === mid)?.framesDecoded ?? 0;
  };
  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(data);
    if ('reply_to' in message) {
      const answer = answers.get(message.reply_to);
      return message.ok ? answer.resolve(message.data) : answer.reject(new Error(JSON.stringify(message.error)));
    }
    me.events.push(message);
    if (message.event === 'rtc_offer' || message.event === 'rtc_tracks') me.tracks = message.data.tracks;
    if (message.event === 'rtc_offer') {
      await me.receiving.setRemoteDescription({ type: 'offer', sdp: message.data.sdp });
      await me.receiving.setLocalDescription();
      await me.emit('rtc_answer', { call_id: message.data.call_id, sdp: me.receiving.localDescription.sdp });
    }
  };
  await new Promise((resolve) => (socket.onopen = resolve));
  await me.emit('register_user', { token });
}

async function enter({ token, user_id }) {
  const page = await browser.newPage();
  await page.goto(`${url}/healthz`);
  await page.evaluate(client, token);
  const emit = (event, data) => page.evaluate(([event, data]) => window.me.emit(event, data), [event, data]);
  const publish = (call_id) => page.evaluate((call_id) => window.me.publish(call_id), call_id);
  const frames = (of) => page.evaluate((of) => window.me.frames(of), of.user_id);
  const heard = (event) => page.evaluate((event) => window.me.events.find((it) => it.event === event)?.data, event);
  return { user_id, emit, publish, frames, heard };
}

/** Waits until a value is as it should be, and gives it; the error shows what it was instead. */
async function until(what, look, isSo = Boolean) {
  const end = Date.now() + 20_000;
  for (;;) {
    const value = await look();
    if (isSo(value)) return value;
    if (Date.now() > end) throw new Error(`${what} did not come: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

try {
  const [ada, bob] = [await enter(caller), await enter(callee)];
  const { call_id } = await ada.emit('call_user', { to: bob.user_id, media: 'video', client_call_id: '1' });
  await until('the phone', () => bob.heard('incoming_call'));
  await bob.emit('answer_call', { call_id });
  await Promise.all([ada.publish(call_id), bob.publish(call_id)]);
  const plays = (by, of) => until(`frames of ${of.user_id}`, () => by.frames(of), (frames) => frames > 10);
  await Promise.all([plays(ada, bob), plays(bob, ada)]);
  await until('a track', () => ada.heard('track_published'));
  await ada.emit('rtc_mute', { call_id, source: 'camera', muted: true });
  const muted = await until('the mute', () => bob.heard('rtc_muted_by'));
  if (!muted.muted || muted.by !== ada.user_id || muted.source !== 'camera') throw new Error(JSON.stringify(muted));
  const refused = await ada.emit('rtc_mute', { call_id, user_id: bob.user_id, source: 'camera', muted: true }).catch(String);
  if (!refused.includes?.('forbidden')) throw new Error(`muted another in a direct call: ${JSON.stringify(refused)}`);
  await ada.emit('leave_call', { call_id });
  const ended = await until('the end', () => bob.heard('call_ended'));
  if (ended.reason !== 'hangup') throw new Error(JSON.stringify(ended));
  console.log(call_id);
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
