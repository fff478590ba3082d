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
