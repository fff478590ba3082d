// The mouth: one utterance after another, each with an end that surely comes.
//
// CallEvents.PlaybackFinished ends an utterance. It does not come after stopPlayback, and a call
// receives one stream at a time: a second say() cuts the first. So utterances stand in a line.

/** `Yandex.Neural.ru_RU_alena` of VoiceList; an unknown one gives the default. */
function voiceNamed(name) {
  const own = (place, part) => (place && Object.hasOwn(place, part) ? place[part] : undefined);
  const find = (path) => path.split(".").reduce(own, VoiceList);
  const plain = typeof name === "string" && /^(\w+\.)+[a-z]{2}_[A-Z]{2}_\w+$/.test(name) ? name : "";
  let voice;
  try {
    voice = plain === "" ? undefined : find(plain);
  } catch (error) {
    voice = undefined;
  }
  return voice || VoiceList.Yandex.Neural.ru_RU_alena;
}

/** Pieces that synthesis takes, cut between sentences where it can. */
function pieces(text) {
  const parts = [];
  let rest = text;
  while (rest.length > LONGEST_SPEECH) {
    const head = rest.slice(0, LONGEST_SPEECH);
    const sentence = Math.max(head.lastIndexOf(". "), head.lastIndexOf("? "), head.lastIndexOf("! "));
    const cut = sentence > 0 ? sentence + 1 : head.lastIndexOf(" ") > 0 ? head.lastIndexOf(" ") : LONGEST_SPEECH;
    parts.push(rest.slice(0, cut).trim());
    rest = rest.slice(cut).trim();
  }
  if (rest !== "") parts.push(rest);
  return parts;
}

class Mouth {
  constructor(call) {
    this.call = call;
    this.voice = voiceNamed("");
    this.line = Promise.resolve();
    this.finish = null;
    this.isShut = false;
    this.unsaid = 0; // texts in a row that no voice could say
    call.addEventListener(CallEvents.PlaybackFinished, (event) => {
      if (event.error) Logger.write(`synthesis: ${event.error}`);
      if (this.finish) this.finish(!event.error);
    });
  }

  useVoice(name) {
    this.voice = voiceNamed(name);
  }

  /** Says a text after those before it; resolves when it is said. */
  say(text) {
    for (const piece of pieces(text)) {
      this.line = this.line.then(() => this.speak(piece));
    }
    return this.line;
  }

  async speak(text) {
    if (this.isShut) return;
    // the persona's voice may be gone; the default one is better than silence
    const isSaid = (await this.play(text, this.voice)) || this.isShut || (await this.play(text, voiceNamed("")));
    this.unsaid = isSaid ? 0 : this.unsaid + 1;
    if (!isSaid) await this.tone();
    if (this.unsaid === MOST_UNSAID) this.call.hangup();
  }

  /** In place of words that synthesis did not make: silence would be taken for a lost line. */
  async tone() {
    if (this.isShut) return;
    await this.sound(TIMES.tone, () => this.call.playProgressTone("RU"));
    if (!this.isShut) this.call.stopPlayback();
  }

  play(text, voice) {
    // `voice` in today's typings, `language` in older pages of the documentation
    const options = { voice, language: voice, progressivePlayback: true };
    // twice the slowest speech: without PlaybackFinished the call must go on all the same
    return this.sound(5000 + text.length * 150, () => this.call.say(text, options));
  }

  /** Ends with the sound, or after `longest` ms; resolves to whether it was made. */
  sound(longest, begin) {
    return new Promise((resolve) => {
      const guard = setTimeout(() => this.finish && this.finish(true), longest);
      this.finish = (isGood) => {
        this.finish = null;
        clearTimeout(guard);
        resolve(isGood);
      };
      try {
        begin();
      } catch (error) {
        Logger.write(`synthesis: ${error}`);
        this.finish(false);
      }
    });
  }

  /** Cuts what is being said and what was to be said. */
  hush() {
    if (!this.finish) return;
    this.call.stopPlayback();
    this.finish(true);
  }

  shut() {
    this.isShut = true;
    if (this.finish) this.finish(true);
  }
}
