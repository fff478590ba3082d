// The backend: requests with the shared secret, each bounded in time and never thrown out of.
//
// VoxEngine allows 3 requests at once and 35 in all (more throw), so events go one after another,
// and turns beside them. Net.httpRequestAsync resolves on every status; code <= 0 is its own trouble.

class Backend {
  constructor(base, secret) {
    this.base = base.replace(/\/+$/, "");
    this.secret = secret;
    /** @type {Promise<any>} */
    this.line = Promise.resolve();
    this.failures = 0;
  }

  get isKnown() {
    return /^https?:\/\/[^\s/]+/.test(this.base) && this.secret !== "";
  }

  /** The media socket's address. */
  socketUrl(callId) {
    return `${this.base.replace(/^http/, "ws")}/voximplant/media/${encodeURIComponent(callId)}`;
  }

  /** One request: `{ code, body }`; `code` 0 and below when no answer came. */
  async request(method, url, body, seconds) {
    try {
      const answer = await Net.httpRequestAsync(url, {
        method,
        headers: { "Content-Type": "application/json", Authorization: `Bearer ${this.secret}` },
        postData: body === null ? undefined : JSON.stringify(body),
        timeout: seconds,
        connectionTimeout: Math.min(seconds, 5),
      });
      let json = null;
      try {
        json = JSON.parse(answer.text || "null");
      } catch (error) {
        Logger.write(`backend: an answer that is no JSON (code ${answer.code})`);
      }
      return { code: answer.code, body: json && typeof json === "object" ? json : null };
    } catch (error) {
      Logger.write(`backend: ${error}`);
      return { code: 0, body: null };
    }
  }

  /**
   * Asks until an answer comes or `lastMs` have passed; `null` then, and at once when the backend
   * refuses for good. `isOver` stops it when the call has ended.
   */
  async persist(method, url, body, lastMs, isOver) {
    const until = Date.now() + lastMs;
    for (let tries = 1; !isOver(); tries += 1) {
      const left = Math.max(1, Math.ceil((until - Date.now()) / 1000));
      const { code, body: answer } = await this.request(method, url, body, Math.min(left, 12));
      if (code >= 200 && code <= 299 && answer) return answer;
      this.failures += 1;
      Logger.write(`backend: try ${tries} of ${method} ended with code ${code}`);
      const isFinal = code >= 400 && code <= 499 && ![408, 425, 429].includes(code);
      if (isFinal || Date.now() + TIMES.retry >= until) return null;
      await new Promise((resume) => setTimeout(() => resume(null), TIMES.retry));
    }
    return null;
  }

  turn(body, lastMs, isOver) {
    return this.persist("POST", `${this.base}/voximplant/process_audio`, body, lastMs, isOver);
  }

  /** The rest of an answer. The secret goes to the backend alone, so a foreign address is not asked. */
  rest(url, lastMs, isOver) {
    if (typeof url !== "string" || !url.startsWith(`${this.base}/`)) {
      Logger.write("backend: next_url is not on the backend");
      return Promise.resolve(null);
    }
    return this.persist("GET", url, null, lastMs, isOver);
  }

  started(body, lastMs, isOver) {
    return this.persist("POST", `${this.base}/voximplant/events`, { event: "started", ...body }, lastMs, isOver);
  }

  /** Tells an event, after those before it. Resolves with the answer or `null`. */
  tell(event, body) {
    const url = `${this.base}/voximplant/events`;
    const send = async () => {
      const first = await this.request("POST", url, { event, ...body }, 5);
      if (first.code >= 200 && first.code <= 499) return first.body;
      const second = await this.request("POST", url, { event, ...body }, 5);
      return second.body;
    };
    this.line = this.line.then(send, send);
    return this.line;
  }
}

/** An answer of the backend, whatever came: bounded, and with an action that is known. */
function readAnswer(body) {
  const text = typeof body.text === "string" ? body.text.slice(0, 8000).trim() : "";
  const action = ["say", "hangup", "transfer"].includes(body.action) ? body.action : "say";
  const number = typeof body.transfer_to === "string" ? body.transfer_to.replace(/[^\d+]/g, "") : "";
  const transferTo = /^\+?\d{5,15}$/.test(number) ? number : null;
  const nextUrl = typeof body.next_url === "string" && body.next_url !== "" ? body.next_url : null;
  return { text, action, transferTo, nextUrl };
}
