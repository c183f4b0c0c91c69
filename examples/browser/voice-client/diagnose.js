import { VoiceError } from "./errors.js";

/** The longest wait for an answer, in milliseconds. */
const TIMEOUT = 5000;

/** Why a WebSocket handshake failed, which browsers do not tell. Asks the server over HTTP. */
export async function diagnose(url, { ticket } = {}) {
  const base = new URL(url, globalThis.location?.href);
  base.protocol = base.protocol.replace("ws", "http");
  const get = (path, options) => fetch(new URL(path, base.origin), { cache: "no-store", signal: AbortSignal.timeout(TIMEOUT), ...options });
  try {
    await get("/livez", { mode: "no-cors" });
  } catch (cause) {
    return new VoiceError("server_unreachable", "", { cause });
  }
  try {
    const service = await get("/");
    if (!service.ok) {
      const { error } = await service.json();
      return new VoiceError(error.code, error.message, { retryAfter: Number(service.headers.get("retry-after")) || undefined });
    }
    const health = await get("/health");
    const { sessions } = await health.json();
    if (health.status === 503) return new VoiceError("model_loading");
    if (sessions.active >= sessions.max) return new VoiceError("session_limit");
  } catch (cause) {
    // The server answers, but this page may not read it.
    return new VoiceError("origin_forbidden", "", { cause });
  }
  return new VoiceError(ticket ? "ticket_invalid" : "server_refused");
}
