// Real time through the media socket, and by turns when that fails.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";

import { GREETING, backend, dead } from "./engine/backend.mjs";
import { isHeard, isOver, plain, turn } from "./engine/steps.mjs";
import { CALL, PHONE, SECRET, World } from "./engine/world.mjs";

const customData = `realtime|${CALL}|${PHONE}`;
const token = createHmac("sha256", SECRET).update(CALL).digest("hex");

/** A bridge whose socket opens, and whose model speaks, so many milliseconds later. */
async function bridge({ opens = 200, speaks = 400, started, ...options } = {}) {
  const world = await World.start("AI_BRIDGE", {
    customData,
    backend: backend({}, { started }),
    onSocket: (socket) => {
      if (opens === null) return;
      socket.world.clock.set("platform", () => socket.opens(), opens);
      if (speaks !== null) socket.world.clock.set("platform", () => socket.plays(), opens + speaks);
    },
    ...options,
  });
  return world;
}

async function streaming(options) {
  const world = await bridge(options);
  await world.until("both streams", () => world.call?.receivesFrom && world.sockets[0]?.incoming);
  await world.advance(1000);
  return world;
}

test("the call's sound goes both ways through a socket to the backend with the secret", async () => {
  const world = await streaming();
  const [socket] = world.sockets;
  assert.equal(socket.url, `wss://calls.example.ru/voximplant/media/${CALL}`);
  assert.deepEqual(plain(socket.parameters.headers), [{ name: "Authorization", value: `Bearer ${SECRET}` }]);
  assert.deepEqual(plain(socket.incoming.options), { encoding: "ULAW", customParameters: { call_id: CALL } });
  assert.equal(socket.incoming.options.tag, undefined, "a tagged stream would not bind");
  assert.equal(world.call.receivesFrom, socket);
  assert.deepEqual(world.words, [], "the model greets");
  assert.deepEqual(plain(world.call.recordOptions), { stereo: true });
});

test("the encoding is the backend's to choose", async () => {
  for (const [encoding, expected] of [["ALAW", "ALAW"], ["PCM16", "PCM16"], ["MP3", "ULAW"], [undefined, "ULAW"]]) {
    const world = await streaming({ started: { encoding } });
    assert.equal(world.sockets[0].incoming.options.encoding, expected);
  }
});

test("an interruption empties the platform's buffer", async () => {
  const world = await streaming();
  const [socket] = world.sockets;
  socket.tells({ customEvent: "clear" });
  assert.equal(socket.cleared, 1);
  for (const nonsense of ["", "[]", "null", "7", "{", '{"customEvent":"dance"}']) socket.tells(nonsense);
  socket.pauses();
  await world.advance(5000);
  assert.deepEqual([socket.cleared, world.call.state, socket.isClosed], [1, "connected", false], "a gap is not an end");
});

test("the model hangs up, the socket is closed and the end is told", async () => {
  const world = await streaming();
  const [socket] = world.sockets;
  socket.tells({ customEvent: "hangup" });
  await isOver(world);
  assert.equal(socket.closedByScenario, true);
  assert.deepEqual(world.events(), ["started", "answered", "ended", "recorded"]);
  assert.deepEqual(world.crashes, []);
});

test("the client hangs up: the backend hears of it on the socket, which does not outlive the call", async () => {
  const world = await streaming();
  world.call.hangsUp();
  await isOver(world);
  const [socket] = world.sockets;
  assert.deepEqual(socket.sent.at(-1), { customEvent: "ended" });
  assert.equal(socket.closedByScenario, true);
  assert.equal(world.recorders.length, 0);
});

test("keys that the client presses reach the backend", async () => {
  const world = await streaming();
  world.call.dials("5");
  assert.deepEqual(world.sockets[0].sent, [{ customEvent: "dtmf", tone: "5" }]);
});

test("the model hands the client over to an employee", async () => {
  const world = await streaming();
  world.sockets[0].tells({ customEvent: "transfer", transfer_to: "+74951112233" });
  await world.until("the bridge", () => world.bridged !== undefined);
  assert.equal(world.sockets[0].closedByScenario, true);
  world.calls[1].hangsUp();
  await isOver(world);
});

test("a socket that is lost in the middle does not drop the call: it goes on by turns", async () => {
  for (const lose of [(socket) => socket.closes(1006), (socket) => socket.closes(1000), (socket) => socket.fails(), (socket) => socket.tells({ customEvent: "fallback" })]) {
    const world = await streaming();
    lose(world.sockets[0]);
    await turn(world, 1);
    await isHeard(world, 2);
    assert.deepEqual(world.words, ["Извините, связь прервалась. Повторите, пожалуйста.", "Ответ 1."]);
    assert.equal(world.call.state, "connected");
    assert.deepEqual(world.crashes, []);
  }
});

test("a socket that never stands: a filler, then the greeting by turns", async () => {
  const world = await bridge({ opens: null });
  await isHeard(world);
  assert.deepEqual(world.words, ["Одну секунду.", GREETING]);
  assert.ok(world.said[1].at - world.call.connectedAt <= 5600);
  assert.equal(world.sockets[0].closedByScenario, true, "a late one is not left open");
});

test("a model that never speaks: a filler, the stream put back behind it, then by turns", async () => {
  const world = await bridge({ speaks: null });
  await world.until("the filler", () => world.said.length === 1);
  await world.advance(1500);
  assert.equal(world.call.receivesFrom, world.sockets[0], "the filler took the stream's place");
  await isHeard(world);
  assert.deepEqual(world.words, ["Одну секунду.", GREETING]);
  await turn(world, 1);
});

test("a socket that is refused at once", async () => {
  const world = await bridge({ opens: null, onSocket: (socket) => socket.world.clock.set("platform", () => socket.fails(), 50) });
  await isHeard(world);
  assert.deepEqual(world.words, [GREETING]);
});

test("behind NAT the backend dials in and shows its token", async () => {
  const world = await World.start("AI_BRIDGE", { customData, backend: backend({}, { started: { media: "in" } }) });
  await world.until("the call", () => world.call?.connectedAt);
  assert.equal(world.sockets.length, 0, "nobody is dialled");
  const socket = world.socketComes([{ key: "X-Zvonar-Token", value: token }]);
  await world.advance(300);
  assert.equal(socket.incoming.options.encoding, "ULAW");
  assert.equal(world.call.receivesFrom, socket);
  socket.plays();
  await world.advance(500);
  assert.deepEqual(world.words, []);
});

test("a socket that comes before the call is answered is kept", async () => {
  const world = await World.start("AI_BRIDGE", { customData, backend: backend({}, { started: { media: "in" } }) });
  await world.advance(500);
  const socket = world.socketComes({ "X-Zvonar-Token": token });
  await world.until("both streams", () => world.call?.receivesFrom === socket);
});

test("strangers' sockets are closed, and so is a second one", async () => {
  const world = await World.start("AI_BRIDGE", { customData, backend: backend({}, { started: { media: "in" } }) });
  await world.until("the call", () => world.call?.connectedAt);
  const wrong = createHmac("sha256", "other").update(CALL).digest("hex");
  for (const headers of [[], [{ key: "X-Zvonar-Token", value: wrong }], [{ key: "X-Zvonar-Token", value: "" }], undefined]) {
    assert.equal(world.socketComes(headers).closedByScenario, true);
  }
  const good = world.socketComes([{ key: "X-Zvonar-Token", value: token }]);
  await world.advance(300);
  assert.equal(world.socketComes([{ key: "X-Zvonar-Token", value: token }]).closedByScenario, true);
  assert.equal(world.call.receivesFrom, good);
});

test("nobody dials in: a filler, then by turns", async () => {
  const world = await World.start("AI_BRIDGE", { customData, backend: backend({}, { started: { media: "in" } }) });
  await isHeard(world);
  assert.deepEqual(world.words, ["Одну секунду.", GREETING]);
});

test("a call that comes in is streamed, too", async () => {
  const world = await streaming0("");
  assert.equal(world.sockets[0].url, "wss://calls.example.ru/voximplant/media/in-77");
});

async function streaming0(data) {
  const world = await bridge({ customData: data, started: { call_id: "in-77" } });
  world.ring();
  await world.until("both streams", () => world.call?.receivesFrom);
  return world;
}

test("by turns where that was asked for", async () => {
  for (const options of [{ customData: `turns|${CALL}|${PHONE}` }, { started: { dialog: "turns" } }]) {
    const world = await bridge(options);
    await turn(world, 1);
    assert.equal(world.sockets.length, 0);
    assert.equal(world.words[0], GREETING);
  }
});

test("a machine hears neither the model nor a dialogue", async () => {
  const world = await bridge({ machine: { resultClass: "VOICEMAIL", after: 2500 } });
  await isOver(world);
  assert.equal(world.sockets[0].closedByScenario, true);
  assert.deepEqual(world.events(), ["started", "answered", "machine", "ended", "recorded"]);
  assert.deepEqual(world.words, []);
});

test("a dead backend: nobody is rung; who calls in hears an apology", async () => {
  const out = await World.start("AI_BRIDGE", { customData, backend: () => ({ code: 404 }) });
  await isOver(out);
  assert.equal(out.calls.length, 0);
  const incoming = await World.start("AI_BRIDGE", { customData: "", backend: dead });
  incoming.ring();
  await isOver(incoming);
  assert.equal(incoming.words.at(-1), "Мы свяжемся с вами позже. До свидания.");
});

test("the client hangs up at every state of the stream", async () => {
  for (const at of [100, 1200, 1700, 2500, 4000, 5300, 6500, 9000, 15_000]) {
    const world = await bridge({ opens: at % 2 ? null : 2000, speaks: null });
    await world.until("the call", () => world.call?.connectedAt);
    await world.advance(at);
    world.call.hangsUp();
    await isOver(world);
    assert.ok(world.sockets.every((socket) => socket.isClosed), `${at}`);
    assert.equal(world.events("ended").length, 1);
    assert.deepEqual(world.crashes, []);
  }
});
