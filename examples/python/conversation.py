"""A spoken conversation: says a text, listens meanwhile, and says back what it heard. The user may interrupt.

Needs libvoice (`cargo build --release -p voice-ffi`), and nothing else:

    export VOICE_LIBRARY=target/release/libvoice.so
    arecord -q -t raw -f S16_LE -r 16000 | python3 examples/python/conversation.py models/ar-commands ar espeak-ng 'تفضل.' |
        aplay -q -t raw -f S16_LE -r 16000 --buffer-time=60000
    python3 examples/python/conversation.py models/ar-commands ar espeak-ng 'تفضل.' microphone.wav reply.wav

The microphone is raw 16-bit mono audio at 16 kHz on standard input, or a WAV file of that format, which is read as fast
as it would be spoken. The reply is on standard output in the same format, or in a WAV file. Events are on standard error.
"""

import ctypes as c
import os
import sys
import threading
import time
import wave

RATE = 16000
STEP = RATE // 50 * 2  # 20 ms in bytes, the buffer of an audio device
WAIT_MS = 100

# The types of events, from voice.h.
FINAL, TURN_ENDED, SPEAKING, AUDIO, PAUSED, RESUMED, INTERRUPTED, SPOKEN = 8, 9, 11, 12, 14, 15, 16, 17
WARNING, FAILED, REFUSED = 18, 19, 20


class Text(c.Structure):
    _fields_ = [("ptr", c.c_void_p), ("len", c.c_size_t)]

    def __str__(self):
        return c.string_at(self.ptr, self.len).decode()


class ModelChoice(c.Structure):
    _fields_ = [("model", c.c_char_p), ("language", c.c_char_p), ("reserved", c.c_uint64)]


class Options(c.Structure):
    """An options struct: zero means default. A struct that is shorter than the library's leaves the rest at its default."""

    def __init__(self, **fields):
        super().__init__(struct_size=c.sizeof(self), **fields)


class EngineOptions(Options):
    _fields_ = [
        ("struct_size", c.c_uint32), ("supervise", c.c_uint32), ("stt_model", c.c_char_p), ("stt", c.c_void_p),
        ("stt_len", c.c_size_t), ("tts_voice", c.c_char_p), ("tts", c.POINTER(ModelChoice)), ("tts_len", c.c_size_t),
    ]


class TtsOptions(Options):
    _fields_ = [("struct_size", c.c_uint32), ("sample_rate", c.c_uint32)]
    # The size of the struct in C is a multiple of its alignment.
    _fields_ += [("more", c.c_uint32 * 10), ("language", c.c_void_p)]


class DialogOptions(Options):
    _fields_ = [("struct_size", c.c_uint32), ("more", c.c_uint32 * 15), ("stt", c.c_void_p), ("tts", c.POINTER(TtsOptions))]


class Event(c.Structure):
    _fields_ = [
        ("struct_size", c.c_uint32), ("type", c.c_uint32), ("code", c.c_uint32), ("turn_end", c.c_uint32),
        ("resume_reason", c.c_uint32), ("run", c.c_uint32), ("sample_rate", c.c_uint32), ("decision_ms", c.c_uint32),
        ("silence_ms", c.c_uint32), ("reserved", c.c_uint32), ("start_ms", c.c_uint64), ("end_ms", c.c_uint64),
        ("heard_ms", c.c_uint64), ("id", Text), ("text", Text), ("audio", c.c_void_p), ("audio_len", c.c_size_t),
    ]


class VoiceError(Exception):
    pass


lib = c.CDLL(os.environ.get("VOICE_LIBRARY", "libvoice.so.1"))
lib.voice_error_name.restype = lib.voice_error_message.restype = c.c_char_p


def call(name, *arguments):
    """Calls a function of the library, and raises the error that it returns. Other threads of Python go on meanwhile."""
    function = getattr(lib, name)
    function.restype = c.c_void_p
    error = function(*arguments)
    if error:
        error = c.c_void_p(error)
        text = f"{lib.voice_error_name(error).decode()}: {lib.voice_error_message(error).decode()}"
        lib.voice_error_free(error)
        raise VoiceError(text)


class Dialog:
    def __init__(self, model, language, voice):
        self.engine, self.dialog = c.c_void_p(), c.c_void_p()
        voices = ModelChoice(model=voice.encode(), language=language.encode())
        models = EngineOptions(stt_model=model.encode(), tts=c.pointer(voices), tts_len=1)
        call("voice_engine_open", c.byref(models), c.byref(self.engine))
        tts = TtsOptions(sample_rate=RATE)
        call("voice_dialog_open", self.engine, c.byref(DialogOptions(tts=c.pointer(tts))), c.byref(self.dialog))
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.repeat, args=[name]) for name in ("listen", "speak")]
        for thread in self.threads:
            thread.start()

    def repeat(self, name):
        """What one of the two threads does that compute."""
        while not self.is_over.is_set():
            call(f"voice_dialog_{name}", self.dialog, WAIT_MS)

    def push(self, audio):
        call("voice_dialog_push", self.dialog, audio, c.c_size_t(len(audio)))

    def say(self, name, text):
        text = text.encode()
        call("voice_dialog_say", self.dialog, name.encode(), text, c.c_size_t(len(text)), 0)

    def played(self, run, ms):
        call("voice_dialog_played", self.dialog, c.c_uint32(run), c.c_uint64(ms))

    def events(self):
        """The events until now; each is valid until the next one."""
        event = c.POINTER(Event)()
        while True:
            call("voice_dialog_next", self.dialog, 0, c.byref(event))
            if not event:
                return
            yield event.contents

    def close(self):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        lib.voice_dialog_free(self.dialog)
        lib.voice_engine_free(self.engine)


class Player:
    """The loudspeaker: audio that was not played, and the position of the listener."""

    def __init__(self, dialog):
        self.dialog, self.audio, self.run, self.position = dialog, b"", 0, 0

    def add(self, event):
        if event.run == self.run:
            if not self.audio:
                self.position = event.start_ms * RATE * 2 // 1000
            self.audio += c.string_at(event.audio, event.audio_len)

    def report(self):
        """A device that plays later than it takes audio subtracts its delay."""
        self.dialog.played(self.run, self.position * 1000 // (RATE * 2))

    def stop(self, event):
        """Drops the buffer; the dialog has what was not played."""
        self.report()
        self.run, self.audio = event.run, b""

    def step(self):
        played, self.audio = self.audio[:STEP], self.audio[STEP:]
        self.position += len(played)
        if played:
            self.report()
        return played.ljust(STEP, b"\0")


def converse(dialog, text, microphone, loudspeaker):
    player = Player(dialog)
    dialog.say("greeting", text)
    for audio in microphone:  # what an audio callback does, and a thread that takes events
        dialog.push(audio)
        for event in dialog.events():
            if event.type == AUDIO:
                player.add(event)
            elif event.type in (PAUSED, INTERRUPTED):
                player.stop(event)
                log("paused" if event.type == PAUSED else f"interrupted after: {event.text}")
            elif event.type == RESUMED:
                log("resumed")
            elif event.type in (SPEAKING, SPOKEN):
                log(f"{'speaking' if event.type == SPEAKING else 'spoken'} {event.id}")
            elif event.type == FINAL:
                log(f"heard: {event.text}")
            elif event.type == TURN_ENDED:
                log("turn ended")
                if event.text.len:  # here an application finds its answer
                    dialog.say("answer", str(event.text))
            elif event.type in (WARNING, FAILED, REFUSED):
                log(f"conversation: {event.text}")
        loudspeaker(player.step())


def log(text):
    print(text, file=sys.stderr, flush=True)


def pieces(path):
    """The audio of a WAV file, or of standard input."""
    if not path:
        return iter(lambda: sys.stdin.buffer.read(STEP), b"")
    wav = wave.open(path)
    if (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) != (1, 2, RATE):
        raise SystemExit(f"conversation: {path}: not 16-bit mono at 16 kHz")
    return paced(wav)


def paced(wav):
    start = time.monotonic()
    for step in range(1, wav.getnframes() * 2 // STEP + 1):
        time.sleep(max(0, start + step * 0.02 - time.monotonic()))
        yield wav.readframes(STEP // 2)


def main(model, language, voice, text, microphone=None, reply=None):
    audio = pieces(microphone)
    if reply:
        out = wave.open(reply, "wb")
        out.setparams((1, 2, RATE, 0, "NONE", None))
        write = out.writeframes
    else:
        out = sys.stdout.buffer
        write = lambda audio: (out.write(audio), out.flush())
    dialog = Dialog(model, language, voice)
    try:
        converse(dialog, text, audio, write)
    finally:
        dialog.close()
        out.close()


if __name__ == "__main__":
    if not 5 <= len(sys.argv) <= 7:
        raise SystemExit("usage: conversation.py MODEL LANGUAGE VOICE TEXT [MICROPHONE.wav [REPLY.wav]]")
    try:
        main(*sys.argv[1:])
    except (VoiceError, OSError) as error:
        raise SystemExit(f"conversation: {error}")
