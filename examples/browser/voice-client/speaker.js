import { Emitter } from "./emitter.js";
import { VoiceError } from "./errors.js";

/** The longest wait for the loopback connection, in milliseconds. */
const LOOPBACK_TIMEOUT = 3000;

/** Milliseconds between two measurements of the delay. */
const MEASURE = 2000;

/** Seconds that the encoder of the loopback connection needs, and its receiver until that is measured. */
const ENCODING = 0.02;
const RECEIVING = 0.08;

/**
 * Plays the server's audio.
 *
 * Echo cancellers of browsers subtract only the sound that comes from a peer connection. So the sound goes through a
 * connection of the page with itself, into an audio element. Where that is not possible it goes to the output directly.
 *
 * Events: `played` `{run, ms, ahead}`, `stopped` `{run, ms}`, `mark`, `problem`, `output` (`loopback` or `direct`).
 */
export class Speaker extends Emitter {
  #context;
  #node;
  #stream;
  #element;
  #peers = [];
  #rate = 0;
  #marks = new Set();
  #measured = 0;

  /** `loopback: false` plays directly. The context has loaded `worklet.js`. */
  constructor(context, { loopback = true } = {}) {
    super();
    this.#context = context;
    this.#node = new AudioWorkletNode(context, "voice-speaker", { numberOfInputs: 0, outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => this.#report(data);
    /** Resolves with `loopback` or `direct` when sound can be heard. */
    this.ready = this.#connect(loopback);
  }

  /** The audio node from which the sound comes, for meters. */
  get node() {
    return this.#node;
  }

  /** The stream that the audio element plays; `undefined` without a loopback connection. */
  get stream() {
    return this.#stream;
  }

  /** A conversation begins whose audio has this rate. */
  begin(rate) {
    this.#rate = rate;
    this.#marks.clear();
    this.#send({ do: "begin", rate });
  }

  /** The samples that follow belong to this run, and begin at this time of the server's audio. */
  audio(run, atMs) {
    this.#send({ do: "audio", run, at: this.#frame(atMs) });
  }

  /** 16-bit samples in an `ArrayBuffer`, which is taken. */
  samples(audio) {
    this.#send({ do: "samples", audio }, [audio]);
  }

  /** Tells `mark` with the event `mark` when this time is heard. The same key is told once. */
  mark(key, atMs, mark) {
    if (this.#marks.has(key)) return;
    this.#marks.add(key);
    this.#send({ do: "mark", at: this.#frame(atMs), mark });
  }

  /** Stops, and keeps what was not heard. `run` is the run that begins. */
  pause(run) {
    this.#send({ do: "pause", run });
  }

  /** Goes on. */
  resume() {
    this.#send({ do: "resume" });
  }

  /** Drops what was not heard. */
  drop(run) {
    this.#marks.clear();
    this.#send({ do: "drop", run });
  }

  /** Must be called while the user clicks or taps, if the browser blocks sound. */
  async unblock() {
    await Promise.all([this.#context.resume(), this.#stream && this.#element.play()]);
  }

  async #play() {
    try {
      if (this.#stream) await this.#element.play();
      if (this.#context.state === "suspended") throw new Error("the audio context is suspended");
    } catch (cause) {
      this.emit("problem", new VoiceError("sound_blocked", "", { cause }));
    }
  }

  close() {
    this.#send({ do: "close" });
    this.#node.port.onmessage = null;
    this.#node.disconnect();
    for (const peer of this.#peers) peer.close();
    if (this.#element) this.#element.srcObject = null;
  }

  #send(message, transfer = []) {
    this.#node.port.postMessage(message, transfer);
  }

  /** Times are rounded down, and frames up, as the server does. */
  #frame(ms) {
    return Math.ceil((ms * this.#rate) / 1000);
  }

  #ms(frame) {
    return Math.floor((frame * 1000) / this.#rate + 1e-6);
  }

  #report(data) {
    if (data.mark) return this.emit("mark", data.mark);
    // Timers are late in background tabs; reports are not.
    if (performance.now() - this.#measured > MEASURE) this.#measure();
    if (data.stopped !== undefined) this.emit("stopped", { run: data.run, ms: this.#ms(data.stopped) });
    else this.emit("played", { run: data.run, ms: this.#ms(data.heard), ahead: data.ahead });
  }

  async #connect(loopback) {
    // The caller adds its listeners first.
    await null;
    if (loopback && globalThis.RTCPeerConnection) {
      const end = this.#context.createMediaStreamDestination();
      try {
        this.#stream = await this.#loop(end.stream);
        this.#element = new Audio();
        this.#element.srcObject = this.#stream;
        this.#node.connect(end);
        for (const peer of this.#peers) {
          // The connection of a page with itself can end with the network that it uses.
          peer.onconnectionstatechange = () => {
            if (["failed", "disconnected"].includes(peer.connectionState)) this.#playDirectly();
          };
        }
        this.emit("output", "loopback");
        this.#play();
        this.#measure();
        return "loopback";
      } catch (error) {
        console.info("voice-client: no loopback connection:", error?.message ?? error);
      }
    }
    this.#playDirectly();
    return "direct";
  }

  #playDirectly() {
    for (const peer of this.#peers.splice(0)) peer.close();
    if (this.#element) this.#element.srcObject = null;
    this.#stream = undefined;
    this.#node.disconnect();
    this.#node.connect(this.#context.destination);
    this.emit("output", "direct");
    this.#play();
    this.#measure();
  }

  /** Sends `stream` through a connection of the page with itself. */
  async #loop(stream) {
    const [near, far] = (this.#peers = [new RTCPeerConnection(), new RTCPeerConnection()]);
    near.onicecandidate = ({ candidate }) => far.addIceCandidate(candidate).catch(() => {});
    far.onicecandidate = ({ candidate }) => near.addIceCandidate(candidate).catch(() => {});
    const arrived = new Promise((resolve) => (far.ontrack = ({ receiver, track }) => resolve({ receiver, track })));
    const connected = new Promise((resolve, reject) => {
      near.onconnectionstatechange = () => {
        if (near.connectionState === "connected") resolve();
        if (near.connectionState === "failed") reject(new Error("the connection failed"));
      };
      setTimeout(() => reject(new Error("the connection takes too long")), LOOPBACK_TIMEOUT);
    });
    connected.catch(() => {});
    near.addTrack(stream.getAudioTracks()[0], stream);
    await near.setLocalDescription(await near.createOffer());
    await far.setRemoteDescription(near.localDescription);
    await far.setLocalDescription(await far.createAnswer());
    const { type, sdp } = far.localDescription;
    // More than the 32 kbit/s of a call, and silence is sent too, so that the delay does not change.
    const codec = /a=rtpmap:(\d+) opus\/48000/.exec(sdp)?.[1];
    const better = sdp.replace(new RegExp(`(a=fmtp:${codec} [^\\r\\n]*)`), "$1;maxaveragebitrate=96000;usedtx=0");
    await near.setRemoteDescription({ type, sdp: better });
    const { receiver, track } = await arrived;
    if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
    await connected;
    return new MediaStream([track]);
  }

  /** Measures how long a sample takes from the worklet to the ear. */
  async #measure() {
    this.#measured = performance.now();
    let seconds = (this.#context.outputLatency || 0) + (this.#context.baseLatency || 0);
    const receiver = this.#peers[1]?.getReceivers()[0];
    if (receiver) {
      const reports = [...(await receiver.getStats()).values()];
      const { jitterBufferDelay, jitterBufferEmittedCount } = reports.find(({ type }) => type === "inbound-rtp") ?? {};
      seconds += ENCODING + (jitterBufferEmittedCount > 0 ? jitterBufferDelay / jitterBufferEmittedCount : RECEIVING);
    }
    /** The delay in seconds. */
    this.latency = seconds;
    this.#send({ do: "delay", seconds });
  }
}
