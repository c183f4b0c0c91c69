"""A conversation with a server over WebSocket (docs/voice-v1.md), with PyPI's websockets.

    server_conversation.py URL TOKEN QUESTION... < microphone > loudspeaker

Asks the questions, one after each answer, and prints the answers on standard error. Both sides of the audio are signed
16-bit little-endian samples at 16 kHz, so that it works with any recorder and player:

    arecord -q -f S16_LE -r 16000 | server_conversation.py wss://HOST/secure TOKEN "كيف حالك؟" | aplay -q -f S16_LE -r 16000
"""

import asyncio
import json
import sys

import websockets

RATE = 16_000
FRAME = RATE // 50 * 2  # bytes in 20 ms


class Conversation:
    def __init__(self, socket, questions):
        self.socket = socket
        self.questions = questions
        self.audio = bytearray()  # of the current run, not played yet
        self.run = 0
        self.played_ms = 0

    async def send(self, **message):
        await self.socket.send(json.dumps(message))

    async def ask(self):
        """Asks the next question, or ends the conversation."""
        if self.questions:
            await self.send(type="say", text=self.questions.pop(0))
        else:
            await self.send(type="end")

    async def microphone(self):
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while frame := await reader.read(FRAME):
            await self.socket.send(frame)

    async def loudspeaker(self):
        """Plays 20 ms at a time, so that a pause takes effect at once."""
        clock = asyncio.get_running_loop().time
        due = clock()
        while True:
            due += 0.02
            await asyncio.sleep(max(0, due - clock()))
            frame = bytes(self.audio[:FRAME])
            del self.audio[:FRAME]
            if frame:
                self.played_ms += len(frame) * 1000 // (2 * RATE)
                await self.send(type="played", run=self.run, ms=self.played_ms)
            sys.stdout.buffer.write(frame.ljust(FRAME, b"\0"))
            sys.stdout.buffer.flush()

    async def take(self, message):
        """Handles a message of the server. Returns whether more follow."""
        if isinstance(message, bytes):
            self.audio += message
            return True
        message = json.loads(message)
        match message["type"]:
            case "ready":
                await self.ask()
            case "audio":
                self.run, self.played_ms = message["run"], message["at_ms"] - len(self.audio) * 1000 // (2 * RATE)
            case "paused" | "interrupted":
                self.audio.clear()
            case "final":
                print("heard:", message["text"], file=sys.stderr)
            case "turn_ended":
                await self.ask()
            case "error" | "warning":
                print(f"{message['code']}: {message['message']}", file=sys.stderr)
            case "closed":
                return False
        return True


async def main(url, token, *questions):
    protocols = ["voice.v1", f"bearer.{token}"]
    async with websockets.connect(url, subprotocols=protocols, open_timeout=20) as socket:
        conversation = Conversation(socket, list(questions))
        await conversation.send(
            type="start",
            language="ar",
            audio_in={"sample_rate": RATE},
            audio_out={"sample_rate": RATE},
            aec="none",
        )
        tasks = [asyncio.create_task(conversation.microphone()), asyncio.create_task(conversation.loudspeaker())]
        async for message in socket:
            if not await conversation.take(message):
                break
        for task in tasks:
            task.cancel()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
