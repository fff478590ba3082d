// In real time through the media socket; by turns when that fails. A call is never dropped for it.

load("Recorder", "Silero", "AMD", "WebSocket");

const session = new Session(holdInRealTime);
const media = new Media(session);

/** What is said first when the dialogue goes on by turns. */
const opener = (welcome) => (media.hasSound ? WORDS.repeat : welcome);

async function holdInRealTime(talk) {
  const answer = await patiently(talk, talk.welcome);
  if (answer === null) await talk.farewell(WORDS.goodbye);
  const welcome = await greeting(talk);
  talk.closing.push(() => {
    media.tell({ customEvent: "ended" });
    media.close();
  });
  const isByTurns = talk.data.mode === "turns" || answer.dialog === "turns";
  if (isByTurns) media.close();
  const how = isByTurns ? { how: "fallback" } : await stream(talk, answer);
  if (how.how === "hangup") await talk.farewell("");
  media.close();
  if (how.how === "transfer") await act(talk, how.part);
  await holdByTurns(talk, opener(welcome));
}

/** Streams until something ends it; the model must be heard soon, or it counts as lost. */
async function stream(talk, answer) {
  const standing = media.connect(answer.media === "in");
  if (!(await inCompany(talk, standing))) return { how: "lost" };
  media.link(answer.encoding);
  talk.call.handleTones(true);
  talk.call.addEventListener(CallEvents.ToneReceived, (event) => media.tell({ customEvent: "dtmf", tone: event.tone }));
  const first = Promise.race([media.sounding.then(() => null), media.ending]);
  let early = await talk.within(first, TIMES.filler);
  if (early === undefined) {
    // the filler takes the stream's place; the stream is put back behind it
    await talk.say(WORDS.filler);
    if (!media.isClosed) media.socket.sendMediaTo(talk.call);
    early = await talk.within(first, TIMES.mediaSound - TIMES.filler);
  }
  if (early === undefined) return { how: "lost" };
  return early || talk.until(media.ending);
}

/** Waits with a filler after 1.5 s, so that a socket that is slow to stand leaves no silence. */
async function inCompany(talk, promise) {
  const quick = await talk.within(promise, TIMES.filler);
  if (quick !== undefined) return quick;
  await talk.say(WORDS.filler);
  return talk.until(promise);
}

VoxEngine.addEventListener(AppEvents.Started, () => {
  if (session.data !== null && session.backend.isKnown) media.expect();
});
session.run();
