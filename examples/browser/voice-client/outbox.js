/** The bytes that are kept: half a minute of audio at 16 kHz. */
const MAX_BYTES = 1 << 20;

/**
 * The messages of the client that the server may not have, numbered as the server counts them, so that a lost connection
 * loses none of them.
 */
export class Outbox {
  #sent = [];
  #pending = [];
  #count = 0;

  /** A new session begins. What waits is for it, except for positions in the audio of the last one. */
  begin() {
    this.#sent = [];
    this.#count = 0;
    this.#pending = this.#pending.filter(({ kind }) => kind !== "position");
  }

  /** Counts the first message, which is not kept. */
  first(message) {
    this.#count = 1;
    return message;
  }

  /** Keeps a message that is sent now, or that waits for a connection. Returns whether audio was lost for the first time. */
  add(data, kind, isSent) {
    if (isSent) {
      this.#sent.push({ data, number: ++this.#count });
      this.#trim(this.#sent, () => 0);
      return false;
    }
    if (kind === "position") this.#pending = this.#pending.filter((entry) => entry.kind !== kind);
    this.#pending.push({ data, kind });
    const wasLost = this.isLost;
    this.#trim(this.#pending, () => this.#pending.findIndex((entry) => entry.kind === "audio"));
    return this.isLost && !wasLost;
  }

  /** The messages to send again, when the server has received the first `received` ones. */
  resume(received) {
    const again = [...this.#sent.filter(({ number }) => number > received), ...this.#pending];
    this.#sent = again.map(({ data }, n) => ({ data, number: received + n + 1 }));
    this.#pending = [];
    this.#count = received + again.length;
    this.isLost = false;
    return again.map(({ data }) => data);
  }

  #trim(entries, oldest) {
    const size = ({ data }) => data.byteLength ?? data.length;
    let bytes = entries.reduce((sum, entry) => sum + size(entry), 0);
    while (bytes > MAX_BYTES) {
      const at = oldest();
      if (at < 0) return;
      bytes -= size(entries.splice(at, 1)[0]);
      if (entries === this.#pending) this.isLost = true;
    }
  }
}
