/** The two processors of the audio thread: the microphone and the loudspeaker. */

import { Resampler } from "./resampler.js";

/** Seconds of a frame of the microphone, each of which is one message. */
const FRAME = 0.02;

/** Seconds in which the sound fades where it is stopped or goes on. */
const FADE = 0.003;

/** Seconds of audio that are there before the sound begins, so that it does not stop at once. */
const LEAD = 0.06;

/** Seconds between two reports of the position. */
const REPORT = 0.1;

/** The longest delay of the output that is accounted for, in seconds. */
const MAX_LATENCY = 1;

/** The samples that find the place at which repeated audio goes on, and the fewest that do. */
const MATCH = 32;
const MIN_MATCH = 4;

const BLOCK = 128;

/** Sends the microphone's sound as 16-bit samples of the rate `processorOptions.rate`, with its level. */
class MicrophoneProcessor extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate } }) {
    super();
    this.resampler = new Resampler(sampleRate, rate);
    this.frame = new Float32Array(Math.round(sampleRate * FRAME));
    this.filled = 0;
    this.ended = false;
    this.port.onmessage = () => (this.ended = true);
  }

  process([input]) {
    let samples = input[0];
    while (samples?.length > 0) {
      const taken = samples.subarray(0, this.frame.length - this.filled);
      this.frame.set(taken, this.filled);
      this.filled += taken.length;
      samples = samples.subarray(taken.length);
      if (this.filled === this.frame.length) this.send();
    }
    return !this.ended;
  }

  send() {
    this.filled = 0;
    let peak = 0;
    let power = 0;
    for (const sample of this.frame) {
      peak = Math.max(peak, Math.abs(sample));
      power += sample * sample;
    }
    const samples = Int16Array.from(this.resampler.process(this.frame), (sample) =>
      Math.max(-32768, Math.min(32767, Math.round(sample * 32768))));
    const level = { peak, rms: Math.sqrt(power / this.frame.length) };
    this.port.postMessage({ audio: samples.buffer, level }, [samples.buffer]);
  }
}

/**
 * Plays audio that comes in pieces, without a gap between them. Positions are frames of the server's audio, at the
 * server's rate.
 */
class SpeakerProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    /** What is to be played, each `{at, step, samples}` with the position of its first sample. */
    this.queue = [];
    /** The samples of the first piece that were played. */
    this.offset = 0;
    /** The samples that wait. */
    this.waiting = 0;
    /** The position after the samples that were played, and after all that came. */
    this.head = 0;
    this.end = 0;
    /** The position of the samples that come next. */
    this.cursor = 0;
    /** How far `end` may be before the server's frame of it. */
    this.slack = 0;
    /** The last samples that are here, and the last of those that were repeated. */
    this.last = new Int16Array(0);
    this.passed = new Int16Array(0);
    /** Nothing that comes was here before. */
    this.dropped = false;
    this.run = 0;
    this.playing = false;
    this.paused = false;
    this.waited = 0;
    this.fading = new Float32Array(0);
    this.rise = 1;
    this.marks = [];
    this.latency = 0;
    /** The positions of the last blocks, to know which of them is heard now. */
    this.heads = new Float64Array(Math.ceil((MAX_LATENCY * sampleRate) / BLOCK) + 1);
    this.block = 0;
    this.heard = 0;
    this.reported = 0;
    this.unreported = 0;
    this.ended = false;
    this.port.onmessage = ({ data }) => this[data.do](data);
  }

  /** A conversation begins whose audio has this rate. */
  begin({ rate }) {
    this.resampler = new Resampler(rate, sampleRate);
    Object.assign(this, { queue: [], marks: [], offset: 0, waiting: 0, head: 0, end: 0, cursor: 0, run: 0 });
    Object.assign(this, { playing: false, paused: false, heard: 0, reported: 0, slack: 0 });
    this.heads.fill(0);
  }

  /** The samples that follow belong to this run, and begin at `at`. */
  audio({ run, at }) {
    this.run = run;
    this.cursor = at;
    this.passed = new Int16Array(0);
  }

  samples({ audio }) {
    const fresh = this.unknown(new Int16Array(audio));
    if (fresh.length === 0) return;
    const at = this.cursor - fresh.length;
    if (at !== this.end) {
      this.finish();
      this.start = at;
      // Times are whole milliseconds, so that the frame is known at the start of a conversation only.
      this.slack = at === 0 ? 0 : this.millisecond();
    }
    this.end = this.cursor;
    this.last = fresh.slice(-MATCH);
    this.append(this.resampler.process(Float32Array.from(fresh, (sample) => sample / 32768)));
  }

  /** The samples of `input` after those that are here. After a pause the server repeats what is kept here. */
  unknown(input) {
    const at = this.cursor - this.passed.length;
    this.cursor += input.length;
    const isFresh = this.dropped || at >= this.end;
    this.dropped = false;
    if (isFresh) return input;
    const joined = new Int16Array(this.passed.length + input.length);
    joined.set(this.passed);
    joined.set(input, this.passed.length);
    const place = this.join(joined, this.end - at);
    if (place === undefined) {
      this.passed = joined.slice(-(MATCH + 2 * this.millisecond()));
      return joined.subarray(joined.length);
    }
    this.passed = new Int16Array(0);
    this.cursor = this.end + joined.length - place;
    return joined.subarray(place);
  }

  /** The place in `samples` after the last samples that are here, near the one that is expected, if it is there. */
  join(samples, expected) {
    const { last } = this;
    const slack = this.millisecond();
    const matches = (end) => {
      const count = Math.min(end, last.length);
      if (count < MIN_MATCH || end > samples.length) return false;
      return last.subarray(last.length - count).every((sample, n) => samples[end - count + n] === sample);
    };
    for (let shift = 0; shift <= slack; shift++) {
      if (matches(expected + shift)) return expected + shift;
      if (matches(expected - shift)) return expected - shift;
    }
    if (expected + slack > samples.length) return undefined;
    // Nothing is repeated if the time was rounded down. Otherwise the server has made the audio again.
    return expected <= slack ? 0 : expected;
  }

  millisecond() {
    return Math.ceil(this.resampler.from / 1000);
  }

  append(samples) {
    if (samples.length === 0) return;
    const last = this.queue.at(-1);
    const step = this.resampler.from / sampleRate;
    const at = this.start ?? (last ? last.at + last.samples.length * step : this.head);
    this.start = undefined;
    this.queue.push({ at, step, samples });
    this.waiting += samples.length;
  }

  /** What the resampler holds back is the end of a piece of audio. */
  finish() {
    this.append(this.resampler.flush());
  }

  mark({ at, mark }) {
    this.marks.push({ at, mark });
  }

  /** Keeps what was not played. */
  pause({ run }) {
    if (!this.paused) {
      this.fade();
      this.paused = true;
      this.playing = false;
      this.port.postMessage({ stopped: this.head, run: this.run });
      this.reported = this.head;
    }
    this.run = run;
  }

  resume() {
    if (this.paused) this.rise = 0;
    this.paused = false;
  }

  /** Drops what was not played. */
  drop({ run }) {
    if (!this.paused) this.fade();
    this.run = run;
    this.marks = this.marks.filter(({ at }) => at < this.head);
    this.resampler?.reset();
    Object.assign(this, { queue: [], offset: 0, waiting: 0, end: this.head, start: undefined });
    Object.assign(this, { playing: false, paused: false, rise: 1, dropped: true });
  }

  /** `seconds` pass from here to the ear. */
  delay({ seconds }) {
    this.latency = Math.round((Math.min(seconds, MAX_LATENCY) * sampleRate) / BLOCK);
  }

  close() {
    this.ended = true;
  }

  /** The sound does not stop at once: its next milliseconds fade. They are played again after a pause. */
  fade() {
    if (!this.playing) return;
    const next = new Float32Array(Math.round(FADE * sampleRate));
    let filled = 0;
    for (let n = 0; n < this.queue.length && filled < next.length; n++) {
      const from = n === 0 ? this.offset : 0;
      const samples = this.queue[n].samples.subarray(from, from + next.length - filled);
      next.set(samples, filled);
      filled += samples.length;
    }
    this.fading = next.map((sample, n) => sample * (1 - n / next.length));
  }

  process(_, [output]) {
    const out = output[0];
    if (!this.paused) this.play(out);
    const faded = this.fading.subarray(0, out.length);
    this.fading = this.fading.subarray(faded.length);
    faded.forEach((sample, n) => (out[n] += sample));
    for (const other of output.slice(1)) other.set(out);
    this.follow();
    return !this.ended;
  }

  play(out) {
    if (!this.playing && this.waiting > 0) {
      this.waited += out.length;
      this.playing = this.waiting >= LEAD * sampleRate || this.waited >= LEAD * sampleRate;
    }
    if (!this.playing) return;
    this.waited = 0;
    for (let n = 0; n < out.length; ) {
      if (this.queue.length === 0) {
        // The resampler holds the last milliseconds.
        this.finish();
        if (this.queue.length === 0) {
          this.head = this.end;
          this.playing = false;
          return;
        }
      }
      const { at, step, samples } = this.queue[0];
      const piece = samples.subarray(this.offset, this.offset + out.length - n);
      out.set(piece, n);
      n += piece.length;
      this.offset += piece.length;
      this.waiting -= piece.length;
      this.head = at + this.offset * step;
      if (this.offset === samples.length) {
        this.queue.shift();
        this.offset = 0;
      }
    }
    if (this.rise < 1) {
      for (let n = 0; n < out.length && this.rise < 1; n++) {
        out[n] *= this.rise;
        this.rise += 1 / (FADE * sampleRate);
      }
    }
  }

  /** Tells what is heard now. */
  follow() {
    const { heads } = this;
    heads[this.block % heads.length] = this.head;
    this.heard = heads[Math.max(0, this.block - this.latency) % heads.length];
    this.block += 1;
    const isOver = this.heard === this.end;
    // What is heard is told as the server counts it, to the last frame.
    const heard = isOver ? this.end + this.slack : this.heard;
    while (this.marks.length > 0 && this.marks[0].at <= heard) {
      this.port.postMessage({ mark: this.marks.shift().mark });
    }
    this.unreported += BLOCK;
    if (heard > this.reported && !this.paused && (isOver || this.unreported >= REPORT * sampleRate)) {
      this.unreported = 0;
      this.reported = heard;
      this.port.postMessage({ heard, run: this.run, ahead: this.waiting / sampleRate });
    }
  }
}

registerProcessor("voice-microphone", MicrophoneProcessor);
registerProcessor("voice-speaker", SpeakerProcessor);
