/** The names of the module are those of its types. */

import type * as typed from "@libvoice/client";
import type * as module from "./module/index.js";

type Names<One, Other> = [keyof One, keyof Other] extends [keyof Other, keyof One]
  ? true
  : Exclude<keyof One, keyof Other> | Exclude<keyof Other, keyof One>;

export const exported: Names<typeof module, typeof typed> = true;
export const client: Names<module.VoiceClient, typed.VoiceClient> = true;
export const conversation: Names<module.Conversation, typed.Conversation> = true;
export const microphone: Names<module.Microphone, typed.Microphone> = true;
export const speaker: Names<module.Speaker, typed.Speaker> = true;
export const error: Names<module.VoiceError, typed.VoiceError> = true;
