// Words that the scenario says by itself, and its patience.

const WORDS = {
  filler: "Одну секунду.",
  patience: "Ещё секунду, пожалуйста.",
  apology: "Извините, у нас технические неполадки.",
  goodbye: "Мы свяжемся с вами позже. До свидания.",
  askAgain: ["Алло, вы меня слышите?", "Простите, вас не слышно. Вы на линии?"],
  silence: "К сожалению, вас не слышно. Мы перезвоним позже. До свидания.",
  repeat: "Извините, связь прервалась. Повторите, пожалуйста.",
  nobodyFree: "Сейчас все сотрудники заняты. Мы вам перезвоним. До свидания.",
};

// Milliseconds.
const TIMES = {
  pause: 2000, // of silence that ends what the client says
  noSpeech: 5000, // of silence after which the client is asked again
  longestTurn: 30000, // noise that never pauses must not hold the line
  filler: 1500, // after the pause: «Одну секунду»
  patience: 5000,
  apology: 8000, // the backend answers within it, or is dead
  welcome: 3000, // for the backend's greeting before the client is called
  retry: 1000, // between tries of one request; the backend answers a repeated turn with the same
  recorder: 3000, // for a recorder to stop
  tone: 1500, // in place of words that synthesis did not make
  recordStopped: 5000, // RecordStopped comes after Disconnected
  ring: 30000, // of an employee whom the client is handed to
  mediaOpen: 5000, // for the media socket to stand
  mediaSound: 8000, // for the first sound of the model
  lastRequests: 10000, // after the call, before the session is ended by force
  longestCall: 3600000,
};

// A text of synthesis is 1500 letters at most (VoxEngine, "Limits and restrictions").
const LONGEST_SPEECH = 1400;
// Texts in a row that synthesis did not make: a robot that cannot speak hangs up.
const MOST_UNSAID = 2;
// Parts of one answer that are asked for by next_url.
const MOST_PARTS = 30;

// Thrown out of whatever waits when the call is over.
class CallOver extends Error {}

/** Loads modules; one that this VoxEngine has built in (WebSocket) or lacks is passed over. */
function load(...names) {
  for (const name of names) {
    if (Modules[name] !== undefined) require(Modules[name]);
  }
}
