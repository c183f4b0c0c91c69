/** What the tests of voice-client need: one client, the log of its events, and recordings of what it plays. */

import { VoiceClient } from "/voice-client/index.js";

const EVENTS = ["state", "reconnected", "problem", "output", "microphone", "word_heard", "mark_heard", "played"];

window.log = [];
window.problems = [];
window.levels = [];
window.words = [];

const note = (type, event) => window.log.push({ type, event, at: performance.now() });

window.make = (options) => {
  const client = (window.client = new VoiceClient(options));
  for (const type of EVENTS) client.on(type, (event) => note(type, event));
  client.on("message", (message) => note(message.type, message));
  client.on("problem", (problem) => {
    window.problems.push(problem.code);
    document.getElementById("problem").textContent = problem.sentence(document.documentElement.lang);
  });
  client.on("level", ({ rms }) => window.levels.push(rms));
  client.on("word_heard", ({ word }) => window.words.push(word));
  client.on("final", ({ text }) => (document.getElementById("text").textContent += `${text} `));
  return client;
};

/** Connects at the next click. */
window.connectOnClick = (options) => {
  window.connected = new Promise((resolve) => {
    document.getElementById("begin").onclick = async () => {
      try {
        window.ready = await window.make(options).connect();
        resolve("ok");
      } catch (error) {
        window.client.emit("problem", error);
        resolve(error.code);
      }
    };
  });
  window.connected.then((outcome) => (window.outcome = outcome));
};

/** Records what comes out of a node, or what a stream plays. */
window.record = async (source) => {
  const context = source.context ?? new AudioContext();
  await context.audioWorklet.addModule("/page/recorder.js");
  const node = source.context ? source : context.createMediaStreamSource(source);
  const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
  const pieces = [];
  recorder.port.onmessage = ({ data }) => pieces.push(data);
  node.connect(recorder);
  return { rate: context.sampleRate, pieces };
};

/** A recording as 16-bit samples in base64, without the silence before it. */
window.samples = ({ pieces }) => {
  const all = new Int16Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) for (const sample of piece) all[at++] = Math.round(sample * 32768);
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let n = 0; n < bytes.length; n += 8192) text += String.fromCharCode(...bytes.subarray(n, n + 8192));
  return btoa(text);
};

window.count = (type) => window.log.filter((entry) => entry.type === type).length;
window.find = (type) => window.log.findLast((entry) => entry.type === type)?.event;
