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
