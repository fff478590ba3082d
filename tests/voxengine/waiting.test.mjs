// A backend that is slow, broken, dead or back again: the client is never left in silence.

import assert from "node:assert/strict";
import { test } from "node:test";

import { GREETING, backend, dead, hanging } from "./engine/backend.mjs";
import { clientSays, isHeard, isOver, turn } from "./engine/steps.mjs";
import { World } from "./engine/world.mjs";

const FILLER = "Одну секунду.";
const PATIENCE = "Ещё секунду, пожалуйста.";
const APOLOGY = "Извините, у нас технические неполадки.";
const GOODBYE = "Мы свяжемся с вами позже. До свидания.";

/** When each text began, ms after the pause. */
const since = (world, pause) => world.said.filter((entry) => entry.at >= pause).map((entry) => [entry.text, entry.at - pause]);

test("a quick answer needs no filler", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Да.", action: "say", after: 1200 } }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.deepEqual(world.words, [GREETING, "Да."]);
});

test("after 1.5 s a filler is said, and the answer right behind it", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Да.", action: "say", after: 1700 } }) });
  await isHeard(world);
  const pause = await clientSays(world);
  await isHeard(world, 2);
  const [[filler, at], [answer, answerAt]] = since(world, pause);
  assert.deepEqual([filler, answer], [FILLER, "Да."]);
  assert.ok(at >= 1500 && at <= 1700, `${at}`);
  assert.ok(answerAt - at >= world.speechMs(FILLER) && answerAt - at < world.speechMs(FILLER) + 50, "the filler is not cut");
});

for (const [name, gone] of [["refuses connections", dead], ["takes requests and is silent", hanging]]) {
  test(`a backend that ${name} in mid-call: filler at 1.5 s, apology at 8 s, goodbye`, async () => {
    let isGone = false;
    const alive = backend();
    const world = await World.start("STREAMING", { backend: (request) => (isGone ? gone() : alive(request)) });
    await turn(world, 1);
    isGone = true;
    await isHeard(world, 2);
    const pause = await clientSays(world);
    await isOver(world);
    const said = since(world, pause);
    assert.deepEqual(said.map(([text]) => text), [FILLER, PATIENCE, APOLOGY, GOODBYE]);
    const near = (at, expected) => assert.ok(at >= expected && at <= expected + 200, `${at} is not near ${expected}`);
    near(said[0][1], 1500);
    near(said[1][1], 5000);
    near(said[2][1], 8000);
    assert.equal(world.call.state, "over");
    assert.deepEqual(world.crashes, []);
  });
}

test("the client never waits three seconds for a sound, however dead the backend is", async () => {
  let isGone = false;
  const alive = backend();
  const world = await World.start("STREAMING", { backend: (request) => (isGone ? dead() : alive(request)) });
  await isHeard(world);
  isGone = true;
  const pause = await clientSays(world);
  await isOver(world);
  let quietSince = pause;
  for (const entry of world.said.filter(({ at }) => at >= pause)) {
    assert.ok(entry.at - quietSince <= 3000, `silence of ${entry.at - quietSince} ms before «${entry.text}»`);
    quietSince = entry.until;
  }
});

test("a backend that comes back within the wait gets the same turn again and answers it once", async () => {
  let refused = 0;
  const restarting = (request) => (request.path.endsWith("process_audio") && (refused += 1) <= 4 ? { code: refused % 2 ? -4 : 502, after: 30 } : null);
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Я снова здесь.", action: "say" } }, { spoil: restarting }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.equal(world.turns.length, 5);
  assert.equal(new Set(world.turns.map(({ body }) => JSON.stringify(body))).size, 1, "the very same request");
  assert.deepEqual(world.words.slice(1), [FILLER, "Я снова здесь."]);
  await clientSays(world);
  await world.until("the next turn", () => world.turns.length === 6);
  assert.equal(world.turns[5].body.turn, 2);
});

test("an answer that comes while the apology is said is still used", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Вот ответ.", action: "say", after: 9000 } }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.deepEqual(world.words.slice(1), [FILLER, PATIENCE, APOLOGY, "Вот ответ."]);
});

test("a refusal for good is not waited for", async () => {
  for (const code of [401, 404, 422]) {
    const world = await World.start("STREAMING", { backend: backend({ 1: { code } }) });
    await isHeard(world);
    const pause = await clientSays(world);
    await isOver(world);
    assert.deepEqual(world.words.slice(1), [APOLOGY, GOODBYE]);
    assert.ok(since(world, pause)[0][1] < 1000);
    assert.equal(world.turns.length, 1, "a refusal is not asked for again");
  }
});

test("what is no answer counts as none", async () => {
  for (const text of ["", "<html>502</html>", "null", "7", '{"text":']) {
    const world = await World.start("STREAMING", { backend: backend({}, { spoil: (request) => (request.path.endsWith("process_audio") ? { code: 200, text } : null) }) });
    await turn(world, 1);
    await isOver(world);
    assert.equal(world.words.at(-1), GOODBYE, text);
    assert.deepEqual(world.crashes, []);
  }
});

test("odd members of an answer do no harm", async () => {
  const odd = { text: { a: 1 }, action: "explode", transfer_to: 7, next_url: ["x"] };
  const world = await World.start("STREAMING", { backend: backend({ 1: odd }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.deepEqual(world.crashes, []);
});

test("the rest of an answer that never comes ends in apology and goodbye", async () => {
  const first = { text: "Первая фраза.", action: "say", next_url: "https://calls.example.ru/rest" };
  const world = await World.start("STREAMING", { backend: backend({ 1: first }, { rest: { "/rest": { never: true } } }) });
  await turn(world, 1);
  await isOver(world);
  assert.deepEqual(world.words.slice(1), ["Первая фраза.", FILLER, PATIENCE, APOLOGY, GOODBYE]);
});

test("a recorder that never tells its end does not hold the turn", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  world.recorderStops = false;
  await isHeard(world);
  const pause = await clientSays(world, 2000);
  await world.until("the turn", () => world.turns.length === 1);
  assert.ok(world.turns[0].at - pause <= 3100);
  assert.equal(world.turns[0].body.duration > 3, true, "measured by our own clock");
});

test("a recorder that fails asks the client again", async () => {
  const world = await World.start("STREAMING", { backend: backend(), recorderFault: true });
  await isHeard(world);
  world.call.speaks(1000);
  await world.until("the question", () => world.said.length === 2);
  assert.equal(world.words[1], "Алло, вы меня слышите?");
  assert.equal(world.turns.length, 0);
});
