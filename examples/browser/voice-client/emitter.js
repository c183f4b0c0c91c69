/** Calls listeners by the name of an event. */
export class Emitter {
  #listeners = new Map();

  /** Calls `listener` with each event `type`. Returns a function that ends this. */
  on(type, listener) {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /** The next event `type`. */
  once(type) {
    return new Promise((resolve) => {
      const off = this.on(type, (event) => {
        off();
        resolve(event);
      });
    });
  }

  emit(type, event) {
    for (const listener of this.#listeners.get(type) ?? []) {
      try {
        listener(event);
      } catch (error) {
        // A listener that fails must not lose the messages after this one.
        reportError(error);
      }
    }
  }
}
