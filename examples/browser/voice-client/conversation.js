import { Emitter } from "./emitter.js";
import { VoiceError } from "./errors.js";
import { diagnose } from "./diagnose.js";
import { Outbox } from "./outbox.js";

/** The longest wait for an answer to a handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT = 15_000;

/** A connection to which nothing could be written for so long is lost, in milliseconds. */
const STUCK = 8000;

/** Messages of the server after which the client tells that it has them, and the longest time without one in milliseconds. */
const ACKNOWLEDGE = 64;
const KEEPALIVE = 15_000;

/** Close codes that a second attempt would meet again: the client or its credential is at fault. */
const FATAL = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

/** Settings of `start` that `update` changes. */
const UPDATABLE = ["language", "hints", "expect", "words", "alternatives", "interim", "voice", "speed", "pitch", "volume"];

/**
 * A conversation with a server by the protocol `voice.v1`, across lost connections. It knows no microphone and no
 * loudspeaker.
 *
 * Events: every message of the server by its `type`; `message` for all of them; `audio_data` (an `ArrayBuffer`);
 * `state`; `reconnected` `{resumed}`; `problem` (a `VoiceError`).
 */
export class Conversation extends Emitter {
  #options;
  #start;
  #state = "idle";
  #socket = null;
  #outbox = new Outbox();
  #received = 0;
  #acknowledged = 0;
  #ready = null;
  #told = null;
  #retry = null;
  #keepalive = null;
  #written = { amount: 0, at: 0 };
  #lostNetwork = () => this.#lost();
  #foundNetwork = () => this.#retry?.();

  constructor({ url, credential, start = {}, reconnect = {} }) {
    super();
    this.#options = { url, credential, firstMs: 300, maxMs: 8000, giveUpMs: 120_000, ...reconnect };
    this.#start = { ...start, type: "start" };
  }

  /** `idle`, `connecting`, `open`, `reconnecting` or `closed`. */
  get state() {
    return this.#state;
  }

  /** The last `ready` of the server. */
  get ready() {
    return this.#ready;
  }

  /** Connects and starts. Resolves with `ready`, or rejects with a `VoiceError`. */
  async connect() {
    if (this.#state !== "idle") throw new Error("a conversation connects once; make a new one");
    this.#become("connecting");
    try {
      return await this.#attempt();
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  /** Sends a message. While the connection is lost it is kept. */
  send(message) {
    if (message.type === "update") {
      for (const key of UPDATABLE) if (key in message) this.#start[key] = message[key];
    }
    this.#transmit(JSON.stringify(message), message.type === "played" ? "position" : "message");
  }

  /** Sends audio in the format of `ready.audio_in`. */
  sendAudio(audio) {
    this.#transmit(audio, "audio");
  }

  /** Ends the user's turn and the conversation. Resolves when the server has confirmed it. */
  async end() {
    if (this.#state === "idle" || this.#state === "closed") return this.#close();
    const closed = new Promise((resolve) => this.on("state", (state) => state === "closed" && resolve()));
    this.#told = "ok";
    if (this.#state !== "open") return this.#close();
    this.send({ type: "end" });
    await closed;
  }

  /** Leaves at once. */
  close() {
    this.#socket?.close(1000);
    this.#close();
  }

  #become(state) {
    if (this.#state === state) return;
    this.#state = state;
    this.emit("state", state);
  }

  #close() {
    this.#socket = null;
    clearInterval(this.#keepalive);
    globalThis.removeEventListener?.("offline", this.#lostNetwork);
    globalThis.removeEventListener?.("online", this.#foundNetwork);
    this.#become("closed");
    this.#retry?.();
  }

  #fail(error) {
    this.#close();
    this.emit("problem", error);
  }

  #transmit(data, kind) {
    if (this.#state === "idle" || this.#state === "closed") return;
    // A connection that is being closed takes nothing any more.
    const isOpen = this.#state === "open" && this.#socket.readyState === WebSocket.OPEN;
    const isLost = this.#outbox.add(data, kind, isOpen);
    if (isLost) this.emit("problem", new VoiceError("audio_lost"));
    if (!isOpen) return;
    this.#socket.send(data);
    // A network that fails in silence is noticed by what it does not take.
    const amount = this.#socket.bufferedAmount;
    const now = performance.now();
    if (amount === 0 || amount < this.#written.amount) this.#written.at = now;
    this.#written.amount = amount;
    if (now - this.#written.at > STUCK) this.#lost();
  }

  /** One attempt to connect, and to resume if there was a connection before. Resolves with `ready`. */
  async #attempt() {
    const { url, credential } = this.#options;
    let shown = credential ?? {};
    if (typeof credential === "function") {
      try {
        shown = await credential();
      } catch (cause) {
        throw new VoiceError("credential_failed", "", { cause });
      }
    }
    const secret = shown.token ? [`bearer.${shown.token}`] : shown.ticket ? [`ticket.${shown.ticket}`] : [];
    const ready = await this.#handshake(secret)
      // A browser does not tell why a handshake was refused. The answer to a token in a message tells it.
      ?? (shown.token ? await this.#handshake([], { token: shown.token }) : null);
    if (!ready) throw await diagnose(url, shown);
    return ready;
  }

  /** Resolves with `ready`; with null if there was no connection. Rejects if the server tells why it refuses. */
  #handshake(secret, first) {
    return new Promise((resolve, reject) => {
      const { token } = this.#ready?.resume ?? {};
      const resume = token ? [`resume.${token}.${this.#received}`] : [];
      const socket = new WebSocket(this.#options.url, ["voice.v1", ...secret, ...resume]);
      socket.binaryType = "arraybuffer";
      const leave = (settle, value) => {
        clearTimeout(timer);
        socket.onopen = socket.onmessage = socket.onclose = null;
        settle(value);
      };
      const timer = setTimeout(() => {
        socket.close();
        leave(resolve, null);
      }, HANDSHAKE_TIMEOUT);
      let isStarted = false;
      const begin = () => {
        isStarted = true;
        this.#outbox.begin();
        this.#received = 0;
        this.#acknowledged = 0;
        socket.send(JSON.stringify(this.#outbox.first(this.#start)));
      };
      socket.onopen = () => {
        if (first) socket.send(JSON.stringify(first));
        if (!token) begin();
      };
      socket.onclose = ({ reason }) => {
        const code = /^[a-z_]+/.exec(reason)?.[0];
        leave(code ? reject : resolve, code ? new VoiceError(code, reason) : null);
      };
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        if (message.type === "ready") {
          leave(resolve, message);
          return this.#open(socket, message);
        }
        if (message.seq) this.#received = message.seq;
        // The session to resume is over; this is a new one.
        if (message.code === "session_ended" && !isStarted) {
          begin();
          this.#received = message.seq;
        } else if (message.error || message.type === "error" || message.type === "closed") {
          const { code, message: text, retryable } = message.error ?? message;
          socket.close(1000);
          leave(reject, new VoiceError(code, text, { retryable }));
        }
      };
    });
  }

  #open(socket, ready) {
    if (this.#state === "closed") return socket.close(1000);
    const wasOpen = this.#ready !== null;
    this.#socket = socket;
    this.#ready = ready;
    this.#told = null;
    this.#written = { amount: 0, at: performance.now() };
    socket.onmessage = ({ data }) => this.#receive(socket, data);
    socket.onclose = (event) => this.#closed(socket, event);
    for (const data of this.#outbox.resume(ready.received.messages)) socket.send(data);
    this.#become("open");
    if (!wasOpen) {
      globalThis.addEventListener?.("offline", this.#lostNetwork);
      globalThis.addEventListener?.("online", this.#foundNetwork);
      this.#keepalive = setInterval(() => this.#acknowledge(), KEEPALIVE);
    }
    this.emit("ready", ready);
    this.emit("message", ready);
    if (wasOpen) this.emit("reconnected", { resumed: ready.resumed });
  }

  #receive(socket, data) {
    if (socket !== this.#socket) return;
    this.#received += 1;
    if (typeof data !== "string") {
      this.emit("audio_data", data);
    } else {
      const message = JSON.parse(data);
      this.#received = message.seq ?? this.#received;
      if (message.type === "closed") this.#told = message.code;
      this.emit(message.type, message);
      this.emit("message", message);
    }
    if (this.#received - this.#acknowledged >= ACKNOWLEDGE) this.#acknowledge();
  }

  #acknowledge() {
    if (this.#state !== "open") return;
    this.#acknowledged = this.#received;
    this.send({ type: "keepalive", received: this.#received });
  }

  #closed(socket, { code, reason }) {
    if (socket !== this.#socket) return;
    const why = this.#told ?? /^[a-z_]+/.exec(reason)?.[0];
    if (code === 1000 && (why ?? "ok") === "ok") return this.#close();
    if (FATAL.has(code) || code === 1000) return this.#fail(new VoiceError(why ?? "server_refused", reason));
    this.#lost(why);
  }

  /** The connection is lost. A close would end the session, so the old one is only left alone. */
  #lost(why) {
    if (this.#state !== "open") return;
    if (why) this.emit("problem", new VoiceError(why));
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket = null;
    this.#become("reconnecting");
    this.#reconnect();
  }

  async #reconnect() {
    const { firstMs, maxMs, giveUpMs } = this.#options;
    const end = performance.now() + giveUpMs;
    for (let wait = firstMs; ; wait = Math.min(2 * wait, maxMs)) {
      // A part of the wait is random, so that not all clients come back at once.
      await this.#pause(wait * (0.5 + Math.random() / 2));
      if (this.#state !== "reconnecting") return;
      try {
        return await this.#attempt();
      } catch (error) {
        if (this.#state !== "reconnecting") return;
        if (!this.#mayPass(error)) return this.#fail(error);
        if (performance.now() > end) return this.#fail(new VoiceError("network_lost", "", { cause: error }));
      }
    }
  }

  /** Whether another attempt may succeed. A network that comes and goes looks like a refusal of what was accepted before. */
  #mayPass({ code, retryable }) {
    const isNew = typeof this.#options.credential === "function";
    return retryable || code === "origin_forbidden" || (isNew && code === "ticket_invalid");
  }

  /** Waits, but not longer than until the network is back. */
  #pause(ms) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#retry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
