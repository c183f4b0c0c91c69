/** Speech in both directions for web pages, with a server that speaks the protocol `voice.v1` (docs/voice-v1.md). */

// Only what is exported by name can be imported.
export {};

/** A token or a ticket; a function is asked at each attempt to connect, so that it may give a new one. */
export type Credential = { token: string } | { ticket: string } | Record<string, never>;

export interface Expect {
  kind: "open" | "phrases" | "digits" | "manual";
  /** Of `phrases`; default: the hints. */
  phrases?: string[];
  /** Of `digits`. */
  count?: number;
}

/** Settings that may change during a conversation. */
export interface Update {
  /** A BCP 47 tag. */
  language?: string;
  hints?: string[];
  expect?: Expect;
  words?: boolean;
  alternatives?: number;
  interim?: boolean;
  voice?: string;
  speed?: number;
  pitch?: number;
  volume?: number;
}

/** Settings of a conversation. The client sends and plays 16-bit samples of one channel; only their rates can be chosen. */
export interface Start extends Update {
  /** Hz, 8,000 to 48,000; default 16,000. */
  audio_in?: { sample_rate?: number };
  /** Hz, 8,000 to 48,000; default: the voice's own. */
  audio_out?: { sample_rate?: number };
  interim_interval_ms?: number;
  endpointing?: {
    start_ms?: number;
    max_utterance_ms?: number;
    complete_ms?: number;
    eager_ms?: number;
    idle_ms?: number;
    audio_gap_ms?: number;
    open_ms?: [number, number];
    incomplete_ms?: [number, number];
  };
  barge_in?: {
    decider?: "words" | "application" | "never";
    min_words?: number;
    min_voice_ms?: number;
    decision_ms?: number;
    warm_up_ms?: number;
    backchannels?: string[];
    stop_words?: string[];
  };
  aec?: "device" | "none";
  speaker?: "one" | "many";
}

export interface Word {
  text: string;
  start_ms: number;
  end_ms: number;
  confidence?: number;
}

export interface Alternative {
  text: string;
  score: number;
  words?: Word[];
}

export interface Format {
  encoding: string;
  sample_rate: number;
  channels: number;
}

export interface Ready {
  type: "ready";
  protocol: string;
  session: string;
  resumed: boolean;
  received: { messages: number; audio_bytes: number };
  model: { name: string; engine: string; language: string };
  voice: { name: string; engine: string; language: string; speakers: string[] };
  hints: "none" | "grammar" | "ignored";
  audio_in: Format;
  audio_out: Format;
  limits: { message_bytes: number; text_bytes: number; idle_ms: number; session_ms: number };
  resume?: { token: string; seconds: number };
}

/** A value of an answer, named by its type. */
export type AnswerValue =
  | { boolean: boolean }
  | { integer: number }
  | { decimal: string }
  | { quantity: { value: string; unit?: string; system?: string; code?: string } }
  | { date: string }
  | { dateTime: string }
  | { time: string }
  | { string: string }
  | { coding: { system?: string; code?: string; display?: string } };

export interface Answer {
  value: AnswerValue;
  confirmation: "none" | "confirmed" | "typed" | "keypad" | "populated" | "initial" | "calculated";
  confidence?: number;
}

/** How many questions of an interview are answered, and how many are still to be asked. */
export interface Progress {
  answered: number;
  left: number;
}

export interface Score {
  link_id: string | null;
  value: string;
  complete: boolean;
  band: string | null;
}

export interface Problem {
  code: string;
  message: string;
  retryable: boolean;
}

type Numbered<Type extends string, Fields = {}> = { type: Type; seq: number } & Fields;

export type WordMark = Numbered<"word", { id: string; word: string; span: [number, number]; at_ms: number }>;
export type Mark = Numbered<"mark", { name: string; at_ms: number }>;

/** The messages of the server by their type. */
export interface ServerMessages {
  ready: Ready;
  speech_started: Numbered<"speech_started", { at_ms: number }>;
  speech_ended: Numbered<"speech_ended", { at_ms?: number }>;
  partial: Numbered<"partial", { text: string }>;
  turn_eager: Numbered<"turn_eager", { text: string; silence_ms: number }>;
  turn_resumed: Numbered<"turn_resumed">;
  discarded: Numbered<"discarded", { ids: string[] }>;
  final: Numbered<
    "final",
    {
      text: string;
      start_ms: number;
      end_ms: number;
      language: string;
      confidence?: number;
      words?: Word[];
      alternatives?: Alternative[];
    }
  >;
  turn_ended: Numbered<
    "turn_ended",
    {
      text: string;
      at_ms: number;
      reason: "complete" | "silence" | "forced" | "max_length" | "audio_stopped" | "failed";
      silence_ms: number;
    }
  >;
  idle: Numbered<"idle">;
  speaking: Numbered<"speaking", { id: string }>;
  word: WordMark;
  mark: Mark;
  audio: Numbered<"audio", { run: number; at_ms: number }>;
  paused: Numbered<"paused", { run: number; decision_ms: number }>;
  resumed: Numbered<
    "resumed",
    { reason: "no_words" | "backchannel" | "echo" | "rejected" | "turn_ended" | "timeout" }
  >;
  interrupted: Numbered<"interrupted", { run: number; ids: string[]; heard_ms: number; heard_text: string }>;
  spoken: Numbered<"spoken", { id: string }>;
  model_changed: Numbered<"model_changed", { name: string; engine: string }>;
  interview: Numbered<
    "interview",
    {
      id: string;
      resumed: boolean;
      resume: string;
      form: { url: string | null; version: string | null; title: string };
      language: string;
      progress: Progress;
    }
  >;
  question: Numbered<
    "question",
    {
      link_id: string;
      kind: string;
      text: string;
      required: boolean;
      repeats: boolean;
      options?: string[];
      progress: Progress;
    }
  >;
  prompt: Numbered<"prompt", { id: string; text: string }>;
  answered: Numbered<"answered", { link_id: string; answers: Answer[]; progress: Progress }>;
  saved: Numbered<"saved">;
  escalation: Numbered<
    "escalation",
    {
      action: "emergency" | "clinician" | "note";
      reason: "answer" | "red_flag" | "asked" | "not_understood" | "unanswered" | "identity";
      link_id: string | null;
      confirmed: boolean;
      continues: boolean;
    }
  >;
  interview_ended: Numbered<
    "interview_ended",
    { status: string; reason: string; scores: Score[]; progress: Progress }
  >;
  warning: Numbered<"warning", Problem>;
  error: Numbered<"error", Problem & { of?: string; id?: string }>;
  closed: Numbered<"closed", { code: string }>;
}

export type ServerMessage = ServerMessages[keyof ServerMessages];

/** `idle` before `connect`; a conversation that is `closed` does not open again. */
export type State = "idle" | "connecting" | "open" | "reconnecting" | "closed";

export interface Played {
  run: number;
  /** The position of the listener in the server's audio. */
  ms: number;
  /** Seconds of audio that wait to be played. */
  ahead: number;
}

export interface Level {
  /** The loudness and the largest sample of 20 ms, from 0 to 1. */
  rms: number;
  peak: number;
}

export interface ConversationEvents extends ServerMessages {
  /** Every message of the server, after the event of its own type. */
  message: ServerMessage;
  audio_data: ArrayBuffer;
  state: State;
  /** The connection is back. Without `resumed` the server has begun a new session. */
  reconnected: { resumed: boolean };
  problem: VoiceError;
}

export interface ClientEvents extends Omit<ConversationEvents, "audio_data"> {
  level: Level;
  /** The listener begins to hear this word, or hears the place of this mark. */
  word_heard: WordMark;
  mark_heard: Mark;
  played: Played;
  microphone: "on" | "off" | "muted";
  /** How the sound is played. Echo cancellers know only sound of the first kind. */
  output: "loopback" | "direct";
}

declare class Emitter<Events> {
  /** Calls `listener` with each event `type`. Returns a function that ends this. */
  on<Type extends keyof Events>(type: Type, listener: (event: Events[Type]) => void): () => void;
  /** The next event `type`. */
  once<Type extends keyof Events>(type: Type): Promise<Events[Type]>;
  /** Calls the listeners of `type`. */
  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void;
}

export interface ConversationOptions {
  /** `wss://HOST/secure`, or `/` of a server that needs no token. */
  url: string | URL;
  credential?: Credential | (() => Credential | Promise<Credential>);
  start?: Start;
  reconnect?: {
    /** The first wait, 300; it doubles up to `maxMs`, 8,000. A random part of up to a half is taken off. */
    firstMs?: number;
    maxMs?: number;
    /** When attempts end, 120,000. The server keeps a session for a minute. */
    giveUpMs?: number;
  };
}

export interface ClientOptions extends ConversationOptions {
  /** Nothing is played, and no loudspeaker is opened; default false. */
  listenOnly?: boolean;
  /** Whether sound goes through a connection of the page with itself, so that echo cancellers know it; default true. */
  loopback?: boolean;
}

export interface Say {
  /** The text, or an SSML document. */
  text?: string;
  ssml?: string;
  id?: string;
  /** More text follows with `append` until `flush`. */
  open?: boolean;
  /** It replaces everything that was requested and not heard. */
  interrupt?: boolean;
  /** Whether the user may interrupt it; default true. */
  interruptible?: boolean;
}

/** A conversation with the microphone and the loudspeaker of this device. */
export class VoiceClient extends Emitter<ClientEvents> {
  constructor(options: ClientOptions);
  readonly conversation: Conversation;
  readonly state: State;
  readonly speaker: Speaker | undefined;
  readonly microphone: Microphone | undefined;
  /** The server gets silence while the microphone is muted. */
  muted: boolean;
  /** Connects. Call it while the user clicks or taps. Rejects with a `VoiceError`. */
  connect(): Promise<Ready>;
  /** Asks for the microphone, and sends what it hears. Rejects with a `VoiceError`. */
  listen(constraints?: MediaTrackConstraints): Promise<void>;
  /** Speaks. Returns the id of the utterance. */
  say(what: string | Say, options?: Say): string;
  append(id: string, text: string): void;
  flush(id: string): void;
  /** Drops what was not heard. */
  clear(): void;
  update(settings: Update): void;
  /** Ends the user's turn now. */
  finalize(): void;
  /** Decides an interruption after `paused`, if `barge_in.decider` is `application`. */
  confirmInterruption(): void;
  rejectInterruption(): void;
  /** After `sound_blocked`, while the user clicks or taps. */
  unblock(): Promise<void>;
  /** Ends the user's turn and the conversation, and releases the devices. */
  end(): Promise<void>;
  /** Leaves at once, and releases the devices. */
  close(): Promise<void>;
}

/** The protocol across lost connections, without devices. */
export class Conversation extends Emitter<ConversationEvents> {
  constructor(options: ConversationOptions);
  readonly state: State;
  readonly ready: Ready | null;
  connect(): Promise<Ready>;
  /** Sends a message of the protocol. It is kept while there is no connection. */
  send(message: { type: string; [field: string]: unknown }): void;
  /** Sends audio in the format of `ready.audio_in`. */
  sendAudio(audio: ArrayBuffer): void;
  end(): Promise<void>;
  close(): void;
}

/** The user's microphone as 16-bit samples. The context has loaded `worklet.js`. */
export class Microphone extends Emitter<{
  audio: ArrayBuffer;
  level: Level;
  problem: VoiceError;
  restored: void;
}> {
  static open(context: AudioContext, rate: number, constraints?: MediaTrackConstraints): Promise<Microphone>;
  readonly stream: MediaStream;
  muted: boolean;
  close(): void;
}

/** Plays the server's audio. The context has loaded `worklet.js`. */
export class Speaker extends Emitter<{
  played: Played;
  stopped: { run: number; ms: number };
  mark: unknown;
  problem: VoiceError;
  output: "loopback" | "direct";
}> {
  constructor(context: AudioContext, options?: { loopback?: boolean });
  readonly ready: Promise<"loopback" | "direct">;
  /** For meters. */
  readonly node: AudioWorkletNode;
  readonly stream: MediaStream | undefined;
  /** Seconds from the worklet to the ear. */
  readonly latency: number | undefined;
  begin(rate: number): void;
  audio(run: number, atMs: number): void;
  samples(audio: ArrayBuffer): void;
  mark(key: string, atMs: number, mark: unknown): void;
  pause(run: number): void;
  resume(): void;
  drop(run: number): void;
  unblock(): Promise<void>;
  close(): void;
}

/** Codes of the client itself. Others are those of the server (docs/errors.md). */
export type ClientCode =
  | "browser_unsupported"
  | "page_insecure"
  | "microphone_missing"
  | "microphone_refused"
  | "microphone_busy"
  | "microphone_lost"
  | "microphone_silenced"
  | "sound_blocked"
  | "server_unreachable"
  | "server_refused"
  | "credential_failed"
  | "network_lost"
  | "audio_lost";

export class VoiceError extends Error {
  constructor(
    code: string,
    message?: string,
    options?: { retryable?: boolean; retryAfter?: number; cause?: unknown },
  );
  readonly name: "VoiceError";
  readonly code: ClientCode | (string & {});
  /** Whether the same attempt may succeed later. */
  readonly retryable: boolean;
  /** Seconds to wait, if the server said so. */
  readonly retryAfter: number | undefined;
  /** The sentence for a user who reads `language`, or in English. */
  sentence(language?: string): string;
}

/** The sentences, by language and code. An app may add languages, or replace sentences. */
export const sentences: Record<string, Record<string, string>>;
