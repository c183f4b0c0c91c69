/** Speech in both directions for web pages, with a server that speaks the protocol `voice.v1`. */

import { Conversation } from "./conversation.js";
import { Emitter } from "./emitter.js";
import { VoiceError, sentences } from "./errors.js";
import { Microphone } from "./microphone.js";
import { Speaker } from "./speaker.js";

export { Conversation, Microphone, Speaker, VoiceError, sentences };

const WORKLET = new URL("./worklet.js", import.meta.url);

/**
 * A conversation with the microphone and the loudspeaker of this device.
 *
 * Events: those of the conversation; `level` of the microphone; `word_heard` and `mark_heard` at the moment at which the
 * listener hears them; `played` `{run, ms, ahead}`; `microphone` (`on`, `off`, `muted`); `output` (`loopback`, `direct`).
 */
export class VoiceClient extends Emitter {
  #options;
  #conversation;
  #context;
  #microphone;
  #speaker;
  #said = 0;

  /** See `ClientOptions` in index.d.ts. */
  constructor(options) {
    super();
    this.#options = { listenOnly: false, loopback: true, ...options };
    const { audio_in, audio_out, ...start } = options.start ?? {};
    this.#conversation = new Conversation({
      ...options,
      start: {
        ...start,
        audio_in: { sample_rate: 16_000, ...audio_in, encoding: "pcm_s16le", channels: 1 },
        audio_out: { ...audio_out, encoding: "pcm_s16le" },
      },
    });
  }

  /** The conversation, for messages that this class has no method for. */
  get conversation() {
    return this.#conversation;
  }

  get state() {
    return this.#conversation.state;
  }

  /** The loudspeaker and the microphone, once they are open. */
  get speaker() {
    return this.#speaker;
  }

  get microphone() {
    return this.#microphone;
  }

  /** Connects. Call it while the user clicks or taps, so that the browser allows sound. Resolves with `ready`. */
  async connect() {
    await this.#prepare();
    this.#follow();
    try {
      return await this.#conversation.connect();
    } catch (error) {
      await this.#release();
      throw error;
    }
  }

  /** Asks for the microphone, and sends what it hears. */
  async listen(constraints) {
    if (!this.#conversation.ready) throw new Error("connect before you listen");
    this.#microphone?.close();
    this.#microphone = undefined;
    const { sample_rate } = this.#conversation.ready.audio_in;
    const microphone = await Microphone.open(this.#context, sample_rate, constraints);
    if (this.state === "closed") return microphone.close();
    this.#microphone = microphone;
    microphone.on("audio", (audio) => this.#conversation.sendAudio(audio));
    microphone.on("level", (level) => this.emit("level", level));
    microphone.on("restored", () => this.emit("microphone", "on"));
    microphone.on("problem", (problem) => {
      if (problem.code === "microphone_lost") this.#stop();
      this.emit("problem", problem);
    });
    this.emit("microphone", "on");
  }

  /** The server gets silence while the microphone is muted. */
  set muted(muted) {
    if (!this.#microphone) return;
    this.#microphone.muted = muted;
    this.emit("microphone", muted ? "muted" : "on");
  }

  get muted() {
    return this.#microphone?.muted ?? false;
  }

  /** Speaks a text, or `{text}`, `{ssml}` and the other fields of `say`. Returns the id of the utterance. */
  say(what, options = {}) {
    const message = { ...(typeof what === "string" ? { text: what } : what), ...options };
    message.id ??= `say-${++this.#said}`;
    this.#conversation.send({ type: "say", ...message });
    return message.id;
  }

  /** More text for an utterance that was begun with `open: true`. */
  append(id, text) {
    this.#conversation.send({ type: "append", id, text });
  }

  /** The end of the text of that utterance. */
  flush(id) {
    this.#conversation.send({ type: "flush", id });
  }

  /** Drops what was not heard. */
  clear() {
    this.#conversation.send({ type: "clear" });
  }

  /** Changes settings; see `Update` in index.d.ts. */
  update(settings) {
    this.#conversation.send({ type: "update", ...settings });
  }

  /** Ends the user's turn now. */
  finalize() {
    this.#conversation.send({ type: "finalize" });
  }

  /** Decides an interruption after `paused`, if the application decides. */
  confirmInterruption() {
    this.#conversation.send({ type: "barge_in.confirm" });
  }

  rejectInterruption() {
    this.#conversation.send({ type: "barge_in.reject" });
  }

  /** After `sound_blocked` or when the page comes back to the front, while the user clicks or taps. */
  async unblock() {
    await (this.#speaker?.unblock() ?? this.#context?.resume());
  }

  /** Ends the user's turn and the conversation, and releases the devices. */
  async end() {
    this.#stop();
    await this.#conversation.end();
  }

  /** Leaves at once, and releases the devices. */
  async close() {
    this.#conversation.close();
    await this.#release();
  }

  async #prepare() {
    if (globalThis.isSecureContext === false) throw new VoiceError("page_insecure");
    if (!globalThis.AudioWorkletNode || !globalThis.WebSocket || !navigator.mediaDevices?.getUserMedia) {
      throw new VoiceError("browser_unsupported");
    }
    this.#context = new AudioContext({ latencyHint: "interactive" });
    // Where sound is blocked this waits until it is allowed.
    this.#context.resume().catch(() => {});
    await this.#context.audioWorklet.addModule(WORKLET);
    if (this.#options.listenOnly) return;
    this.#speaker = new Speaker(this.#context, this.#options);
    this.#speaker.on("problem", (problem) => this.emit("problem", problem));
    this.#speaker.on("output", (output) => this.emit("output", output));
    this.#speaker.on("played", (played) => {
      this.#conversation.send({ type: "played", run: played.run, ms: played.ms });
      this.emit("played", played);
    });
    this.#speaker.on("stopped", ({ run, ms }) => this.#conversation.send({ type: "played", run, ms }));
    this.#speaker.on("mark", (mark) => this.emit(`${mark.type}_heard`, mark));
    await this.#speaker.ready;
  }

  /** Passes the events on, and plays what the server sends. */
  #follow() {
    const conversation = this.#conversation;
    const speaker = this.#speaker;
    let session;
    const place = (message) =>
      speaker?.mark(JSON.stringify(message, ["type", "at_ms", "id", "name", "span"]), message.at_ms, message);
    const handlers = {
      ready: ({ session: number, resumed, audio_out }) => {
        // The audio of a session that is over is not heard.
        if (!resumed || session !== number) speaker?.begin(audio_out.sample_rate);
        session = number;
      },
      audio: ({ run, at_ms }) => speaker?.audio(run, at_ms),
      paused: ({ run }) => speaker?.pause(run),
      resumed: () => speaker?.resume(),
      interrupted: ({ run }) => speaker?.drop(run),
      word: place,
      mark: place,
    };
    conversation.on("message", (message) => {
      handlers[message.type]?.(message);
      this.emit(message.type, message);
      this.emit("message", message);
    });
    conversation.on("audio_data", (audio) => speaker?.samples(audio));
    conversation.on("problem", (problem) => this.emit("problem", problem));
    conversation.on("reconnected", (how) => this.emit("reconnected", how));
    conversation.on("state", (state) => {
      this.emit("state", state);
      if (state === "closed") this.#release();
    });
  }

  #stop() {
    if (!this.#microphone) return;
    this.#microphone.close();
    this.#microphone = undefined;
    this.emit("microphone", "off");
  }

  async #release() {
    this.#stop();
    this.#speaker?.close();
    this.#speaker = undefined;
    const context = this.#context;
    this.#context = undefined;
    if (context && context.state !== "closed") await context.close();
  }
}
