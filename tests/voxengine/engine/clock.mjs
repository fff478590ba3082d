// Virtual time: timers of a scenario and of the stand-in in one queue; nothing really waits.

/** Most timers of a session (VoxEngine, "Limits and restrictions"). */
export const MOST_TIMERS = 100;

export class Clock {
  #now = Date.UTC(2026, 10, 20, 12, 0, 0);
  #start = this.#now;
  #timers = new Map();
  #next = 1;
  /** Timers of the scenario stop with `Terminating`. */
  scenarioTimersRun = true;
  mostAtOnce = 0;

  /** Milliseconds since the session began. */
  get elapsed() {
    return this.#now - this.#start;
  }

  get now() {
    return this.#now;
  }

  get scenarioTimers() {
    return [...this.#timers.values()].filter((timer) => timer.owner === "scenario").length;
  }

  /** `owner` is `scenario` or `platform`. */
  set(owner, callback, ms, every = null) {
    const id = this.#next;
    this.#next += 1;
    this.#timers.set(id, { id, owner, callback, at: this.#now + Math.max(0, Number(ms) || 0), every });
    if (owner === "scenario") {
      this.mostAtOnce = Math.max(this.mostAtOnce, this.scenarioTimers);
      if (this.scenarioTimers > MOST_TIMERS) throw new Error("Timers limit exceeded");
    }
    return id;
  }

  clear(id) {
    this.#timers.delete(id);
  }

  /** A `Date` whose `now` is this clock's. */
  dateClass(Real) {
    const clock = this;
    return class extends Real {
      constructor(...args) {
        super(...(args.length === 0 ? [clock.now] : args));
      }
      static now() {
        return clock.now;
      }
    };
  }

  /** Runs everything that is due within the time, in order, promises between. */
  async advance(ms) {
    const until = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers.values()].filter((timer) => timer.at <= until);
      if (due.length === 0) break;
      const first = due.reduce((one, other) => (other.at < one.at || (other.at === one.at && other.id < one.id) ? other : one));
      this.#now = Math.max(this.#now, first.at);
      if (first.every === null) this.#timers.delete(first.id);
      else first.at += first.every;
      if (first.owner === "platform" || this.scenarioTimersRun) first.callback();
      await settle();
    }
    this.#now = until;
  }
}

/** Lets all promises that can settle do so. */
export function settle() {
  return new Promise((resolve) => setImmediate(resolve));
}
