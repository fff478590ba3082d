// Listeners as VoxEngine has them: anything but a function ends the scenario when it is called.

export class Emitter {
  #listeners = new Map();

  constructor(world) {
    Object.defineProperty(this, "world", { value: world, enumerable: false });
  }

  addEventListener(event, callback) {
    if (event === undefined) throw new TypeError("addEventListener: the event is undefined");
    if (typeof callback !== "function") throw new TypeError(`addEventListener(${event}): no function`);
    this.#listeners.set(event, [...(this.#listeners.get(event) ?? []), callback]);
  }

  removeEventListener(event, callback) {
    const left = (this.#listeners.get(event) ?? []).filter((one) => callback !== undefined && one !== callback);
    this.#listeners.set(event, left);
  }

  /** Tells an event now; after `terminate` nothing is told. */
  emit(event, facts = {}) {
    if (this.world.isTerminated) return;
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        const result = listener({ name: event, ...facts });
        if (result && typeof result.catch === "function") result.catch((error) => this.world.crash(error));
      } catch (error) {
        this.world.crash(error);
      }
    }
  }

  /** Tells it so many milliseconds later. */
  emitLater(ms, event, facts) {
    return this.world.clock.set("platform", () => this.emit(event, facts), ms);
  }
}
