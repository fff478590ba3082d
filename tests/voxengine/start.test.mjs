// How a session begins: outbound, inbound, machines, and what keeps it from beginning.

import assert from "node:assert/strict";
import { test } from "node:test";

import { GREETING, backend, dead, hanging } from "./engine/backend.mjs";
import { isHeard, isOver, turn } from "./engine/steps.mjs";
import { CALL, PHONE, SECRETS, World } from "./engine/world.mjs";

test("the backend is told first, then the client is called with our number", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  const [started] = world.events("started");
  assert.deepEqual([started.call_id, started.phone, started.direction], [CALL, PHONE, "out"]);
  assert.equal(started.session_url, "https://www-us-01-7.voximplant.com:12093/request/S/T");
  assert.deepEqual([world.call.number(), world.call.callerid()], [PHONE, "+74950001200"]);
  assert.ok(world.requests[0].at < world.call.connectedAt);
  assert.equal(world.words[0], GREETING);
  assert.equal(world.events("answered")[0].call_id, CALL);
});

test("nobody is rung when the backend is dead", async () => {
  for (const gone of [dead, () => ({ code: 401, after: 30 }), () => ({ code: 502, after: 30 })]) {
    const world = await World.start("STREAMING", { backend: gone });
    await isOver(world);
    assert.equal(world.calls.length, 0);
  }
});

test("a backend that comes back within seconds is waited for", async () => {
  let tries = 0;
  const starting = (request) => (request.body?.event === "started" && (tries += 1) <= 5 ? { code: -4, after: 30 } : null);
  const world = await World.start("STREAMING", { backend: backend({}, { spoil: starting }) });
  await isHeard(world);
  assert.deepEqual(world.words, [GREETING]);
});

test("a slow backend delays the call by three seconds at most, and the greeting follows", async () => {
  const slow = (request) => (request.body?.event === "started" ? { after: 8500, body: { call_id: CALL, greeting: GREETING } } : null);
  const world = await World.start("STREAMING", { backend: backend({}, { spoil: slow }) });
  await isHeard(world);
  assert.equal(world.call.connectedAt, 6000);
  assert.deepEqual(world.words, ["Одну секунду.", GREETING]);
});

test("malformed custom data and missing secrets end the session without a call", async () => {
  const bad = ["turns", `turns|${CALL}`, `video|${CALL}|${PHONE}`, `turns|${CALL}|79161234567`, `turns|${CALL}|${PHONE}|more`, `turns|a b|${PHONE}`, "{}"];
  for (const customData of bad) {
    const world = await World.start("STREAMING", { customData, backend: backend() });
    await isOver(world);
    assert.deepEqual([world.calls.length, world.requests.length], [0, 0], customData);
  }
  for (const name of ["zvonar_backend_url", "zvonar_backend_secret"]) {
    const world = await World.start("STREAMING", { secrets: { ...SECRETS, [name]: undefined }, backend: backend() });
    await isOver(world);
    assert.deepEqual([world.calls.length, world.requests.length], [0, 0], name);
  }
});

test("a call that comes in is answered, gets its id from the backend and is held", async () => {
  const world = await World.start("STREAMING", { customData: "", backend: backend({ 1: { text: "Пока.", action: "hangup" } }, { started: { call_id: "in-77" } }) });
  world.ring();
  await turn(world, 1);
  await isOver(world);
  const [started] = world.events("started");
  assert.deepEqual([started.call_id, started.direction, started.phone, started.to], [undefined, "in", PHONE, "74950001200"]);
  assert.deepEqual(world.turns.map(({ body }) => body.call_id), ["in-77"]);
  assert.deepEqual(world.events("ended").map((event) => event.call_id), ["in-77"]);
  assert.deepEqual(world.words, [GREETING, "Пока."]);
});

test("a call that comes in without an id from the backend has one all the same", async () => {
  const world = await World.start("STREAMING", { customData: "", backend: backend({}, { started: { call_id: undefined } }) });
  world.ring();
  await turn(world, 1);
  assert.equal(world.turns[0].body.call_id, "vox-4000000001");
});

for (const [name, gone] of [["dead", dead], ["hanging", hanging]]) {
  test(`a call that comes in to a ${name} backend hears an apology and goodbye, not silence`, async () => {
    const world = await World.start("STREAMING", { customData: "", backend: gone });
    world.ring();
    await isOver(world);
    assert.deepEqual(world.words, [
      "Одну секунду.",
      "Ещё секунду, пожалуйста.",
      "Извините, у нас технические неполадки.",
      "Мы свяжемся с вами позже. До свидания.",
    ]);
    assert.equal(world.call.state, "over");
  });
}

test("a second caller of the same session is refused", async () => {
  const world = await World.start("STREAMING", { customData: "", backend: backend() });
  world.ring();
  await isHeard(world);
  const second = world.ring("+79990000000");
  assert.equal(second.rejectedWith, 486);
});

test("a call that comes in without secrets is refused, not answered", async () => {
  const world = await World.start("STREAMING", { customData: "", secrets: {}, backend: backend() });
  const call = world.ring();
  await isOver(world);
  assert.deepEqual([call.rejectedWith, call.connectedAt], [503, null]);
});

test("an answering machine hears no dialogue, and the backend may leave a message", async () => {
  const machine = { resultClass: "VOICEMAIL", after: 1500 };
  const silent = await World.start("STREAMING", { backend: backend(), machine });
  await isOver(silent);
  assert.deepEqual(silent.events(), ["started", "answered", "machine", "ended", "recorded"]);
  assert.deepEqual(silent.words, [GREETING]);
  assert.ok(silent.said[0].isCut, "what was being said is cut");
  assert.equal(silent.turns.length, 0);
  const message = { text: "Это компания «Ромашка», перезвоните нам.", action: "hangup" };
  const speaking = await World.start("STREAMING", { backend: backend({}, { events: { machine: message } }), machine });
  await isOver(speaking);
  assert.equal(speaking.words.at(-1), message.text);
  const found = speaking.call.connectedAt + machine.after;
  assert.ok(speaking.said.at(-1).at - found < 500, "the greeting is cut for it");
});

test("no dialogue goes on while a message for the machine is waited for", async () => {
  const message = { after: 2800, body: { text: "Перезвоните нам.", action: "hangup" } };
  const slow = (request) => (request.body?.event === "machine" ? message : null);
  const world = await World.start("STREAMING", { backend: backend({}, { spoil: slow }), machine: { resultClass: "VOICEMAIL", after: 2000 } });
  await isOver(world);
  assert.deepEqual([world.recorders.length, world.words], [0, [GREETING, "Перезвоните нам."]]);
});

test("a machine that is found while the scenario listens stops the recording", async () => {
  const machine = { resultClass: "VOICEMAIL", after: 3000 };
  const world = await World.start("STREAMING", { backend: backend({}, { started: { greeting: "Алло." } }), machine });
  await isOver(world);
  const found = world.call.connectedAt + machine.after;
  assert.ok(world.recorders.length > 0 && world.recorders.every((recorder) => recorder.stoppedAt !== null && recorder.stoppedAt <= found + 20));
  assert.equal(world.clock.scenarioTimers, 0);
});

test("a doubtful machine is a person, and so is a failing detector", async () => {
  for (const machine of [{ resultClass: "TIMEOUT", after: 6500 }, { resultClass: "HUMAN", after: 900 }, { error: "no model", after: 500 }]) {
    const world = await World.start("STREAMING", { backend: backend(), machine });
    await turn(world, 1);
    assert.equal(world.events("machine").length, 0);
  }
  const world = await World.start("STREAMING", { backend: backend(), amdWorks: false });
  await turn(world, 1);
});

test("a call that nobody answers is told with its code", async () => {
  const world = await World.start("STREAMING", { backend: backend(), answersAfter: null });
  await world.until("the session's end", () => world.isTerminated, 90_000);
  assert.deepEqual(world.events("failed").map(({ call_id, code }) => [call_id, code]), [[CALL, 408]]);
  const busy = await World.start("STREAMING", { backend: backend(), answersAfter: null });
  await busy.until("the call", () => busy.calls.length === 1);
  busy.call.fails(486, "Busy");
  await isOver(busy);
  assert.deepEqual(busy.events("failed")[0].code, 486);
});

test("custom data of the other mode is still a call", async () => {
  const world = await World.start("STREAMING", { customData: `realtime|${CALL}|${PHONE}`, backend: backend() });
  await turn(world, 1);
});
