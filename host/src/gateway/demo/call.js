// What a client of calls must do (docs/protocol.md), and below it a page around that.

/** One socket: requests with answers, and events. */
class Socket {
  #socket = new WebSocket(`${location.origin.replace('http', 'ws')}/ws`);
  #answers = new Map();
  #sent = 0;

  constructor(onevent) {
    this.opened = new Promise((resolve) => (this.#socket.onopen = resolve));
    this.closed = new Promise((resolve) => (this.#socket.onclose = resolve));
    this.#socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      const answer = this.#answers.get(message.reply_to);
      if (!answer) return onevent(message.event, message.data);
      this.#answers.delete(message.reply_to);
      if (message.ok) answer.resolve(message.data);
      else answer.reject(Object.assign(new Error(message.error.message), message.error));
    };
  }

  emit(event, data) {
    return new Promise((resolve, reject) => {
      this.#answers.set(++this.#sent, { resolve, reject });
      this.#socket.send(JSON.stringify({ id: this.#sent, event, data }));
    });
  }
}

const CAPTURE = {
  microphone: () => navigator.mediaDevices.getUserMedia({ audio: true }),
  camera: () => navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720, frameRate: 30 } }),
  screen: () => navigator.mediaDevices.getDisplayMedia({ video: true }),
};
const LAYERS = ['q', 'h', 'f'].map((rid, index) => ({ rid, scaleResolutionDownBy: 4 >> index }));

/** The media of one call: a connection to send by, and one to receive by. */
class Media {
  publishing = null;
  receiving = null;
  tracks = [];
  #senders = {};
  #sent = {};
  #turn = Promise.resolve();

  constructor(emit, ontrack) {
    this.emit = emit;
    this.ontrack = ontrack;
  }

  /** All sections are offered once; what they carry changes without another offer. */
  async publish() {
    this.publishing?.close();
    this.publishing = new RTCPeerConnection();
    const add = (kind, init) => this.publishing.addTransceiver(kind, { direction: 'sendonly', ...init });
    const transceivers = {
      microphone: add('audio'),
      camera: add('video', { sendEncodings: LAYERS }),
      screen: add('video'),
    };
    await this.publishing.setLocalDescription();
    const sections = Object.entries(transceivers).map(([source, { mid }]) => ({ mid, source }));
    const { sdp } = await this.emit('rtc_publish', { sdp: this.publishing.localDescription.sdp, sections });
    await this.publishing.setRemoteDescription({ type: 'answer', sdp });
    for (const [source, { sender }] of Object.entries(transceivers)) this.#senders[source] = sender;
    await this.send(Object.keys(this.#sent));
  }

  /** Begins to send these sources, and ends all others. */
  async send(sources) {
    for (const [source, sender] of Object.entries(this.#senders)) {
      if (sources.includes(source)) {
        this.#sent[source] ??= (await CAPTURE[source]()).getTracks()[0];
      } else {
        this.#sent[source]?.stop();
        delete this.#sent[source];
      }
      await sender.replaceTrack(this.#sent[source] ?? null);
    }
    await this.emit('rtc_sources', { sources });
  }

  /** One after the other: an offer may come while the one before is being answered. */
  hear(event, data) {
    const turn = this.#turn.then(() => this.#take(event, data));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  async #take(event, data) {
    if (event === 'rtc_offer' || event === 'rtc_tracks') this.tracks = data.tracks;
    if (event === 'rtc_offer') await this.#answer(data.sdp);
    if (event === 'rtc_publish_layers') await this.#encode(data.layers);
    if (event === 'rtc_restart') await this.#restart(data.side);
    if (this.receiving) this.ontrack(this.receiving, this.tracks);
  }

  async #answer(sdp) {
    this.receiving ??= new RTCPeerConnection();
    await this.receiving.setRemoteDescription({ type: 'offer', sdp });
    await this.receiving.setLocalDescription();
    await this.emit('rtc_answer', { sdp: this.receiving.localDescription.sdp });
  }

  /** Layers that nobody watches are not worth their bits. */
  async #encode(layers) {
    const sender = this.#senders.camera;
    const parameters = sender.getParameters();
    for (const encoding of parameters.encodings) encoding.active = layers.includes(encoding.rid);
    await sender.setParameters(parameters);
  }

  async #restart(side) {
    if (side === 'publish') return this.publish();
    this.receiving?.close();
    this.receiving = null;
  }

  close() {
    for (const track of Object.values(this.#sent)) track.stop();
    this.publishing?.close();
    this.receiving?.close();
  }
}

const find = (selector) => document.querySelector(selector);
const checked = () => [...find('#controls').querySelectorAll('input:checked')].map((box) => box.name);

/** The page; in the console, too: `demo`. */
const demo = (window.demo = { events: [], errors: [], media: null, callId: null, me: null });
window.onerror = (message) => fail(message);
window.onunhandledrejection = (event) => fail(event.reason);

function fail(error) {
  demo.errors.push(String(error));
  find('#state').textContent = String(error);
}

demo.logIn = async (token) => {
  demo.token = token;
  const socket = new Socket(heard);
  await socket.opened;
  demo.emit = (event, data) => socket.emit(event, data);
  demo.me = (await demo.emit('register_user', { token })).user;
  find('#state').textContent = `${demo.me.username} (${demo.me.user_id})`;
  find('#login').hidden = true;
  find('#dial').hidden = false;
  void socket.closed.then(() => fail('The connection is gone: load the page anew.'));
};

/** In a call: with an event's answer, so that it is known which. */
demo.enter = async (event, data, sources = checked()) => {
  const { call_id } = await demo.emit(event, data);
  demo.callId = call_id;
  demo.media = new Media((event, data) => demo.emit(event, { call_id, ...data }), show);
  for (const [event, data] of early.splice(0)) await demo.media.hear(event, data);
  find('#incoming').hidden = true;
  find('#controls').hidden = false;
  await demo.media.publish();
  await demo.media.send(sources);
};

/** Offers that came before the answer of the event that brought them. */
const early = [];

async function heard(event, data) {
  demo.events.push({ event, data });
  find('#log').prepend(`${event} ${JSON.stringify({ ...data, sdp: undefined })}\n`);
  if (event.startsWith('rtc_')) {
    if (demo.media) await demo.media.hear(event, data);
    else early.push([event, data]);
  }
  if (event === 'incoming_call') ring(data);
  if (event === 'call_ended' && data.call_id === demo.callId) hangUp();
  if (event === 'call_ended' || event === 'call_handled_elsewhere') find('#incoming').hidden = true;
}

function ring({ call_id, from, media }) {
  find('#incoming').hidden = false;
  find('#incoming').dataset.call = call_id;
  find('#incoming span').textContent = `${media} call from ${from}`;
  // It may have been answered meanwhile.
  demo.emit('call_ringing', { call_id }).catch(() => undefined);
}

function hangUp() {
  demo.media?.close();
  Object.assign(demo, { media: null, callId: null });
  find('#tracks').replaceChildren();
  find('#controls').hidden = true;
}

/** An element for each track that is received, and for pictures a choice of size. */
function show(receiving, tracks) {
  const shown = receiving.getTransceivers().map(({ mid, receiver }) => {
    const placed = tracks.find((track) => track.mid === mid);
    if (!placed) return [];
    const known = document.getElementById(receiver.track.id);
    if (known) return [known];
    const figure = Object.assign(document.createElement('figure'), { id: receiver.track.id });
    const element = Object.assign(document.createElement(receiver.track.kind), {
      autoplay: true,
      playsInline: true,
      width: 480,
      srcObject: new MediaStream([receiver.track]),
    });
    figure.append(element, `${placed.source} of ${placed.user_id}`);
    if (placed.source === 'camera') figure.append(sizes(placed));
    return [figure];
  });
  find('#tracks').replaceChildren(...shown.flat());
}

function sizes({ user_id, source }) {
  const select = document.createElement('select');
  for (const layer of ['f', 'h', 'q', 'not at all']) select.append(new Option(layer));
  select.onchange = () => demo.emit('rtc_layer', { call_id: demo.callId, user_id, source, ...(select.value.length === 1 && { layer: select.value }) });
  return select;
}

async function rest(path, init = {}) {
  const headers = { 'content-type': 'application/json', ...(demo.token && { authorization: `Bearer ${demo.token}` }) };
  const response = await fetch(`/api/v1${path}`, { ...init, headers });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

find('#login').onsubmit = async (event) => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(event.target)));
  await demo.logIn((await rest('/auth/login', { method: 'POST', body })).access_token);
};

find('#dial').onsubmit = async (event) => {
  event.preventDefault();
  const target = event.target.target.value;
  const isRoom = /^[0-9a-f-]{36}$/.test(target);
  const { users } = isRoom ? {} : await rest(`/users?query=${encodeURIComponent(target)}`);
  const whom = isRoom ? { room_id: target } : { to: users.find((user) => user.username === target)?.user_id };
  await demo.enter('call_user', { ...whom, media: 'video', client_call_id: crypto.randomUUID() });
};

for (const button of document.querySelectorAll('[data-act]')) {
  button.onclick = async () => {
    const act = button.dataset.act;
    const call_id = act === 'leave_call' ? demo.callId : find('#incoming').dataset.call;
    if (act === 'answer_call') await demo.enter(act, { call_id });
    else await demo.emit(act, { call_id });
    if (act === 'leave_call') hangUp();
    find('#incoming').hidden = true;
  };
}

find('#controls').onchange = () => demo.media.send(checked());

// A token in the address logs in at once.
if (location.hash) void demo.logIn(location.hash.slice(1));
