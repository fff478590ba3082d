// The ear: when the client begins to speak, and the pause of two seconds that ends it.
//
// Silero's pause is a parameter (VADEvents.Result: speechStartAt, speechEndAt). Where the module
// fails, MicStatusChange with a timer of our own takes its place in the middle of the call.

class Ear {
  constructor(call) {
    this.call = call;
    this.isTalking = false;
    this.turn = null;
    this.quiet = null;
    this.vad = null;
    this.usesMicStatus = false;
    this.isShut = false;
  }

  async open() {
    try {
      const vad = await Silero.createVAD({ minSilenceDurationMs: TIMES.pause, threshold: 0.5, speechPadMs: 0 });
      if (this.isShut) {
        vad.close();
        return;
      }
      this.vad = vad;
      vad.addEventListener(Silero.VADEvents.Result, (event) => {
        if (this.usesMicStatus) return;
        if (event.speechStartAt !== undefined && event.speechStartAt !== null) this.begins();
        if (event.speechEndAt !== undefined && event.speechEndAt !== null) this.pauses();
      });
      vad.addEventListener(Silero.VADEvents.Error, () => this.fallBack("the detector of speech failed"));
      this.call.sendMediaTo(vad);
    } catch (error) {
      this.fallBack(error);
    }
  }

  fallBack(why) {
    if (this.usesMicStatus || this.isShut) return;
    Logger.write(`ear: ${why}; microphone status takes its place`);
    this.usesMicStatus = true;
    // it never told the end of what is being said. Any word of the microphone replaces this timer; if
    // none comes, the client has fallen silent already
    if (this.isTalking) this.quiet = setTimeout(() => this.pauses(), 2 * TIMES.pause);
    this.call.addEventListener(CallEvents.MicStatusChange, (event) => {
      clearTimeout(this.quiet);
      if (event.active) this.begins();
      else this.quiet = setTimeout(() => this.pauses(), TIMES.pause);
    });
    this.call.handleMicStatus(true);
  }

  begins() {
    this.isTalking = true;
    if (this.turn) this.turn.begins();
  }

  pauses() {
    this.isTalking = false;
    if (this.turn) this.turn.pauses();
  }

  /**
   * Waits for one thing said: `pause` after it, `silence` when nothing was, `longest` when it does not
   * end. Speech that began before counts.
   */
  hear() {
    return new Promise((resolve) => {
      let hasSpoken = this.isTalking;
      const settle = (how) => {
        this.turn = null;
        clearTimeout(noSpeech);
        clearTimeout(longest);
        resolve(how);
      };
      const noSpeech = setTimeout(() => {
        if (!hasSpoken) settle("silence");
      }, TIMES.noSpeech);
      const longest = setTimeout(() => settle("longest"), TIMES.longestTurn);
      this.turn = {
        begins: () => {
          hasSpoken = true;
        },
        // the end of something said before we listened is no turn
        pauses: () => {
          if (hasSpoken) settle("pause");
        },
        shut: () => settle("silence"),
      };
    });
  }

  shut() {
    this.isShut = true;
    clearTimeout(this.quiet);
    if (this.turn) this.turn.shut();
    if (this.vad) this.vad.close();
    this.vad = null;
  }
}
