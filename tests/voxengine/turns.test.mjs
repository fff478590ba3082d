// The dialogue by turns: what is recorded, posted and said.

import assert from "node:assert/strict";
import { test } from "node:test";

import { GREETING, backend } from "./engine/backend.mjs";
import { clientSays, isHeard, isOver, plain, turn } from "./engine/steps.mjs";
import { BASE, CALL, PHONE, SECRET, World } from "./engine/world.mjs";

const bye = { text: "Всего доброго.", action: "hangup" };

test("a conversation of ten turns goes from greeting to goodbye", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 10: bye }) });
  for (let number = 1; number <= 10; number += 1) await turn(world, number);
  await isOver(world);
  const answers = Array.from({ length: 9 }, (_, index) => `Ответ ${index + 1}.`);
  assert.deepEqual(world.words, [GREETING, ...answers, bye.text]);
  assert.deepEqual(world.turns.map(({ body }) => body.turn), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.deepEqual(world.events(), ["started", "answered", "ended", "recorded"]);
  assert.deepEqual(world.crashes, []);
});

test("a turn carries the recording's address, its length and the secret", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await turn(world, 1, 2500);
  const [request] = world.turns;
  assert.deepEqual(request.body, { call_id: CALL, audio_url: "https://storage-gw-us-01.voximplant.com/turn/1.mp3", duration: 4.5, turn: 1 });
  assert.equal(request.url, `${BASE}/voximplant/process_audio`);
  assert.equal(request.method, "POST");
  assert.deepEqual(plain(request.headers), { "Content-Type": "application/json", Authorization: `Bearer ${SECRET}` });
  assert.ok(world.requests.every(({ headers }) => headers.Authorization === `Bearer ${SECRET}`));
});

test("the persona's voice speaks, and an unknown or broken one gives way to the default", async () => {
  const spoken = async (voice, voiceFault) => {
    const world = await World.start("STREAMING", { backend: backend({}, { started: { voice } }), voiceFault });
    await isHeard(world);
    return [world.words[0], world.said[0].voice];
  };
  assert.deepEqual(await spoken("SaluteSpeech.ru_RU_boris"), [GREETING, "salute:ru_RU_boris"]);
  for (const unknown of ["Nobody.ru_RU_nobody", "Yandex", "", 7, "constructor.constructor", null]) {
    assert.deepEqual(await spoken(unknown), [GREETING, "yandex-neural:ru_RU_alena"], String(unknown));
  }
  const broken = (voice) => (voice === "salute:ru_RU_boris" ? "400 the voice is gone" : null);
  assert.deepEqual(await spoken("SaluteSpeech.ru_RU_boris", broken), [GREETING, "yandex-neural:ru_RU_alena"]);
});

test("synthesis that fails: a tone instead of silence, and a call that cannot speak ends", async () => {
  const world = await World.start("STREAMING", { backend: backend(), voiceFault: () => "503 synthesis is down" });
  await isOver(world, 60_000);
  assert.deepEqual([world.words, world.call.tone, world.call.state, world.crashes], [[], "RU", "over", []]);
  assert.equal(world.events("ended").length, 1);
});

test("synthesis that fails once does not end the call", async () => {
  let isDown = false;
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Первый ответ.", action: "say" } }), voiceFault: () => (isDown ? "503" : null) });
  await isHeard(world);
  isDown = true;
  await clientSays(world);
  await world.until("a tone", () => world.call.tone === "RU", 20_000);
  isDown = false;
  await turn(world, 2);
  await isHeard(world, 2);
  assert.equal(world.call.state, "connected");
});

test("synthesis that never says that it is done does not hold the call", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Да.", action: "say" } }), isPlaybackEndless: true });
  await world.until("the client is heard", () => world.recorders.length === 1, 30_000);
  assert.deepEqual(world.words, [GREETING]);
  assert.deepEqual(world.crashes, []);
});

test("speech begins before all of it is made", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  assert.equal(world.said[0].options.progressivePlayback, true);
});

test("a pause shorter than two seconds does not end a turn", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  const since = world.clock.elapsed;
  world.call.speaks(1000);
  await world.advance(2900);
  world.call.speaks(1000);
  await world.advance(2900);
  assert.equal(world.turns.length, 0, "1.9 s of silence is a breath");
  await world.until("the turn", () => world.turns.length === 1);
  assert.equal(world.recorders[0].stoppedAt - since, 2900 + 1000 + 2000);
});

test("speech that begins before the greeting is over is not lost", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await world.until("the greeting", () => world.said.length === 1);
  await world.advance(world.speechMs(GREETING) - 500);
  world.call.speaks(3000);
  await world.until("the turn", () => world.turns.length === 1);
  assert.equal(world.recorders.length, 1);
});

test("noise that never pauses is cut after thirty seconds", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  const since = world.clock.elapsed;
  world.call.speaks(120_000);
  await world.until("the turn", () => world.turns.length === 1);
  assert.ok(Math.abs(world.recorders[0].stoppedAt - since - 30_000) <= 20);
});

test("silence is asked about twice, then the call ends politely", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isOver(world);
  assert.deepEqual(world.words.slice(1), [
    "Алло, вы меня слышите?",
    "Простите, вас не слышно. Вы на линии?",
    "К сожалению, вас не слышно. Мы перезвоним позже. До свидания.",
  ]);
  assert.equal(world.turns.length, 0, "silence costs nothing");
});

test("a word after the first question starts the count anew", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  await world.until("the question", () => world.said.length === 2);
  await isHeard(world, 2);
  await clientSays(world);
  await isOver(world);
  assert.equal(world.words.filter((words) => words === "Алло, вы меня слышите?").length, 2);
  assert.deepEqual(world.turns.map(({ body }) => body.turn), [1], "turns are counted by what was said");
});

test("the detector failing at the start gives its place to the microphone's status", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 2: bye }), sileroWorks: false });
  await isHeard(world);
  const since = world.clock.elapsed;
  world.call.speaks(1000);
  await world.advance(2500);
  world.call.speaks(500);
  await world.until("the turn", () => world.turns.length === 1);
  assert.equal(world.recorders[0].stoppedAt - since, 2500 + 500 + 2000);
  await turn(world, 2);
  await isOver(world);
  assert.deepEqual(world.crashes, []);
});

test("the detector failing in the middle of a sentence loses neither the sentence nor the call", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  const since = world.clock.elapsed;
  world.call.speaks(3000);
  await world.advance(1000);
  world.detectors[0].breaks();
  await world.until("the turn", () => world.turns.length === 1);
  assert.equal(world.recorders[0].stoppedAt - since, 3000 + 2000);
  await turn(world, 2);
});

test("the detector failing in the pause itself does not hold the turn", async () => {
  const world = await World.start("STREAMING", { backend: backend() });
  await isHeard(world);
  world.call.speaks(1000);
  await world.advance(2000);
  world.detectors[0].breaks();
  const at = world.clock.elapsed;
  await world.until("the turn", () => world.turns.length === 1);
  assert.ok(world.recorders[0].stoppedAt - at <= 4000);
});

test("an answer in parts is spoken as it comes, the first sentence before the rest is there", async () => {
  const rest = {
    "/voximplant/turns/1/2": { text: "Вторая фраза.", action: "say", next_url: `${BASE}/voximplant/turns/1/3`, after: 900 },
    "/voximplant/turns/1/3": { text: "Третья фраза.", action: "say", after: 200 },
  };
  const first = { text: "Первая фраза.", action: "say", next_url: `${BASE}/voximplant/turns/1/2`, after: 400 };
  const world = await World.start("STREAMING", { backend: backend({ 1: first }, { rest }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.deepEqual(world.words.slice(1), ["Первая фраза.", "Вторая фраза.", "Третья фраза."]);
  const asked = world.requestsTo("/voximplant/turns/1/2")[0];
  assert.deepEqual([asked.method, asked.body, asked.headers.Authorization], ["GET", null, `Bearer ${SECRET}`]);
  assert.ok(asked.at <= world.said[1].at, "the rest is asked for while the beginning is spoken");
});

test("the last part's action counts", async () => {
  const rest = { "/rest": { text: "До свидания.", action: "hangup" } };
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "Понял вас.", action: "say", next_url: `${BASE}/rest` } }, { rest }) });
  await turn(world, 1);
  await isOver(world);
  assert.deepEqual(world.words.slice(1), ["Понял вас.", "До свидания."]);
});

test("the secret goes to no other host than the backend's", async () => {
  const first = { text: "Минуту.", action: "say", next_url: "https://evil.example/steal" };
  const world = await World.start("STREAMING", { backend: backend({ 1: first }) });
  await turn(world, 1);
  await isOver(world);
  assert.ok(world.requests.every(({ origin }) => origin === BASE));
});

test("an endless chain of parts ends", async () => {
  const again = { text: "Ещё.", action: "say", next_url: `${BASE}/again` };
  const world = await World.start("STREAMING", { backend: backend({ 1: again }, { rest: { "/again": again } }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.equal(world.requestsTo("/again").length, 29);
});

test("a long answer is cut between sentences into what synthesis takes", async () => {
  const text = "Это предложение из сорока восьми примерно букв. ".repeat(70).trim();
  const world = await World.start("STREAMING", { backend: backend({ 1: { text, action: "say" } }) });
  await turn(world, 1);
  await world.until("the next turn", () => world.recorders.length === 2, 400_000);
  const spoken = world.words.slice(1);
  assert.equal(spoken.join(" "), text);
  assert.ok(spoken.length === 3 && spoken.every((part) => part.length <= 1500 && part.endsWith(".")));
});

test("an empty answer listens on", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 1: { text: "", action: "say" } }) });
  await turn(world, 1);
  await isHeard(world, 2);
  assert.deepEqual(world.words, [GREETING]);
});

test("a person is handed over to an employee and both are connected", async () => {
  const hand = { text: "Соединяю с сотрудником.", action: "transfer", transfer_to: "+74951112233" };
  const world = await World.start("STREAMING", { backend: backend({ 1: hand }) });
  await turn(world, 1);
  await world.until("the bridge", () => world.bridged !== undefined);
  const [, other] = world.calls;
  assert.deepEqual([other.number(), other.callerid(), world.call.tone], ["+74951112233", "+74950001200", "RU"]);
  assert.deepEqual(world.bridged, world.calls);
  await world.advance(60_000);
  other.hangsUp();
  await isOver(world);
  assert.equal(world.call.state, "over");
  assert.equal(world.events("ended")[0].transferred, true);
});

test("nobody free: the person is told so, and the call ends", async () => {
  const hand = { text: "Соединяю.", action: "transfer", transfer_to: "+74951112233" };
  for (const answersAfter of [(number) => (number === PHONE ? 3000 : null), (number) => (number === PHONE ? 3000 : 40_000)]) {
    const world = await World.start("STREAMING", { backend: backend({ 1: hand }), answersAfter });
    await turn(world, 1);
    await isOver(world);
    assert.equal(world.words.at(-1), "Сейчас все сотрудники заняты. Мы вам перезвоним. До свидания.");
  }
});

test("a number that is none is not dialled", async () => {
  const hand = { text: "Соединяю.", action: "transfer", transfer_to: "sip:evil@example.org" };
  const world = await World.start("STREAMING", { backend: backend({ 1: hand }) });
  await turn(world, 1);
  await isOver(world);
  assert.equal(world.calls.length, 1);
});

test("the whole call is recorded in stereo and told when it is ready", async () => {
  const world = await World.start("STREAMING", { backend: backend({ 1: bye }) });
  await turn(world, 1);
  await isOver(world);
  assert.deepEqual(plain(world.call.recordOptions), { stereo: true });
  const [told] = world.events("recorded");
  assert.equal(told.url, "https://storage-gw-us-01.voximplant.com/record/call-1.mp3");
  assert.deepEqual([told.call_id, told.stereo, told.channels], [CALL, true, { client: "right", agent: "left" }]);
});
