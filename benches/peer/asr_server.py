#!/usr/bin/env python3
"""The server to compare with: Vosk behind a WebSocket, as vosk-server does it in Python.

One event loop, one recognizer per connection, decoding in a pool of one thread per core.
Reads VOSK_MODEL_PATH and PORT; listens on 127.0.0.1 only.
"""

import asyncio
import concurrent.futures
import json
import os

import vosk
import websockets

DEFAULT_RATE = 8000


class Session:
    """One client: a recognizer that is made when the first audio comes."""

    def __init__(self, model):
        self.model = model
        self.recognizer = None
        self.settings = {}

    def decode(self, audio):
        """The one reply to a piece of audio."""
        recognizer = self.ready()
        if recognizer.AcceptWaveform(audio):
            return recognizer.Result()
        return recognizer.PartialResult()

    def final(self):
        return self.ready().FinalResult()

    def ready(self):
        if self.recognizer is None:
            arguments = [self.model, float(self.settings.get("sample_rate", DEFAULT_RATE))]
            if "phrase_list" in self.settings:
                arguments.append(json.dumps(self.settings["phrase_list"], ensure_ascii=False))
            self.recognizer = vosk.KaldiRecognizer(*arguments)
            self.recognizer.SetWords(bool(self.settings.get("words", True)))
            self.recognizer.SetMaxAlternatives(int(self.settings.get("max_alternatives", 0)))
        return self.recognizer


async def serve(socket, model, pool):
    """Answers one client until it says eof or goes away."""
    loop = asyncio.get_running_loop()
    session = Session(model)
    async for message in socket:
        if isinstance(message, bytes):
            await socket.send(await loop.run_in_executor(pool, session.decode, message))
            continue
        command = json.loads(message)
        if "config" in command:
            session.settings.update(command["config"])
        elif "reset" in command or "eof" in command:
            await socket.send(await loop.run_in_executor(pool, session.final))
            if "eof" in command:
                return


async def main():
    model = vosk.Model(os.environ["VOSK_MODEL_PATH"])
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1)
    # No pings: an overloaded server should be late here, not lose its clients.
    listening = websockets.serve(
        lambda socket: serve(socket, model, pool),
        "127.0.0.1", int(os.environ["PORT"]), ping_interval=None)
    async with listening:
        await asyncio.Future()


if __name__ == "__main__":
    vosk.SetLogLevel(-1)
    asyncio.run(main())
