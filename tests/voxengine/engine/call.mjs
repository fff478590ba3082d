// A call: what a scenario can do with it, and what the person at its other end does.

import { Emitter } from "./emitter.mjs";
import { CallEvents } from "./names.mjs";

/** TTS text of one say() (VoxEngine, "Limits and restrictions"). */
const LONGEST_TEXT = 1500;
/** An unanswered call fails with 408. */
const RINGS_FOR = 60_000;

export class Call extends Emitter {
  #number;
  #id;
  state = "ringing";
  playback = null;
  connectedAt = null;
  recordUrl = null;
  handlesMic = false;
  handlesTones = false;
  sendsTo = new Set();
  receivesFrom = null;
  talkingSince = null;

  constructor(world, { number, callerid = "", incoming = false }) {
    super(world);
    this.#number = number;
    this.callerId = callerid;
    this.isIncoming = incoming;
    this.#id = `call-${world.calls.length + 1}`;
    world.calls.push(this);
    if (!incoming) this.timeout = world.clock.set("platform", () => this.fails(408, "No answer"), RINGS_FOR);
  }

  // --- what the scenario does

  id() {
    return this.#id;
  }

  number() {
    return this.#number;
  }

  callerid() {
    return this.callerId;
  }

  incoming() {
    return this.isIncoming;
  }

  answer() {
    if (this.state === "ringing") this.world.clock.set("platform", () => this.connects(), 20);
  }

  reject(code) {
    this.rejectedWith = code;
    this.ends(code, "rejected by the scenario");
  }

  hangup() {
    if (this.state === "connected") this.world.clock.set("platform", () => this.ends(200, "hangup by the scenario"), 20);
    if (this.state === "ringing") this.world.clock.set("platform", () => this.fails(487, "Cancelled"), 20);
  }

  say(text, options = {}) {
    if (this.state !== "connected") throw new Error("say: the call is not connected");
    const voice = options.voice ?? options.language;
    const error = text.length > LONGEST_TEXT ? "text is too long" : voice === undefined ? "no voice" : this.world.voiceFault?.(voice);
    const ms = this.world.speechMs(text);
    const entry = { at: this.world.clock.elapsed, text, voice, options, call: this, until: null, isCut: false };
    if (!error) this.world.said.push(entry);
    this.play(error ? 50 : ms, error, entry);
  }

  play(ms, error, entry) {
    this.cut();
    // one stream at a time: whatever was heard before is not heard any more
    this.receivesFrom = null;
    if (this.world.isPlaybackEndless) return;
    const timer = this.world.clock.set(
      "platform",
      () => {
        this.playback = null;
        if (entry) entry.until = this.world.clock.elapsed;
        this.emit(CallEvents.PlaybackFinished, error ? { call: this, error } : { call: this });
      },
      ms,
    );
    this.playback = { timer, entry };
    this.emitLater(10, CallEvents.PlaybackStarted, { call: this, duration: ms });
  }

  cut() {
    if (!this.playback) return;
    this.world.clock.clear(this.playback.timer);
    if (this.playback.entry) this.playback.entry.isCut = true;
    this.playback = null;
  }

  /** No PlaybackFinished comes after it. */
  stopPlayback() {
    this.cut();
  }

  playProgressTone(country) {
    this.cut();
    this.tone = country;
  }

  /** Runs to the end of the call: there is no stop. */
  record(options = {}) {
    this.recordOptions = options;
    this.recordUrl = `https://storage-gw-us-01.voximplant.com/record/${this.#id}.mp3`;
    this.emitLater(50, CallEvents.RecordStarted, { call: this, url: this.recordUrl });
  }

  sendMediaTo(unit, options = {}) {
    if (!unit) throw new TypeError("sendMediaTo: no unit");
    this.sendsTo.add(unit);
    unit.receives?.(this, options);
  }

  stopMediaTo(unit) {
    this.sendsTo.delete(unit);
  }

  handleMicStatus(handle) {
    this.handlesMic = handle;
  }

  handleTones(handle) {
    this.handlesTones = handle;
  }

  // --- what the person does

  connects() {
    if (this.state !== "ringing") return;
    this.state = "connected";
    this.connectedAt = this.world.clock.elapsed;
    this.world.clock.clear(this.timeout);
    this.emit(CallEvents.Connected, { call: this });
    this.parameters?.amd?.connected(this);
  }

  fails(code, reason) {
    if (this.state !== "ringing") return;
    this.state = "over";
    this.world.clock.clear(this.timeout);
    this.emit(CallEvents.Failed, { call: this, code, reason });
  }

  ends(internalCode = 200, reason = "hangup") {
    if (this.state === "over") return;
    const duration = this.connectedAt === null ? 0 : Math.round((this.world.clock.elapsed - this.connectedAt) / 1000);
    this.state = "over";
    this.cut();
    this.emit(CallEvents.Disconnected, { call: this, internalCode, reason, duration, cost: 0.02, direction: this.isIncoming ? "in" : "out" });
    // after Disconnected, as is documented
    if (this.recordUrl && this.world.recordStops) {
      this.emitLater(300, CallEvents.RecordStopped, { call: this, url: this.recordUrl, cost: "0.01", duration });
    }
  }

  hangsUp() {
    this.ends(200, "the client hung up");
  }

  /** Speaks for so long; what listens to the call hears it. */
  speaks(ms) {
    const began = this.world.clock.elapsed;
    this.talkingSince = began;
    const hearers = () => [...this.sendsTo].filter((unit) => unit.hears);
    hearers().forEach((unit) => unit.hears("start"));
    if (this.handlesMic) this.emit(CallEvents.MicStatusChange, { call: this, active: true });
    this.world.clock.set(
      "platform",
      () => {
        this.talkingSince = null;
        if (this.state === "over") return;
        hearers().forEach((unit) => unit.hears("stop"));
        if (this.handlesMic) this.emit(CallEvents.MicStatusChange, { call: this, active: false });
      },
      ms,
    );
  }

  dials(tone) {
    if (this.handlesTones) this.emit(CallEvents.ToneReceived, { call: this, tone });
  }
}
