// Media units: the recorder, the detector of speech, the detector of machines, the media socket.

import { Emitter } from "./emitter.mjs";
import { RecorderEvents, WebSocketEvents } from "./names.mjs";

export class Recorder extends Emitter {
  url = null;
  stoppedAt = null;

  constructor(world, options) {
    super(world);
    this.options = options;
    world.recorders.push(this);
  }

  receives() {
    if (this.startedAt !== undefined) return;
    this.startedAt = this.world.clock.elapsed;
    if (this.world.recorderFault) {
      this.emitLater(20, RecorderEvents.RecorderError, { reason: "no storage" });
      return;
    }
    const number = this.world.recorders.indexOf(this) + 1;
    this.url = `https://storage-gw-us-01.voximplant.com/turn/${number}.mp3`;
    this.emitLater(30, RecorderEvents.Started, { recorder: this, url: this.url });
  }

  stop() {
    if (this.stoppedAt !== null) return;
    this.stoppedAt = this.world.clock.elapsed;
    if (!this.world.recorderStops || this.url === null) return;
    const duration = Math.round((this.stoppedAt - this.startedAt) / 100) / 10;
    this.emitLater(80, RecorderEvents.Stopped, { recorder: this, cost: "0.001", duration });
  }
}

export const VADEvents = { Result: "Silero.VADEvents.Result", Reset: "Silero.VADEvents.Reset", Error: "Silero.VADEvents.Error" };

/** Silero: the end of speech is told when the silence has lasted `minSilenceDurationMs`. */
export class Detector extends Emitter {
  isClosed = false;
  isSpeech = false;
  silence = null;

  constructor(world, parameters) {
    super(world);
    this.parameters = { minSilenceDurationMs: 300, threshold: 0.5, speechPadMs: 0, ...parameters };
    world.detectors.push(this);
  }

  receives() {}

  hears(what) {
    if (this.isClosed || this.isBroken) return;
    const seconds = this.world.clock.elapsed / 1000;
    if (what === "start") {
      this.world.clock.clear(this.silence);
      if (!this.isSpeech) this.emit(VADEvents.Result, { speechStartAt: seconds });
      this.isSpeech = true;
      return;
    }
    this.silence = this.world.clock.set(
      "platform",
      () => {
        if (this.isClosed || this.isBroken) return;
        this.isSpeech = false;
        this.emit(VADEvents.Result, { speechEndAt: seconds });
      },
      this.parameters.minSilenceDurationMs,
    );
  }

  /** The connector dies in the middle. */
  breaks() {
    this.isBroken = true;
    this.emit(VADEvents.Error, { reason: "connection lost" });
  }

  reset() {
    this.emit(VADEvents.Reset, {});
  }

  close() {
    this.isClosed = true;
  }
}

export const AMD_EVENTS = { DetectionComplete: "AMD.Events.DetectionComplete", DetectionError: "AMD.Events.DetectionError" };

export class MachineDetector extends Emitter {
  constructor(world, parameters) {
    super(world);
    if (!parameters?.model) throw new Error("AMD.create: no model");
    this.parameters = parameters;
  }

  connected(call) {
    const { machine } = this.world;
    if (!machine || this.hasTold || call.isIncoming) return;
    this.hasTold = true;
    const facts = { call, resultClass: machine.resultClass, resultSubtype: "NONE", confidence: 90 };
    this.emitLater(machine.after, machine.error ? AMD_EVENTS.DetectionError : AMD_EVENTS.DetectionComplete, machine.error ? { message: machine.error } : facts);
  }
}

/** The media socket. The other side is the test: `opens`, `receives text`, `plays`, `closes`. */
export class Socket extends Emitter {
  isOpen = false;
  isClosed = false;
  sent = [];
  cleared = 0;
  incoming = null;
  outgoing = null;

  constructor(world, url, parameters = {}) {
    super(world);
    this.url = url;
    this.parameters = parameters;
    world.sockets.push(this);
  }

  receives(call, options) {
    this.incoming = { call, options };
  }

  send(text) {
    if (!this.isOpen || this.isClosed) throw new Error("WebSocket.send: the socket is not open");
    if (typeof text !== "string") throw new TypeError("WebSocket.send: no text");
    this.sent.push(JSON.parse(text));
  }

  sendMediaTo(call, options = {}) {
    this.outgoing = { call, options };
    call.cut();
    call.receivesFrom = this;
  }

  stopMediaTo(call) {
    if (call.receivesFrom === this) call.receivesFrom = null;
    this.outgoing = null;
  }

  clearMediaBuffer() {
    this.cleared += 1;
  }

  close() {
    this.closedByScenario = true;
    this.isClosed = true;
  }

  // --- what the backend does

  opens() {
    this.isOpen = true;
    this.emit(WebSocketEvents.OPEN, { websocket: this });
  }

  tells(message) {
    this.emit(WebSocketEvents.MESSAGE, { websocket: this, text: typeof message === "string" ? message : JSON.stringify(message) });
  }

  /** Sound comes: told only where an encoding was agreed on that the platform plays. */
  plays() {
    if (this.incoming?.options.encoding) this.emit(WebSocketEvents.MEDIA_STARTED, { websocket: this, encoding: this.incoming.options.encoding });
  }

  pauses() {
    this.emit(WebSocketEvents.MEDIA_ENDED, { websocket: this });
  }

  closes(code = 1000) {
    this.isClosed = true;
    this.emit(WebSocketEvents.CLOSE, { websocket: this, code, reason: "", wasClean: code === 1000 });
  }

  fails() {
    this.emit(WebSocketEvents.ERROR, { websocket: this });
  }
}
