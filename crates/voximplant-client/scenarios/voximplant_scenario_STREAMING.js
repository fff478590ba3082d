// A call by turns. Put together from scenarios/parts by assemble.mjs: change the parts.

// Words that the scenario says by itself, and its patience.

const WORDS = {
  filler: "Одну секунду.",
  patience: "Ещё секунду, пожалуйста.",
  apology: "Извините, у нас технические неполадки.",
  goodbye: "Мы свяжемся с вами позже. До свидания.",
  askAgain: ["Алло, вы меня слышите?", "Простите, вас не слышно. Вы на линии?"],
  silence: "К сожалению, вас не слышно. Мы перезвоним позже. До свидания.",
  repeat: "Извините, связь прервалась. Повторите, пожалуйста.",
  nobodyFree: "Сейчас все сотрудники заняты. Мы вам перезвоним. До свидания.",
};

// Milliseconds.
const TIMES = {
  pause: 2000, // of silence that ends what the client says
  noSpeech: 5000, // of silence after which the client is asked again
  longestTurn: 30000, // noise that never pauses must not hold the line
  filler: 1500, // after the pause: «Одну секунду»
  patience: 5000,
  apology: 8000, // the backend answers within it, or is dead
  welcome: 3000, // for the backend's greeting before the client is called
  retry: 1000, // between tries of one request; the backend answers a repeated turn with the same
  recorder: 3000, // for a recorder to stop
  tone: 1500, // in place of words that synthesis did not make
  recordStopped: 5000, // RecordStopped comes after Disconnected
  ring: 30000, // of an employee whom the client is handed to
  mediaOpen: 5000, // for the media socket to stand
  mediaSound: 8000, // for the first sound of the model
  lastRequests: 10000, // after the call, before the session is ended by force
  longestCall: 3600000,
};

// A text of synthesis is 1500 letters at most (VoxEngine, "Limits and restrictions").
const LONGEST_SPEECH = 1400;
// Texts in a row that synthesis did not make: a robot that cannot speak hangs up.
const MOST_UNSAID = 2;
// Parts of one answer that are asked for by next_url.
const MOST_PARTS = 30;

// Thrown out of whatever waits when the call is over.
class CallOver extends Error {}

/** Loads modules; one that this VoxEngine has built in (WebSocket) or lacks is passed over. */
function load(...names) {
  for (const name of names) {
    if (Modules[name] !== undefined) require(Modules[name]);
  }
}

// The backend: requests with the shared secret, each bounded in time and never thrown out of.
//
// VoxEngine allows 3 requests at once and 35 in all (more throw), so events go one after another,
// and turns beside them. Net.httpRequestAsync resolves on every status; code <= 0 is its own trouble.

class Backend {
  constructor(base, secret) {
    this.base = base.replace(/\/+$/, "");
    this.secret = secret;
    /** @type {Promise<any>} */
    this.line = Promise.resolve();
    this.failures = 0;
  }

  get isKnown() {
    return /^https?:\/\/[^\s/]+/.test(this.base) && this.secret !== "";
  }

  /** The media socket's address. */
  socketUrl(callId) {
    return `${this.base.replace(/^http/, "ws")}/voximplant/media/${encodeURIComponent(callId)}`;
  }

  /** One request: `{ code, body }`; `code` 0 and below when no answer came. */
  async request(method, url, body, seconds) {
    try {
      const answer = await Net.httpRequestAsync(url, {
        method,
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.secret}` },
        postData: body === null ? undefined : JSON.stringify(body),
        timeout: seconds,
        connectionTimeout: Math.min(seconds, 5),
      });
      let json = null;
      try {
        json = JSON.parse(answer.text || "null");
      } catch (error) {
        Logger.write(`backend: an answer that is no JSON (code ${answer.code})`);
      }
      return { code: answer.code, body: json && typeof json === "object" ? json : null };
    } catch (error) {
      Logger.write(`backend: ${error}`);
      return { code: 0, body: null };
    }
  }

  /**
   * Asks until an answer comes or `lastMs` have passed; `null` then, and at once when the backend
   * refuses for good. `isOver` stops it when the call has ended.
   */
  async persist(method, url, body, lastMs, isOver) {
    const until = Date.now() + lastMs;
    for (let tries = 1; !isOver(); tries += 1) {
      const left = Math.max(1, Math.ceil((until - Date.now()) / 1000));
      const { code, body: answer } = await this.request(method, url, body, Math.min(left, 12));
      if (code >= 200 && code <= 299 && answer) return answer;
      this.failures += 1;
      Logger.write(`backend: try ${tries} of ${method} ended with code ${code}`);
      const isFinal = code >= 400 && code <= 499 && ![408, 425, 429].includes(code);
      if (isFinal || Date.now() + TIMES.retry >= until) return null;
      await new Promise((resume) => setTimeout(() => resume(null), TIMES.retry));
    }
    return null;
  }

  turn(body, lastMs, isOver) {
    return this.persist("POST", `${this.base}/voximplant/process_audio`, body, lastMs, isOver);
  }

  /** The rest of an answer. The secret goes to the backend alone, so a foreign address is not asked. */
  rest(url, lastMs, isOver) {
    if (typeof url !== "string" || !url.startsWith(`${this.base}/`)) {
      Logger.write("backend: next_url is not on the backend");
      return Promise.resolve(null);
    }
    return this.persist("GET", url, null, lastMs, isOver);
  }

  started(body, lastMs, isOver) {
    return this.persist("POST", `${this.base}/voximplant/events`, { event: "started", ...body }, lastMs, isOver);
  }

  /** Tells an event, after those before it. Resolves with the answer or `null`. */
  tell(event, body) {
    const url = `${this.base}/voximplant/events`;
    const send = async () => {
      const first = await this.request("POST", url, { event, ...body }, 5);
      if (first.code >= 200 && first.code <= 499) return first.body;
      const second = await this.request("POST", url, { event, ...body }, 5);
      return second.body;
    };
    this.line = this.line.then(send, send);
    return this.line;
  }
}

/** An answer of the backend, whatever came: bounded, and with an action that is known. */
function readAnswer(body) {
  const text = typeof body.text === "string" ? body.text.slice(0, 8000).trim() : "";
  const action = ["say", "hangup", "transfer"].includes(body.action) ? body.action : "say";
  const number = typeof body.transfer_to === "string" ? body.transfer_to.replace(/[^\d+]/g, "") : "";
  const transferTo = /^\+?\d{5,15}$/.test(number) ? number : null;
  const nextUrl = typeof body.next_url === "string" && body.next_url !== "" ? body.next_url : null;
  return { text, action, transferTo, nextUrl };
}

// The mouth: one utterance after another, each with an end that surely comes.
//
// CallEvents.PlaybackFinished ends an utterance. It does not come after stopPlayback, and a call
// receives one stream at a time: a second say() cuts the first. So utterances stand in a line.

/** `Yandex.Neural.ru_RU_alena` of VoiceList; an unknown one gives the default. */
function voiceNamed(name) {
  const own = (place, part) => (place && Object.hasOwn(place, part) ? place[part] : undefined);
  const find = (path) => path.split(".").reduce(own, VoiceList);
  const plain = typeof name === "string" && /^(\w+\.)+[a-z]{2}_[A-Z]{2}_\w+$/.test(name) ? name : "";
  let voice;
  try {
    voice = plain === "" ? undefined : find(plain);
  } catch (error) {
    voice = undefined;
  }
  return voice || VoiceList.Yandex.Neural.ru_RU_alena;
}

/** Pieces that synthesis takes, cut between sentences where it can. */
function pieces(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST_SPEECH) {
    const head = rest.slice(0, LONGEST_SPEECH);
    const sentence = Math.max(head.lastIndexOf(". "), head.lastIndexOf("? "), head.lastIndexOf("! "));
    const cut = sentence > 0 ? sentence + 1 : head.lastIndexOf(" ") > 0 ? head.lastIndexOf(" ") : LONGEST_SPEECH;
    parts.push(rest.slice(0, cut).trim());
    rest = rest.slice(cut).trim();
  }
  if (rest !== "") parts.push(rest);
  return parts;
}

class Mouth {
  constructor(call) {
    this.call = call;
    this.voice = voiceNamed("");
    this.line = Promise.resolve();
    this.finish = null;
    this.isShut = false;
    this.unsaid = 0; // texts in a row that no voice could say
    call.addEventListener(CallEvents.PlaybackFinished, (event) => {
      if (event.error) Logger.write(`synthesis: ${event.error}`);
      if (this.finish) this.finish(!event.error);
    });
  }

  useVoice(name) {
    this.voice = voiceNamed(name);
  }

  /** Says a text after those before it; resolves when it is said. */
  say(text) {
    for (const piece of pieces(text)) {
      this.line = this.line.then(() => this.speak(piece));
    }
    return this.line;
  }

  async speak(text) {
    if (this.isShut) return;
    // the persona's voice may be gone; the default one is better than silence
    const isSaid = (await this.play(text, this.voice)) || this.isShut || (await this.play(text, voiceNamed("")));
    this.unsaid = isSaid ? 0 : this.unsaid + 1;
    if (!isSaid) await this.tone();
    if (this.unsaid === MOST_UNSAID) this.call.hangup();
  }

  /** In place of words that synthesis did not make: silence would be taken for a lost line. */
  async tone() {
    if (this.isShut) return;
    await this.sound(TIMES.tone, () => this.call.playProgressTone("RU"));
    if (!this.isShut) this.call.stopPlayback();
  }

  play(text, voice) {
    // `voice` in today's typings, `language` in older pages of the documentation
    const options = { voice, language: voice, progressivePlayback: true };
    // twice the slowest speech: without PlaybackFinished the call must go on all the same
    return this.sound(5000 + text.length * 150, () => this.call.say(text, options));
  }

  /** Ends with the sound, or after `longest` ms; resolves to whether it was made. */
  sound(longest, begin) {
    return new Promise((resolve) => {
      const guard = setTimeout(() => this.finish && this.finish(true), longest);
      this.finish = (isGood) => {
        this.finish = null;
        clearTimeout(guard);
        resolve(isGood);
      };
      try {
        begin();
      } catch (error) {
        Logger.write(`synthesis: ${error}`);
        this.finish(false);
      }
    });
  }

  /** Cuts what is being said and what was to be said. */
  hush() {
    if (!this.finish) return;
    this.call.stopPlayback();
    this.finish(true);
  }

  shut() {
    this.isShut = true;
    if (this.finish) this.finish(true);
  }
}

// The ear: when the client begins to speak, and the pause of two seconds that ends it.
//
// Silero's pause is a parameter (VADEvents.Result: speechStartAt, speechEndAt). Where the module
// fails, MicStatusChange with a timer of our own takes its place in the middle of the call.

class Ear {
  constructor(call) {
    this.call = call;
    this.isTalking = false;
    this.turn = null;
    this.quiet = null;
    this.vad = null;
    this.usesMicStatus = false;
    this.isShut = false;
  }

  async open() {
    try {
      const vad = await Silero.createVAD({ minSilenceDurationMs: TIMES.pause, threshold: 0.5, speechPadMs: 0 });
      if (this.isShut) {
        vad.close();
        return;
      }
      this.vad = vad;
      vad.addEventListener(Silero.VADEvents.Result, (event) => {
        if (this.usesMicStatus) return;
        if (event.speechStartAt !== undefined && event.speechStartAt !== null) this.begins();
        if (event.speechEndAt !== undefined && event.speechEndAt !== null) this.pauses();
      });
      vad.addEventListener(Silero.VADEvents.Error, () => this.fallBack("the detector of speech failed"));
      this.call.sendMediaTo(vad);
    } catch (error) {
      this.fallBack(error);
    }
  }

  fallBack(why) {
    if (this.usesMicStatus || this.isShut) return;
    Logger.write(`ear: ${why}; microphone status takes its place`);
    this.usesMicStatus = true;
    // it never told the end of what is being said. Any word of the microphone replaces this timer; if
    // none comes, the client has fallen silent already
    if (this.isTalking) this.quiet = setTimeout(() => this.pauses(), 2 * TIMES.pause);
    this.call.addEventListener(CallEvents.MicStatusChange, (event) => {
      clearTimeout(this.quiet);
      if (event.active) this.begins();
      else this.quiet = setTimeout(() => this.pauses(), TIMES.pause);
    });
    this.call.handleMicStatus(true);
  }

  begins() {
    this.isTalking = true;
    if (this.turn) this.turn.begins();
  }

  pauses() {
    this.isTalking = false;
    if (this.turn) this.turn.pauses();
  }

  /**
   * Waits for one thing said: `pause` after it, `silence` when nothing was, `longest` when it does not
   * end. Speech that began before counts.
   */
  hear() {
    return new Promise((resolve) => {
      let hasSpoken = this.isTalking;
      const settle = (how) => {
        this.turn = null;
        clearTimeout(noSpeech);
        clearTimeout(longest);
        resolve(how);
      };
      const noSpeech = setTimeout(() => {
        if (!hasSpoken) settle("silence");
      }, TIMES.noSpeech);
      const longest = setTimeout(() => settle("longest"), TIMES.longestTurn);
      this.turn = {
        begins: () => {
          hasSpoken = true;
        },
        // the end of something said before we listened is no turn
        pauses: () => {
          if (hasSpoken) settle("pause");
        },
        shut: () => settle("silence"),
      };
    });
  }

  shut() {
    this.isShut = true;
    clearTimeout(this.quiet);
    if (this.turn) this.turn.shut();
    if (this.vad) this.vad.close();
    this.vad = null;
  }
}

// The session: who is called or has called, the recording of the whole call, and its end.
//
// Disconnected does not end a session (terminate does), and call.record has no stop: RecordStopped
// comes after Disconnected. After AppEvents.Terminating no timer runs and one request goes out.

/** `turns|CALL_ID|+7…`, `realtime|CALL_ID|+7…`; `null` when it is malformed, `{ isInbound }` when empty. */
function readCustomData(text) {
  const data = (text || "").trim();
  if (data === "") return { isInbound: true, mode: null, callId: null, phone: null };
  const [mode, callId, phone, ...more] = data.split("|");
  const isGood =
    more.length === 0 &&
    ["turns", "realtime"].includes(mode) &&
    /^[\w-]{1,64}$/.test(callId || "") &&
    /^\+\d{7,15}$/.test(phone || "");
  return isGood ? { isInbound: false, mode, callId, phone } : null;
}

function secret(name) {
  const value = VoxEngine.getSecretValue(name);
  return typeof value === "string" ? value.trim() : "";
}

class Session {
  /** `converse(session)` holds the dialogue once the call stands. */
  constructor(converse) {
    this.converse = converse;
    this.backend = new Backend(secret("zvonar_backend_url"), secret("zvonar_backend_secret"));
    this.callerId = secret("zvonar_caller_id");
    this.data = readCustomData(VoxEngine.customData());
    this.callId = this.data ? this.data.callId : null;
    this.call = null;
    this.mouth = null;
    this.ear = null;
    this.recorder = null;
    this.other = null;
    this.welcome = Promise.resolve(null);
    this.address = "";
    this.recordUrl = null;
    this.hasAnswered = false;
    this.fallbackId = null;
    this.isOver = false;
    this.isCancelled = false;
    this.hasMetMachine = false;
    this.wasTransferred = false;
    this.endTold = false;
    this.recordEvent = null;
    this.recordedTold = null;
    this.waiting = new Set();
    this.closing = [];
    this.learned = null;
    this.longest = null;
  }

  run() {
    VoxEngine.addEventListener(AppEvents.Started, (event) => this.begin(event));
    VoxEngine.addEventListener(AppEvents.CallAlerting, (event) => this.takeIn(event));
    VoxEngine.addEventListener(AppEvents.HttpRequest, (event) => this.obey(event.content));
    VoxEngine.addEventListener(AppEvents.Terminating, () => this.lastWord());
  }

  begin(event) {
    this.address = event.accessSecureURL || "";
    const fault = this.data === null ? "custom data is malformed" : this.backend.isKnown ? null : "the secrets are not set";
    if (fault) {
      Logger.write(`session: ${fault}`);
      // a call that comes in is declined by takeIn
      if (this.data === null || !this.data.isInbound) VoxEngine.terminate();
      return;
    }
    this.fallbackId = `vox-${event.sessionId}`;
    if (this.data.isInbound) return;
    this.dial().catch((error) => {
      Logger.write(`session: ${error}`);
      VoxEngine.terminate();
    });
  }

  /**
   * The backend is asked first: nobody is rung only to be told that nothing works. One that is merely
   * slow delays the call by three seconds; one that fails, until it answers or is given up.
   */
  async dial() {
    const { callId, phone } = this.data;
    const body = { call_id: callId, direction: "out", phone, session_url: this.address };
    this.welcome = this.backend.started(body, 12000, () => this.isOver);
    const slow = new Promise((resolve) => setTimeout(() => resolve("slow"), TIMES.welcome));
    const early = await Promise.race([this.welcome, slow]);
    const isDead = early === "slow" ? this.backend.failures > 0 && (await this.welcome) === null : early === null;
    if (isDead || this.isCancelled) {
      Logger.write(this.isCancelled ? "session: cancelled" : "session: the backend does not answer; nobody is called");
      VoxEngine.terminate();
      return;
    }
    this.attach(VoxEngine.callPSTN(phone, this.callerId, this.detector()));
  }

  /** `{ amd }`, or nothing where the module is not to be had. */
  detector() {
    try {
      const amd = AMD.create({ model: AMD.Model.RU, timeout: 6500 });
      amd.addEventListener(AMD.Events.DetectionComplete, (event) => {
        // TIMEOUT and errors are taken for a person
        if (event.resultClass === AMD.ResultClass.VOICEMAIL) this.meetMachine(event.confidence);
      });
      amd.addEventListener(AMD.Events.DetectionError, (event) => Logger.write(`machine detection: ${event.message}`));
      return { amd };
    } catch (error) {
      Logger.write(`machine detection: ${error}`);
      return {};
    }
  }

  takeIn(event) {
    if (this.call) {
      event.call.reject(486);
      return;
    }
    if (!this.backend.isKnown) {
      event.call.reject(503);
      VoxEngine.terminate();
      return;
    }
    this.attach(event.call);
    const body = { direction: "in", phone: event.callerid, to: event.destination, session_url: this.address };
    this.welcome = this.backend.started(body, 12000, () => this.isOver);
    event.call.answer();
  }

  attach(call) {
    this.call = call;
    call.addEventListener(CallEvents.Connected, () => this.connected());
    call.addEventListener(CallEvents.RecordStarted, (event) => {
      this.recordUrl = event.url;
    });
    call.addEventListener(CallEvents.RecordStopped, (event) => this.recorded(event));
    call.addEventListener(CallEvents.Failed, (event) => this.end("failed", { code: event.code, reason: event.reason }));
    call.addEventListener(CallEvents.Disconnected, (event) =>
      this.end("ended", {
        code: event.internalCode,
        reason: event.reason,
        duration: event.duration,
        cost: event.cost,
        transferred: this.wasTransferred,
      }),
    );
  }

  async connected() {
    if (this.hasAnswered || this.isOver) return;
    this.hasAnswered = true;
    this.mouth = new Mouth(this.call);
    this.ear = new Ear(this.call);
    this.longest = setTimeout(() => this.call.hangup(), TIMES.longestCall);
    // the client's voice to the right, ours to the left: the backend is told so it need not be guessed
    this.call.record({ stereo: true });
    try {
      this.learned = this.learn();
      await this.converse(this);
    } catch (error) {
      if (error instanceof CallOver || this.isOver) return;
      Logger.write(`session: ${error && error.stack ? error.stack : error}`);
      await this.farewell(`${WORDS.apology} ${WORDS.goodbye}`).catch(() => {});
    }
  }

  /** What the backend told at the start: the id of a call that came in, and the persona's voice. */
  async learn() {
    const answer = await this.welcome;
    const told = answer && typeof answer.call_id === "string" ? answer.call_id : null;
    // an unknown id opens a dialogue at the backend: without one of its own the call still has one
    if (this.callId === null) this.callId = told === null ? this.fallbackId : told;
    if (answer) this.mouth.useVoice(answer.voice);
    if (!this.isOver) this.backend.tell("answered", { call_id: this.callId });
  }

  // --- waiting: whatever is waited for ends with the call

  /** The promise, or CallOver when the call ends before it. */
  until(promise) {
    if (this.isOver) return Promise.reject(new CallOver());
    let leave = null;
    const over = new Promise((resolve, reject) => {
      leave = () => reject(new CallOver());
      this.waiting.add(leave);
    });
    return Promise.race([promise, over]).finally(() => this.waiting.delete(leave));
  }

  /** The promise's value, or `undefined` after so many milliseconds. */
  within(promise, ms) {
    let timer = null;
    const late = new Promise((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.max(0, ms));
    });
    return this.until(Promise.race([promise, late])).finally(() => clearTimeout(timer));
  }

  say(text) {
    return this.until(this.mouth.say(text));
  }

  async farewell(text) {
    if (text) await this.say(text);
    this.call.hangup();
    // Disconnected throws CallOver into this
    await this.until(new Promise(() => {}));
  }

  // --- what comes from outside

  /** A command of the backend, sent to the session's address. */
  obey(content) {
    let command = null;
    try {
      command = JSON.parse(content);
    } catch (error) {
      Logger.write("session: a command that is no JSON");
    }
    if (!command || typeof command !== "object") return;
    if (command.command !== "hangup" || this.isOver) return;
    this.isCancelled = true;
    if (this.call) this.call.hangup();
  }

  /** A machine took the call: a message if the backend wants one, else goodbye without a word. */
  async meetMachine(confidence) {
    if (this.isOver || this.hasMetMachine) return;
    this.hasMetMachine = true;
    const telling = this.backend.tell("machine", { call_id: this.callId, confidence });
    try {
      // the dialogue that has begun ends here
      this.dropWaiting();
      this.closeAll();
      if (this.mouth) this.mouth.hush();
      const answer = await this.within(telling, 3000);
      const read = answer ? readAnswer(answer) : null;
      await this.farewell(read && read.action !== "transfer" ? read.text : "");
    } catch (error) {
      if (!(error instanceof CallOver)) Logger.write(`session: ${error}`);
    }
  }

  closeAll() {
    this.closing.splice(0).forEach((close) => close());
    if (this.recorder) this.recorder.stop();
    this.recorder = null;
  }

  dropWaiting() {
    const waiting = [...this.waiting];
    this.waiting.clear();
    waiting.forEach((leave) => leave());
  }

  // --- the end

  /** Connects the client with an employee; resolves when one of them hangs up, `false` when none answered. */
  transfer(number) {
    const other = VoxEngine.callPSTN(number, this.callerId);
    this.other = other;
    this.call.playProgressTone("RU");
    return this.until(
      new Promise((resolve) => {
        const ring = setTimeout(() => other.hangup(), TIMES.ring);
        other.addEventListener(CallEvents.Connected, () => {
          clearTimeout(ring);
          this.wasTransferred = true;
          VoxEngine.sendMediaBetween(this.call, other);
        });
        const gone = () => {
          clearTimeout(ring);
          this.other = null;
          resolve(this.wasTransferred);
        };
        other.addEventListener(CallEvents.Failed, gone);
        other.addEventListener(CallEvents.Disconnected, gone);
        this.closing.push(() => {
          clearTimeout(ring);
          if (this.other) other.hangup();
        });
      }),
    );
  }

  end(event, facts) {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.longest);
    this.closeAll();
    if (this.ear) this.ear.shut();
    if (this.mouth) this.mouth.shut();
    this.dropWaiting();
    this.endTold = true;
    const told = this.backend.tell(event, { call_id: this.callId, ...facts });
    const isRecorded = this.hasAnswered && (this.recordUrl !== null || event === "ended");
    const sound = isRecorded ? this.untilRecorded() : Promise.resolve();
    const force = setTimeout(() => VoxEngine.terminate(), TIMES.lastRequests + TIMES.recordStopped);
    Promise.all([told, sound]).then(() => {
      clearTimeout(force);
      VoxEngine.terminate();
    });
  }

  /** RecordStopped, or what is known of the recording when it does not come. */
  untilRecorded() {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.recorded({ url: this.recordUrl }), TIMES.recordStopped);
      this.recordedTold = (promise) => {
        clearTimeout(late);
        resolve(promise);
      };
      if (this.recordEvent) this.recorded(this.recordEvent);
    });
  }

  recorded(event) {
    if (!this.recordedTold) {
      // before Disconnected: kept until the end is told
      this.recordEvent = event;
      return;
    }
    const told = this.recordedTold;
    this.recordedTold = null;
    const url = event.url || this.recordUrl;
    if (!url) {
      told(null);
      return;
    }
    const layout = { client: "right", agent: "left" };
    told(this.backend.tell("recorded", { call_id: this.callId, url, duration: event.duration, cost: event.cost, stereo: true, channels: layout }));
  }

  /** The platform ends the session by itself: the one request that is left tells the end. */
  lastWord() {
    if (this.endTold || !this.call) return;
    this.endTold = true;
    this.isOver = true;
    this.backend.request("POST", `${this.backend.base}/voximplant/events`, { event: "ended", call_id: this.callId, reason: "terminated" }, 5);
  }
}

// The dialogue by turns: greeting, then what the client says until a pause, the backend's answer, and on.

/** Waits for an answer; says fillers meanwhile, so that the client is never left in silence. `null`: dead. */
async function patiently(session, asked) {
  const since = Date.now();
  const steps = [
    { at: TIMES.filler, words: WORDS.filler },
    { at: TIMES.patience, words: WORDS.patience },
    { at: TIMES.apology, words: WORDS.apology },
  ];
  for (const { at, words } of steps) {
    const answer = await session.within(asked, since + at - Date.now());
    if (answer === null) {
      // refused for good: there is nothing to wait for
      if (words !== WORDS.apology) await session.say(WORDS.apology);
      return null;
    }
    if (answer) return answer;
    await session.say(words);
  }
  // it may have come while the apology was said
  const late = await session.within(asked, 0);
  return late || null;
}

/** Records one thing that the client says: `{ url, duration }`, or `null` for silence. */
async function listen(session, turn) {
  const recorder = VoxEngine.createRecorder({ name: `${session.callId}-${turn}` });
  session.recorder = recorder;
  let url = null;
  let stop = null;
  const stopped = new Promise((resolve) => {
    stop = resolve;
  });
  recorder.addEventListener(RecorderEvents.Started, (event) => {
    url = event.url;
  });
  recorder.addEventListener(RecorderEvents.Stopped, (event) => stop(event.duration));
  recorder.addEventListener(RecorderEvents.RecorderError, () => stop(null));
  const since = Date.now();
  session.call.sendMediaTo(recorder);
  const how = await session.until(session.ear.hear());
  session.recorder = null;
  recorder.stop();
  if (how === "silence") return null;
  const told = await session.within(stopped, TIMES.recorder);
  if (url === null) return null;
  return { url, duration: typeof told === "number" ? told : (Date.now() - since) / 1000 };
}

/** Says an answer and the rest of it; gives its last part, or `null` when the rest never came. */
async function speak(session, first) {
  let part = readAnswer(first);
  for (let parts = 1; ; parts += 1) {
    const isMore = part.nextUrl !== null && parts < MOST_PARTS;
    // asked for while the beginning is being said
    const rest = isMore ? session.backend.rest(part.nextUrl, TIMES.apology + 4000, () => session.isOver) : null;
    if (part.text !== "") await session.say(part.text);
    if (rest === null) return part;
    const more = await patiently(session, rest);
    if (more === null) return null;
    part = readAnswer(more);
  }
}

/** Does what an answer's action says; comes back when the dialogue goes on. */
async function act(session, part) {
  if (part === null) await session.farewell(WORDS.goodbye);
  if (part.action === "hangup") await session.farewell("");
  if (part.action === "transfer") {
    const wasHeard = part.transferTo !== null && (await session.transfer(part.transferTo));
    await session.farewell(wasHeard ? "" : WORDS.nobodyFree);
  }
}

async function holdByTurns(session, opener) {
  const opening = session.ear.open();
  if (opener) await session.say(opener);
  await session.until(opening);
  let silences = 0;
  for (let turn = 1; ; ) {
    const heard = await listen(session, turn);
    if (heard === null) {
      const again = WORDS.askAgain[silences];
      silences += 1;
      if (again === undefined) await session.farewell(WORDS.silence);
      await session.say(again);
      continue;
    }
    silences = 0;
    const body = { call_id: session.callId, audio_url: heard.url, duration: heard.duration, turn };
    const asked = session.backend.turn(body, TIMES.apology + 4000, () => session.isOver);
    const answer = await patiently(session, asked);
    turn += 1;
    await act(session, answer === null ? null : await speak(session, answer));
  }
}

/** The greeting of the backend; without one there is nothing to talk about. */
async function greeting(session) {
  const answer = await patiently(session, session.welcome);
  if (answer === null) await session.farewell(WORDS.goodbye);
  await session.learned;
  return typeof answer.greeting === "string" ? answer.greeting : "";
}

// By turns from the first word to the last.

load("Recorder", "Silero", "AMD");

new Session(async (session) => holdByTurns(session, await greeting(session))).run();
