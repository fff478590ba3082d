// The client hangs up at every state, events come doubled and out of order, limits are kept.

import assert from "node:assert/strict";
import { test } from "node:test";

import { backend } from "./engine/backend.mjs";
import { clientSays, isHeard, isOver, turn } from "./engine/steps.mjs";
import { BASE, CALL, World } from "./engine/world.mjs";
import { CallEvents } from "./engine/names.mjs";

const parts = { 1: { text: "Первая фраза, довольно длинная, чтобы успеть.", action: "say", next_url: `${BASE}/rest`, after: 2500 } };
const transfer = { 1: { text: "Соединяю.", action: "transfer", transfer_to: "+74951112233" } };

const STATES = {
  "while the greeting is said": async (world) => world.until("the greeting", () => world.said.length === 1),
  "while the scenario listens": async (world) => isHeard(world),
  "in the middle of a sentence": async (world) => {
    await isHeard(world);
    world.call.speaks(10_000);
    await world.advance(3000);
  },
  "in the pause": async (world) => {
    await isHeard(world);
    world.call.speaks(1000);
    await world.advance(2000);
  },
  "while the answer is waited for": async (world) => {
    await isHeard(world);
    await clientSays(world);
    await world.advance(500);
  },
  "while the filler is said": async (world) => {
    await isHeard(world);
    await clientSays(world);
    await world.until("the filler", () => world.words.at(-1) === "Одну секунду.");
  },
  "while the first part is said": async (world) => {
    await turn(world, 1);
    await world.until("the answer", () => world.words.at(-1)?.startsWith("Первая"));
  },
  "while the rest is waited for": async (world) => {
    await turn(world, 1);
    await world.until("the answer is said", () => world.said.at(-1)?.text.startsWith("Первая") && world.said.at(-1).until !== null);
    await world.advance(300);
  },
};

for (const [name, reach] of Object.entries(STATES)) {
  test(`hanging up ${name} ends everything`, async () => {
    const world = await World.start("STREAMING", { backend: backend(parts, { rest: { "/rest": { never: true } } }) });
    await reach(world);
    const said = world.said.length;
    world.call.hangsUp();
    await isOver(world);
    assert.deepEqual(world.events().filter((event) => ["ended", "recorded"].includes(event)), ["ended", "recorded"]);
    assert.equal(world.said.length, said, "nothing is said to nobody");
    assert.ok(world.recorders.every((recorder) => recorder.stoppedAt !== null), "recorders are stopped");
    assert.ok(world.detectors.every((detector) => detector.isClosed), "the detector is closed");
    assert.deepEqual(world.crashes, []);
    assert.ok(world.terminatedAt - world.clock.elapsed <= 0);
  });
}

for (const connected of [false, true]) {
  test(`hanging up while an employee is ${connected ? "on the line" : "being rung"} lets the employee go`, async () => {
    const world = await World.start("STREAMING", { backend: backend(transfer), answersAfter: (number) => (number === "+74951112233" && !connected ? 25_000 : 3000) });
    await turn(world, 1);
    await world.until("the second call", () => world.calls.length === 2);
    await world.advance(connected ? 6000 : 1000);
    world.call.hangsUp();
    await isOver(world);
    assert.deepEqual(world.calls.map((call) => call.state), ["over", "over"]);
    assert.deepEqual(world.crashes, []);
  });
}

test("hanging up before the backend has greeted", async () => {
  const slow = (request) => (request.body?.event === "started" ? { after: 9000, body: { greeting: "Поздно." } } : null);
  const world = await World.start("STREAMING", { backend: backend({}, { spoil: slow }) });
  await world.until("the call", () => world.call?.connectedAt !== null && world.call !== undefined);
  await world.advance(1000);
  world.call.hangsUp();
  await isOver(world);
  assert.ok(!world.words.includes("Поздно."));
  assert.deepEqual(world.crashes, []);
});

test("the backend can hang up by a command, even before the client is called", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  for (const nonsense of ["", "hangup", "null", "7", '{"command":"dance"}']) world.command(nonsense);
  await world.advance(500);
  assert.equal(world.call.state, "connected");
  world.command('{"command":"hangup"}');
  await isOver(world);
  assert.equal(world.events("ended").length, 1);
  const early = await World.start("STREAMING", { backend: backend() });
  early.command('{"command":"hangup"}');
  await isOver(early);
  assert.equal(early.calls.length, 0);
});

test("events that come twice or out of order are told once", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  const { call } = world;
  call.emit(CallEvents.Connected, { call });
  call.emit(CallEvents.PlaybackFinished, { call });
  world.detectors[0].emit("Silero.VADEvents.Result", { speechEndAt: 1 });
  await world.advance(200);
  assert.deepEqual([world.recorders.length, world.recorders[0].stoppedAt], [1, null], "an end of speech without speech is no turn");
  await clientSays(world);
  world.detectors[0].emit("Silero.VADEvents.Result", { speechEndAt: 2 });
  world.recorders[0].emit("Recorder.Stopped", { duration: 9 });
  await isHeard(world, 2);
  assert.deepEqual(world.turns.map(({ body }) => body.turn), [1]);
  // RecordStopped before Disconnected, and both again
  call.emit(CallEvents.RecordStopped, { call, url: call.recordUrl, duration: 5, cost: "0.01" });
  call.hangsUp();
  call.emit(CallEvents.Disconnected, { call, internalCode: 200, reason: "again" });
  call.emit(CallEvents.Failed, { call, code: 500, reason: "again" });
  await isOver(world);
  assert.deepEqual(world.events().slice(2), ["ended", "recorded"]);
  assert.equal(world.events("recorded")[0].duration, 5);
});

test("a recording that is never told ready is told by the address of its start", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  world.recordStops = false;
  await isHeard(world);
  world.call.hangsUp();
  const at = world.clock.elapsed;
  await isOver(world);
  assert.equal(world.events("recorded")[0].url, world.call.recordUrl);
  assert.ok(world.terminatedAt - at < 6000, "the session does not stay open");
});

test("a backend that is dead at the end does not keep the session", async () => {
  let isGone = false;
  const alive = backend();
  const world = await World.start("STREAMING", { backend: (request) => (isGone ? { never: true } : alive(request)) });
  await isHeard(world);
  isGone = true;
  world.call.hangsUp();
  const at = world.clock.elapsed;
  await isOver(world);
  assert.ok(world.terminatedAt - at <= 15_100, `${world.terminatedAt - at}`);
});

test("a session that the platform ends tells its end in the one request that is left", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  const before = world.requests.length;
  world.terminate();
  await world.advance(20_000);
  assert.deepEqual(world.requests.slice(before).map(({ body }) => [body.event, body.call_id]), [["ended", CALL]]);
});

test("a call of two hours is ended by the scenario itself", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  for (let number = 1; number < 2000 && !world.isTerminated; number += 1) {
    if (world.recorders.some((recorder) => recorder.stoppedAt === null)) world.call.speaks(20_000);
    await world.advance(8000);
  }
  assert.ok(world.isTerminated && Math.abs(world.terminatedAt - 3_600_000) < 60_000, `${world.terminatedAt}`);
});

test("timers and requests of a long call stay far below the limits", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 60: { text: "Пока.", action: "hangup" } }) });
  for (let number = 1; number <= 60; number += 1) await turn(world, number);
  await isOver(world);
  assert.ok(world.clock.mostAtOnce <= 10, `${world.clock.mostAtOnce} timers at once`);
  assert.ok(world.net.mostAtOnce <= 3);
  assert.deepEqual(world.crashes, []);
});
