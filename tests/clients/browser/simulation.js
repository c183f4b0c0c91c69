/**
 * The loudspeaker of voice-client without a browser's clock, against a server that counts as voice-server does: audio in
 * pieces of any length, pauses at any sample, and reports that may come too late.
 */

import { Resampler } from "/voice-client/resampler.js";

const BLOCK = 128;

const processors = {};
window.AudioWorkletProcessor = class {
  port = { postMessage: (message) => this.told(message) };
};
window.registerProcessor = (name, processor) => (processors[name] = processor);

/** Numbers from 0 to 1 that are the same for each seed (Mulberry32). */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Audio of which no part is like another. */
function sound(length, chance) {
  return Int16Array.from({ length }, () => Math.round((chance() - 0.5) * 20000));
}

class Server {
  constructor(rate, chance) {
    Object.assign(this, { rate, chance, given: 0, played: 0, origin: 0, run: 0, told: undefined });
  }

  /** The next utterance begins at the frame at which the last one was dropped. */
  begin(samples) {
    this.samples = samples;
    this.origin = this.given;
    this.told = undefined;
  }

  ms(frames) {
    return Math.floor((frames * 1000) / this.rate);
  }

  /** A report of the position. */
  report(ms) {
    const frames = ms >= this.ms(this.given) ? this.given : Math.ceil((ms * this.rate) / 1000);
    this.played = Math.max(this.played, frames);
  }

  rewind() {
    this.given = Math.max(this.played, this.origin);
    this.told = undefined;
  }

  /** The next piece, and the message before it. */
  next() {
    const from = this.given - this.origin;
    const piece = this.samples.slice(from, from + 1 + Math.floor(this.chance() * this.rate * 0.3));
    if (piece.length === 0) return [];
    const at = this.told === this.given ? [] : [{ at_ms: this.ms(this.given) }];
    this.given += piece.length;
    this.told = this.given;
    return [...at, piece];
  }
}

/** Returns what went wrong. */
window.simulate = async (rate, contextRate, seed) => {
  window.sampleRate = contextRate;
  await import(`/voice-client/worklet.js?${contextRate}`);
  const chance = random(seed);
  const server = new Server(rate, chance);
  const node = new processors["voice-speaker"]();
  const send = (data) => node.port.onmessage({ data });
  let appended = 0;
  node.append = (samples) => {
    appended += samples.length;
    processors["voice-speaker"].prototype.append.call(node, samples);
  };
  const marks = [];
  node.told = ({ mark, heard, stopped }) => {
    if (mark !== undefined) return marks.push(mark);
    // A report that is lost in time is as one that comes after the decision.
    if (stopped !== undefined && chance() < 0.5) return;
    server.report(Math.floor(((heard ?? stopped) * 1000) / rate + 1e-6));
  };
  const frame = (ms) => Math.ceil((ms * rate) / 1000);
  send({ do: "begin", rate });
  send({ do: "delay", seconds: chance() * 0.2 });
  let pauses = 0;
  for (let utterance = 0; utterance < 3; utterance++) {
    const samples = sound(Math.floor(rate * (1.5 + chance())), chance);
    server.begin(samples);
    const resampler = new Resampler(rate, contextRate);
    const parts = [resampler.process(Float32Array.from(samples, (sample) => sample / 32768)), resampler.flush()];
    const expected = Float32Array.from(parts.flatMap((part) => [...part]));
    // The second utterance is dropped in its middle.
    const length = utterance === 1 ? expected.length / 2 : expected.length;
    send({ do: "mark", at: frame(server.ms(server.given)), mark: `first ${utterance}` });
    if (utterance !== 1) {
      send({ do: "mark", at: frame(server.ms(server.given + samples.length)), mark: `last ${utterance}` });
    }
    const before = appended;
    let index = 0;
    for (let silent = 0; silent < contextRate && index < length; silent += BLOCK) {
      while (!node.paused && (server.given - server.origin) / rate < index / contextRate + 0.5) {
        const messages = server.next();
        if (messages.length === 0) break;
        for (const message of messages) {
          if (message.at_ms === undefined) send({ do: "samples", audio: message.buffer });
          else send({ do: "audio", run: server.run, at: frame(message.at_ms) });
        }
      }
      const isFaded = node.rise < 1 || node.fading.length > 0;
      const out = new Float32Array(BLOCK);
      node.process([], [[out]]);
      const end = appended - before - node.waiting;
      if (end > index) silent = 0;
      for (let n = 0; n < end - index && !isFaded; n++) {
        if (out[n] !== expected[index + n]) return `other sample ${index + n} of utterance ${utterance}`;
      }
      index = end;
      // In the last millisecond of what is there, up to three samples are repeated.
      if (node.playing && node.waiting > 0.002 * contextRate && chance() < 0.01) {
        pauses += 1;
        server.run += 1;
        send({ do: "pause", run: server.run });
        for (let n = 0; n < chance() * 200; n++) node.process([], [[new Float32Array(BLOCK)]]);
        server.rewind();
        send({ do: "resume" });
      }
    }
    if (index < length) return `utterance ${utterance} ends at ${index} of ${expected.length}`;
    if (utterance === 1) {
      server.run += 1;
      send({ do: "drop", run: server.run });
    }
    // Until the end is heard.
    for (let n = 0; n < contextRate / BLOCK; n++) node.process([], [[new Float32Array(BLOCK)]]);
    if (utterance !== 1 && server.played !== server.given) return `heard ${server.played} of ${server.given}`;
  }
  const told = ["first 0", "last 0", "first 1", "first 2", "last 2"];
  if (marks.join() !== told.join()) return `marks ${marks}`;
  return pauses;
};
