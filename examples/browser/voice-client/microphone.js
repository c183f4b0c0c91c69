import { Emitter } from "./emitter.js";
import { VoiceError } from "./errors.js";

/** The errors of `getUserMedia`. */
const CODES = {
  NotAllowedError: "microphone_refused",
  SecurityError: "microphone_refused",
  NotFoundError: "microphone_missing",
  OverconstrainedError: "microphone_missing",
  NotReadableError: "microphone_busy",
  AbortError: "microphone_busy",
};

/**
 * The user's microphone as 16-bit samples of one channel.
 *
 * Events: `audio` (an `ArrayBuffer` with 20 ms), `level` `{rms, peak}` from 0 to 1, `problem`, `restored` (after
 * `microphone_silenced`).
 */
export class Microphone extends Emitter {
  #stream;
  #source;
  #node;

  /** Asks the user for the microphone. `context` has loaded `worklet.js`, `rate` is in Hz. */
  static async open(context, rate, constraints = {}) {
    const audio = {
      // "all" removes the sound of other programs too; browsers that do not know it take it as true.
      echoCancellation: "all",
      noiseSuppression: true,
      autoGainControl: true,
      channelCount: 1,
      ...constraints,
    };
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio });
    } catch (cause) {
      throw new VoiceError(CODES[cause.name] ?? "microphone_busy", cause.message, { cause });
    }
    return new Microphone(context, rate, stream);
  }

  constructor(context, rate, stream) {
    super();
    this.#stream = stream;
    const [track] = stream.getAudioTracks();
    track.onended = () => this.emit("problem", new VoiceError("microphone_lost"));
    track.onmute = () => this.emit("problem", new VoiceError("microphone_silenced"));
    track.onunmute = () => this.emit("restored");
    this.#source = context.createMediaStreamSource(stream);
    this.#node = new AudioWorkletNode(context, "voice-microphone", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
      processorOptions: { rate },
    });
    this.#node.port.onmessage = ({ data }) => {
      this.emit("audio", data.audio);
      this.emit("level", data.level);
    };
    this.#source.connect(this.#node);
  }

  get stream() {
    return this.#stream;
  }

  /** A muted microphone gives silence. */
  set muted(muted) {
    for (const track of this.#stream.getAudioTracks()) track.enabled = !muted;
  }

  get muted() {
    return this.#stream.getAudioTracks().every((track) => !track.enabled);
  }

  close() {
    this.#node.port.onmessage = null;
    this.#node.port.postMessage("close");
    this.#source.disconnect();
    for (const track of this.#stream.getTracks()) {
      track.onended = track.onmute = track.onunmute = null;
      track.stop();
    }
  }
}
