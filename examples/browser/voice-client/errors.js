/** What can go wrong, each with a stable code and a sentence that says what to do. */

/** The sentences, by language and code. An app may add languages, or replace sentences. */
export const sentences = {
  en: {
    browser_unsupported: "This browser cannot record and play speech. Use a current version of Chrome, Edge, Firefox or Safari.",
    page_insecure: "The browser gives the microphone to secure pages only. Open this page with https.",
    microphone_missing: "No microphone was found. Connect one and try again.",
    microphone_refused: "The microphone is not allowed for this page. Allow it in the browser's settings for this page and try again.",
    microphone_busy: "The microphone cannot be opened. Close other programs that use it and try again.",
    microphone_lost: "The microphone was disconnected or taken away. Connect or allow it and start again.",
    microphone_silenced: "The microphone is muted by the system or the browser. Unmute it.",
    sound_blocked: "The browser blocks the sound of this page. Click or tap the page once.",
    server_unreachable: "The server cannot be reached. Check the connection and try again.",
    server_refused: "The server refused the connection. Try again in a minute.",
    origin_forbidden: "The server does not accept connections from this page. Its operator must add the page's origin to VOICE_ALLOWED_ORIGINS.",
    credential_failed: "The sign-in for the conversation could not be got. Check the connection and try again.",
    network_lost: "The connection was lost and did not come back. Check the network and start again.",
    audio_lost: "The connection was lost for so long that a part of what was said is missing. Repeat it.",
    session_limit: "The server is full. Try again in a minute.",
    rate_limited: "Too many attempts. Wait a minute and try again.",
    overloaded: "The server is busy and answers late. Wait a moment.",
    model_loading: "The server is starting. Try again in a moment.",
    model_stuck: "The server's speech engine does not answer. Start again.",
    model_not_found: "The server has no model for this language.",
    stopping: "The server is restarting. Try again in a moment.",
    token_missing: "A sign-in is needed. Sign in and start again.",
    token_invalid: "The sign-in is not valid. Sign in again.",
    token_expired: "The sign-in has expired. Sign in again.",
    token_revoked: "The sign-in was withdrawn. Sign in again.",
    scope_missing: "This sign-in does not allow speech.",
    ticket_invalid: "The ticket was used before or has expired. Start again with a new one.",
    basic_off: "The server needs a sign-in. Sign in and start again.",
    session_ended: "The conversation was idle for too long and has ended. Start again.",
    session_too_long: "The conversation has reached its longest duration. Start again.",
    session_closed: "The conversation was ended by an administrator.",
  },
  ar: {
    browser_unsupported: "هذا المتصفح لا يستطيع تسجيل الكلام وتشغيله. استخدم إصداراً حديثاً من كروم أو إيدج أو فايرفوكس أو سفاري.",
    page_insecure: "لا يسمح المتصفح باستخدام الميكروفون إلا في صفحة آمنة. افتح الصفحة بعنوان يبدأ بـ https.",
    microphone_missing: "لا يوجد ميكروفون. صِل ميكروفوناً ثم حاول مرة أخرى.",
    microphone_refused: "استخدام الميكروفون غير مسموح لهذه الصفحة. اسمح به في إعدادات المتصفح ثم حاول مرة أخرى.",
    microphone_busy: "تعذر فتح الميكروفون. أغلق البرامج الأخرى التي تستخدمه ثم حاول مرة أخرى.",
    microphone_lost: "انقطع الميكروفون أو سُحب الإذن به. أعد توصيله أو اسمح به ثم ابدأ من جديد.",
    microphone_silenced: "الميكروفون مكتوم من النظام أو المتصفح. ألغِ الكتم.",
    sound_blocked: "يمنع المتصفح صوت هذه الصفحة. انقر على الصفحة مرة واحدة.",
    server_unreachable: "تعذر الوصول إلى الخادم. تحقق من الاتصال ثم حاول مرة أخرى.",
    server_refused: "رفض الخادم الاتصال. حاول مرة أخرى بعد دقيقة.",
    origin_forbidden: "لا يقبل الخادم الاتصال من هذه الصفحة. على مشغّله إضافة عنوانها إلى VOICE_ALLOWED_ORIGINS.",
    credential_failed: "تعذر الحصول على إذن المحادثة. تحقق من الاتصال ثم حاول مرة أخرى.",
    network_lost: "انقطع الاتصال ولم يعد. تحقق من الشبكة ثم ابدأ من جديد.",
    audio_lost: "طال انقطاع الاتصال فضاع جزء مما قيل. أعد قوله.",
    session_limit: "الخادم ممتلئ. حاول مرة أخرى بعد دقيقة.",
    rate_limited: "محاولات كثيرة. انتظر دقيقة ثم حاول مرة أخرى.",
    overloaded: "الخادم مشغول ويتأخر في الرد. انتظر قليلاً.",
    model_loading: "الخادم يبدأ العمل الآن. حاول مرة أخرى بعد قليل.",
    model_stuck: "محرك الكلام في الخادم لا يجيب. ابدأ من جديد.",
    model_not_found: "ليس في الخادم نموذج لهذه اللغة.",
    stopping: "يُعاد تشغيل الخادم. حاول مرة أخرى بعد قليل.",
    token_missing: "يجب تسجيل الدخول. سجّل الدخول ثم ابدأ من جديد.",
    token_invalid: "تسجيل الدخول غير صالح. سجّل الدخول مرة أخرى.",
    token_expired: "انتهت مدة تسجيل الدخول. سجّل الدخول مرة أخرى.",
    token_revoked: "أُلغي تسجيل الدخول. سجّل الدخول مرة أخرى.",
    scope_missing: "تسجيل الدخول هذا لا يسمح بالكلام.",
    ticket_invalid: "استُخدمت التذكرة من قبل أو انتهت مدتها. ابدأ من جديد بتذكرة أخرى.",
    basic_off: "يطلب الخادم تسجيل الدخول. سجّل الدخول ثم ابدأ من جديد.",
    session_ended: "انتهت المحادثة لأنها بقيت صامتة مدة طويلة. ابدأ من جديد.",
    session_too_long: "بلغت المحادثة أقصى مدتها. ابدأ من جديد.",
    session_closed: "أنهى مسؤول الخادم المحادثة.",
  },
};

/** Codes after which the same attempt may succeed later. */
const RETRYABLE = new Set(["server_unreachable", "server_refused", "credential_failed", "session_limit", "rate_limited", "overloaded",
  "model_loading", "model_stuck", "stopping", "engine_failed", "microphone_busy"]);

export class VoiceError extends Error {
  /** `message` is the server's own sentence, for codes that this version does not know. */
  constructor(code, message, { retryable, retryAfter, cause } = {}) {
    super(sentences.en[code] ?? message ?? code, { cause });
    this.name = "VoiceError";
    this.code = code;
    this.retryable = retryable ?? RETRYABLE.has(code);
    /** Seconds to wait, if the server said so. */
    this.retryAfter = retryAfter;
  }

  /** The sentence for a user who reads `language`, or in English. */
  sentence(language = "en") {
    return sentences[language.split("-")[0]]?.[this.code] ?? this.message;
  }
}
