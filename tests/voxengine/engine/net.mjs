// Net.httpRequestAsync with its limits: 3 requests at once, 35 in all, and codes <= 0 for its own troubles.

const AT_ONCE = 3;
const IN_ALL = 35;
const LONGEST_S = 90;
const LARGEST = 2 * 1024 * 1024;

export class Net {
  #active = 0;
  #queue = [];
  mostAtOnce = 0;

  constructor(world) {
    this.world = world;
  }

  request(url, options = {}) {
    const { world } = this;
    if (world.isTerminating && world.requestsAfterTerminating >= 1) return new Promise(() => {});
    if (world.isTerminating) world.requestsAfterTerminating += 1;
    if (this.#active + this.#queue.length >= IN_ALL) throw new Error("Exceeded the HTTP connection count limit!");
    if (options.timeout > LONGEST_S || options.connectionTimeout > 6) throw new Error("httpRequestAsync: a time limit can only be lowered");
    if (options.headers !== undefined && Array.isArray(options.headers)) throw new TypeError("headers is an object");
    return new Promise((resolve) => {
      this.#queue.push({ url, options, resolve });
      this.#next();
    });
  }

  #next() {
    while (this.#active < AT_ONCE && this.#queue.length > 0) {
      const { url, options, resolve } = this.#queue.shift();
      this.#active += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#active);
      const done = (answer) => {
        this.#active -= 1;
        resolve(answer);
        this.#next();
      };
      this.#perform(url, options, done);
    }
  }

  #perform(url, options, done) {
    const { world } = this;
    const { pathname, origin } = new URL(url);
    const body = options.postData === undefined ? null : JSON.parse(options.postData);
    const request = { at: world.clock.elapsed, method: options.method ?? "GET", url, origin, path: pathname, headers: options.headers ?? {}, body };
    world.requests.push(request);
    const answer = world.backend(request) ?? { code: -4 };
    const limit = (options.timeout ?? LONGEST_S) * 1000;
    const after = answer.never ? limit : (answer.after ?? 100);
    const isLate = after >= limit;
    world.clock.set(
      "platform",
      () => {
        const text = answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body));
        if (isLate) done({ code: -7, error: "timeout" });
        else if (text.length > LARGEST) done({ code: -9 });
        else done({ code: answer.code ?? 200, text, headers: [] });
      },
      Math.min(after, limit),
    );
  }
}
