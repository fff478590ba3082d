// A VoxEngine session: the documented globals around a scenario, in virtual time.
// Sources: voximplant.com docs ("Limits and restrictions", class references) and Voximplant's typings.

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import vm from "node:vm";

import { Call } from "./call.mjs";
import { Clock, settle } from "./clock.mjs";
import { Emitter } from "./emitter.mjs";
import * as names from "./names.mjs";
import { Net } from "./net.mjs";
import { AMD_EVENTS, Detector, MachineDetector, Recorder, Socket, VADEvents } from "./units.mjs";

const FILES = new URL("../../../crates/voximplant-client/scenarios/", import.meta.url);
/** A session without calls is ended. */
const WITHOUT_CALLS = 60_000;

export const CALL = "0190b6f0-7c11-7bd1-9c3a-2f6f3d0a5e11";
export const PHONE = "+79161234567";
export const BASE = "https://calls.example.ru";
export const SECRET = "s3cret-of-both";
export const SECRETS = { zvonar_backend_url: `${BASE}/`, zvonar_backend_secret: SECRET, zvonar_caller_id: "+74950001200" };

export class World {
  clock = new Clock();
  calls = [];
  said = [];
  recorders = [];
  detectors = [];
  sockets = [];
  requests = [];
  log = [];
  crashes = [];
  modules = new Set();
  isTerminating = false;
  isTerminated = false;
  requestsAfterTerminating = 0;
  recordStops = true;
  recorderStops = true;
  acceptsSockets = false;
  amd = null;

  constructor(options) {
    this.options = options;
    this.backend = options.backend;
    this.machine = options.machine ?? null;
    this.sileroWorks = options.sileroWorks ?? true;
    this.amdWorks = options.amdWorks ?? true;
    this.recorderFault = options.recorderFault ?? false;
    this.voiceFault = options.voiceFault ?? null;
    this.isPlaybackEndless = options.isPlaybackEndless ?? false;
    this.answersAfter = options.answersAfter === undefined ? 3000 : options.answersAfter;
    this.net = new Net(this);
    this.app = new Emitter(this);
  }

  /** Loads a scenario (`STREAMING` or `AI_BRIDGE`) and starts the session. */
  static async start(scenario, options) {
    const world = new World({ customData: `turns|${CALL}|${PHONE}`, secrets: SECRETS, ...options });
    const file = `voximplant_scenario_${scenario}.js`;
    const context = vm.createContext(world.globals());
    vm.runInContext(readFileSync(new URL(file, FILES), "utf8"), context, { filename: file });
    world.app.emit(names.AppEvents.Started, {
      accessURL: "http://203.0.113.7:12092/request/S/T",
      accessSecureURL: "https://www-us-01-7.voximplant.com:12093/request/S/T",
      sessionId: 4_000_000_001,
    });
    world.#watchForCalls();
    await settle();
    return world;
  }

  globals() {
    const { clock } = this;
    const world = this;
    return {
      ...names,
      setTimeout: (callback, ms) => clock.set("scenario", callback, ms),
      clearTimeout: (id) => clock.clear(id),
      setInterval: (callback, ms) => clock.set("scenario", callback, ms, Math.max(100, ms)),
      clearInterval: (id) => clock.clear(id),
      Date: clock.dateClass(Date),
      require: (module) => {
        if (!Object.values(names.Modules).includes(module)) throw new Error(`require: no module ${module}`);
        world.modules.add(module);
      },
      Logger: {
        write: (message) => {
          if (String(message).length > 15_000) throw new Error("Logger.write: too long");
          world.log.push(String(message));
        },
      },
      Net: { httpRequestAsync: (url, options) => world.net.request(url, options) },
      Crypto: { hmac_sha256: (key, data) => createHmac("sha256", key).update(data).digest("hex") },
      Silero: {
        VADEvents,
        createVAD: async (parameters) => {
          world.needs("silero");
          if (!world.sileroWorks) throw new Error("the connector is not available");
          return new Detector(world, parameters);
        },
      },
      AMD: {
        Events: AMD_EVENTS,
        Model: { RU: "ru" },
        ResultClass: { VOICEMAIL: "VOICEMAIL", HUMAN: "HUMAN", TIMEOUT: "TIMEOUT", CALL_ENDED: "CALL_ENDED" },
        create: (parameters) => {
          world.needs("amd");
          if (!world.amdWorks) throw new Error("AMD.create: call is required");
          world.amd = new MachineDetector(world, parameters);
          return world.amd;
        },
      },
      VoxEngine: this.voxEngine(),
    };
  }

  voxEngine() {
    const world = this;
    return {
      addEventListener: (event, callback) => world.app.addEventListener(event, callback),
      removeEventListener: (event, callback) => world.app.removeEventListener(event, callback),
      customData: () => world.options.customData,
      getSecretValue: (name) => world.options.secrets[name],
      callPSTN: (number, callerid, parameters = {}) => {
        const call = new Call(world, { number, callerid });
        call.parameters = parameters;
        const after = typeof world.answersAfter === "function" ? world.answersAfter(number) : world.answersAfter;
        if (after !== null) world.clock.set("platform", () => call.connects(), after);
        return call;
      },
      createRecorder: (options) => {
        world.needs("recorder");
        return new Recorder(world, options);
      },
      createWebSocket: (url, parameters) => {
        world.needs("websocket");
        if (!/^wss?:\/\//.test(url)) throw new Error("createWebSocket: no ws address");
        const socket = new Socket(world, url, parameters);
        world.options.onSocket?.(socket);
        return socket;
      },
      allowWebSocketConnections: () => {
        world.acceptsSockets = true;
      },
      sendMediaBetween: (one, other) => {
        one.sendsTo.add(other);
        other.sendsTo.add(one);
        world.bridged = [one, other];
      },
      terminate: () => world.terminate(),
    };
  }

  needs(module) {
    if (!this.modules.has(module)) throw new Error(`the module ${module} is not required`);
  }

  crash(error) {
    // a handler that throws ends the session: "JS session error"
    this.crashes.push(error);
    this.terminate();
  }

  terminate() {
    if (this.isTerminating) return;
    this.isTerminating = true;
    this.clock.scenarioTimersRun = false;
    this.app.emit(names.AppEvents.Terminating, {});
    this.terminatedAt = this.clock.elapsed;
    this.clock.set(
      "platform",
      () => {
        this.isTerminated = true;
      },
      0,
    );
  }

  #watchForCalls() {
    this.clock.set(
      "platform",
      () => {
        const isEmpty = this.calls.every((call) => call.state === "over");
        this.emptySince = isEmpty ? (this.emptySince ?? this.clock.elapsed) : undefined;
        if (isEmpty && this.clock.elapsed - this.emptySince >= WITHOUT_CALLS) this.terminate();
      },
      1000,
      1000,
    );
  }

  // --- for tests

  advance(ms) {
    return this.clock.advance(ms);
  }

  /** Time passes until the condition holds; fails after a minute. */
  async until(what, condition, ms = 60_000) {
    const last = this.clock.elapsed + ms;
    while (!condition()) {
      if (this.clock.elapsed >= last) throw new Error(`it never came: ${what}\n${this.story()}`);
      await this.advance(10);
    }
  }

  /** How long a text is spoken, ms. */
  speechMs(text) {
    return 300 + text.length * 50;
  }

  get call() {
    return this.calls[0];
  }

  /** What was said, in turn. */
  get words() {
    return this.said.map((entry) => entry.text);
  }

  requestsTo(path) {
    return this.requests.filter((request) => request.path === path);
  }

  get turns() {
    return this.requestsTo("/voximplant/process_audio");
  }

  /** Events told to the backend; a name gives those of that name. */
  events(name) {
    const all = this.requestsTo("/voximplant/events").map((request) => request.body);
    return name === undefined ? all.map((body) => body.event) : all.filter((body) => body.event === name);
  }

  /** Somebody calls in. */
  ring(callerid = PHONE, destination = "74950001200") {
    const call = new Call(this, { number: destination, callerid, incoming: true });
    this.app.emit(names.AppEvents.CallAlerting, { call, callerid, destination, headers: {} });
    return call;
  }

  /** The backend commands the session. */
  command(content) {
    this.app.emit(names.AppEvents.HttpRequest, { method: "POST", path: "/", content, headers: [] });
  }

  /** The backend dials the session's media address. */
  socketComes(headers) {
    if (!this.acceptsSockets) return null;
    const socket = new Socket(this, "https://www-us-01-7.voximplant.com:12093/request/S/T");
    socket.isOpen = true;
    this.app.emit(names.AppEvents.WebSocket, { websocket: socket, path: "/", headers });
    return socket;
  }

  story() {
    return JSON.stringify({ at: this.clock.elapsed, words: this.words, events: this.events(), turns: this.turns.length, log: this.log, crashes: this.crashes.map(String) }, null, 1);
  }
}
