// The media socket: the call's sound both ways as base64 in JSON frames, made by the platform itself.
//
// Either we dial the backend, or, when it stands behind NAT, it dials our session's address and shows
// X-Zvonar-Token: hex HMAC-SHA256(secret, call_id); of a request's headers only X-* are seen here.
// Messages of our own carry `customEvent`, never `event`. Sockets outlive a call: we close them.

/** A header of an incoming request, in lower case: a list of `{ key, value }`, or an object. */
function headerOf(headers, wanted) {
  /** @type {any[][]} */
  const pairs = Array.isArray(headers) ? headers.map((header) => [header.key || header.name, header.value]) : Object.entries(headers || {});
  const found = pairs.find(([name]) => String(name).toLowerCase() === wanted);
  return found ? String(found[1]).toLowerCase() : null;
}

class Media {
  constructor(session) {
    this.session = session;
    this.socket = null;
    this.isOpen = false;
    this.hasSound = false;
    this.isClosed = false;
    this.arrived = new Promise((resolve) => {
      this.arrive = resolve;
    });
    this.sounding = new Promise((resolve) => {
      this.sound = resolve;
    });
    // resolves with what ended the stream: `lost`, `hangup`, `fallback`, or a transfer
    this.ending = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  /** Lets the backend dial in; before anything else, for it may be quick. */
  expect() {
    VoxEngine.allowWebSocketConnections();
    VoxEngine.addEventListener(AppEvents.WebSocket, (event) => {
      const token = headerOf(event.headers, "x-zvonar-token");
      const { backend, callId } = this.session;
      const expected = callId === null ? null : Crypto.hmac_sha256(backend.secret, callId);
      if (this.socket || this.isClosed || expected === null || token !== expected) {
        Logger.write("media: a socket without our token is closed");
        event.websocket.close();
        return;
      }
      this.take(event.websocket);
      this.opened();
    });
  }

  /** Dials the backend. */
  dial() {
    const { backend, callId } = this.session;
    const headers = [{ name: "Authorization", value: `Bearer ${backend.secret}` }];
    try {
      this.take(VoxEngine.createWebSocket(backend.socketUrl(callId), { headers }));
    } catch (error) {
      this.lose(error);
    }
  }

  take(socket) {
    this.socket = socket;
    socket.addEventListener(WebSocketEvents.OPEN, () => this.opened());
    socket.addEventListener(WebSocketEvents.MESSAGE, (event) => this.hear(event.text || event.data));
    socket.addEventListener(WebSocketEvents.MEDIA_STARTED, () => {
      this.hasSound = true;
      this.sound();
    });
    // MEDIA_ENDED is a second without sound: a gap, not an end
    socket.addEventListener(WebSocketEvents.CLOSE, () => this.lose("closed"));
    socket.addEventListener(WebSocketEvents.ERROR, () => this.lose("failed"));
  }

  opened() {
    if (this.isOpen || this.isClosed) return;
    this.isOpen = true;
    this.arrive(true);
  }

  /** Whether it stands within the time; dials unless the backend is to. */
  async connect(backendDials) {
    if (!backendDials && !this.socket) this.dial();
    return (await this.session.within(this.arrived, TIMES.mediaOpen)) === true;
  }

  /** Connects both streams. The encoding is always named: what the platform takes without it is disputed. */
  link(encoding) {
    const { call, callId } = this.session;
    const known = { ULAW: WebSocketAudioEncoding.ULAW, ALAW: WebSocketAudioEncoding.ALAW, PCM16: WebSocketAudioEncoding.PCM16 };
    // no tag: a tagged stream does not bind to an untagged one
    const options = /** @type {any} */ ({ encoding: known[encoding] || WebSocketAudioEncoding.ULAW, customParameters: { call_id: callId } });
    call.sendMediaTo(this.socket, options);
    this.socket.sendMediaTo(call);
  }

  hear(text) {
    let message = null;
    try {
      message = JSON.parse(text);
    } catch (error) {
      return;
    }
    if (!message || typeof message !== "object") return;
    if (message.customEvent === "clear") this.socket.clearMediaBuffer();
    if (message.customEvent === "hangup") this.finish({ how: "hangup" });
    if (message.customEvent === "fallback") this.finish({ how: "fallback" });
    if (message.customEvent === "transfer") this.finish({ how: "transfer", part: readAnswer({ action: "transfer", transfer_to: message.transfer_to }) });
  }

  tell(message) {
    if (this.isOpen && !this.isClosed) this.socket.send(JSON.stringify(message));
  }

  lose(how) {
    if (this.isClosed) return;
    Logger.write(`media: the socket is lost: ${how}`);
    this.isClosed = true;
    this.arrive(false);
    this.finish({ how: "lost" });
  }

  /** Takes the call off the socket and closes it. */
  close() {
    if (this.isClosed) return;
    this.isClosed = true;
    this.arrive(false);
    if (!this.socket) return;
    if (this.isOpen && this.session.call) {
      this.session.call.stopMediaTo(this.socket);
      this.socket.stopMediaTo(this.session.call);
    }
    this.socket.close();
  }
}
