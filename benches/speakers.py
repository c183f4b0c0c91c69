"""Clients of POST /v1/audio/speech, as load beside the sessions that dictation.py measures."""

import asyncio
import json
import time

TEXTS = (
    "Patient number {} has an appointment on Monday at nine thirty in the morning.",
    "Please bring your insurance card and your identity card to room {} of the clinic.",
    "The parcel {} is ready at the pharmacy until eight in the evening.",
)


async def ask(port, text):
    """The connection on which the audio comes, and the head of the answer."""
    body = json.dumps({"input": text, "response_format": "pcm", "language": "en"}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/audio/speech HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    return reader, writer, await reader.readuntil(b"\r\n\r\n")


async def ready(port):
    """Waits until the voice is loaded."""
    until = time.monotonic() + 60
    while True:
        reader, writer, answer = await ask(port, "Ready.")
        await reader.read()
        writer.close()
        if answer.startswith(b"HTTP/1.1 200"):
            return
        assert time.monotonic() < until, answer
        await asyncio.sleep(0.2)


class Speakers:
    """`count` clients of the server at `port`, each of which asks for the next sentence when it has all of the last."""

    def __init__(self, port, count):
        self.port, self.first_audio, self.audio_seconds, self.begun = port, [], 0.0, time.monotonic()
        self.tasks = [asyncio.create_task(self.speak(number)) for number in range(count)]

    async def speak(self, number):
        for spoken in range(10**6):
            # No two sentences are the same, so that none is in the server's cache.
            text = TEXTS[spoken % len(TEXTS)].format(1_000 * number + spoken)
            asked = time.monotonic()
            reader, writer, answer = await ask(self.port, text)
            assert answer.startswith(b"HTTP/1.1 200"), answer
            first = await reader.read(1 << 16)
            self.first_audio.append(time.monotonic() - asked)
            self.audio_seconds += (len(first) + len(await reader.read())) / 2 / 24_000
            writer.close()

    async def stop(self):
        """The seconds of audio that were made each second."""
        rate = self.audio_seconds / (time.monotonic() - self.begun)
        for task in self.tasks:
            if task.done():
                task.result()
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        return rate
