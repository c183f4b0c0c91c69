#!/usr/bin/env python3
"""Measure voice-server beside vosk-server on dictated speech and any Vosk model.

    benches/dictation.py --model MODEL --speech FOLDER --peer asr_server.py [options]

FOLDER holds a folder for each speaker, with NAME.wav (16 kHz, mono, 16 bits) and
NAME.txt (what was said) in it. The peer is vosk-server's websocket/asr_server.py,
unchanged; run this script with a Python that has vosk, websockets and psutil.

Every speaker's utterances, with pauses between them, are one stream. With
--alternate two speakers take turns in each stream. Without --real-time a client
sends the next message when it has the reply to the last: that gives CPU time and
errors. With it, messages leave by the clock, and replies are timed. With --voice,
clients ask voice-server for speech in the meantime.
"""

import argparse
import asyncio
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import time
import unicodedata
import wave

import psutil
import websockets

import speakers

RATE = 16_000
MESSAGE = 0.1


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--peer", type=pathlib.Path, help="asr_server.py; without it only voice-server is measured")
    parser.add_argument("--program", type=pathlib.Path, default="target/release/voice-server")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between utterances")
    parser.add_argument("--utterances", type=int, default=20, help="of each speaker at most")
    parser.add_argument("--speakers", help="their names, separated by commas; all if left out")
    parser.add_argument("--alternate", action="store_true", help="two speakers take turns")
    parser.add_argument("--rate", type=int, default=RATE, help="sample rate that the client sends")
    parser.add_argument("--speaker", default="one", help="voice-server's setting: one or many")
    parser.add_argument("--real-time", action="store_true", help="messages leave by the clock")
    parser.add_argument("--sessions", type=int, default=1, help="streams at once, with --real-time")
    parser.add_argument("--voice", type=pathlib.Path, help="an English voice; with --real-time, some clients ask for speech")
    parser.add_argument("--speeches", type=int, default=4, help="clients that ask for speech at once, with --voice")
    parser.add_argument("--seconds", type=float, default=1e9, help="length of a stream at most")
    parser.add_argument("--order", default="peer,ours")
    return parser.parse_args()


def read(path):
    with wave.open(str(path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2), path
        return file.readframes(file.getnframes())


def quiet(seconds, chance):
    """Noise as quiet as a good room."""
    return b"".join(int(chance.gauss(0, 4)).to_bytes(2, "little", signed=True) for _ in range(int(seconds * RATE)))


class Stream:
    """Audio, what is said in it, and where each utterance begins and ends in seconds."""

    def __init__(self, name, utterances, pause, limit):
        chance = random.Random(name)
        self.name, self.audio, self.said, self.places = name, quiet(0.5, chance), [], []
        for path in utterances:
            speech = read(path)
            if (len(self.audio) + len(speech)) / 2 / RATE + pause > limit:
                break
            begin = len(self.audio) / 2 / RATE
            self.audio += speech
            self.places.append((begin, len(self.audio) / 2 / RATE))
            self.said.append(path.with_suffix(".txt").read_text(encoding="utf-8-sig"))
            self.audio += quiet(pause, chance)
        self.seconds = len(self.audio) / 2 / RATE


def streams(options):
    folders = sorted(folder for folder in options.speech.iterdir() if any(folder.glob("*.wav")))
    if options.speakers:
        folders = [options.speech / name for name in options.speakers.split(",")]
    found = [(folder.name, sorted(folder.glob("*.wav"))[: options.utterances]) for folder in folders]
    if options.alternate:
        pairs = zip(found[::2], found[1::2])
        found = [(f"{a}+{b}", [path for both in zip(one, two) for path in both]) for (a, one), (b, two) in pairs]
    return [Stream(name, paths, options.pause, options.seconds) for name, paths in found]


def at_rate(audio, rate):
    if rate == RATE:
        return audio
    done = subprocess.run(
        ["sox", "-D", "-t", "raw", "-r", str(RATE), "-e", "signed", "-b", "16", "-c", "1", "-", "-t", "raw", "-r", str(rate), "-"],
        input=audio, capture_output=True, check=True)
    return done.stdout


def letters(text):
    return [letter for letter in text if unicodedata.category(letter)[0] in "LN"]


def mistakes(said, heard):
    """For each letter that was said, and for the end, the mistakes there: those of the Levenshtein distance."""
    rows = [list(range(len(heard) + 1))]
    for line, letter in enumerate(said, 1):
        row, above = [line], rows[-1]
        for column, other in enumerate(heard, 1):
            row.append(min(above[column - 1] + (letter != other), above[column] + 1, row[column - 1] + 1))
        rows.append(row)
    found, line, column = [0] * (len(said) + 1), len(said), len(heard)
    while line or column:
        here = rows[line][column]
        if column and here == rows[line][column - 1] + 1:
            column -= 1
            found[line] += 1
        elif line and here == rows[line - 1][column] + 1:
            line -= 1
            found[line] += 1
        else:
            line, column = line - 1, column - 1
            found[line] += here - rows[line][column]
    return found


def mistakes_of_utterances(said, heard):
    """The mistakes and the letters of each."""
    said = [letters(one) for one in said]
    found = mistakes([letter for one in said for letter in one], letters(heard))
    pairs, at = [], 0
    for one in said:
        at += len(one)
        pairs.append((sum(found[at - len(one) : at]), len(one)))
    return pairs[:-1] + [(pairs[-1][0] + found[-1], pairs[-1][1])]


class Server:
    """One of the two, as a process of its own."""

    def __init__(self, kind, options):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = dict(os.environ, VOSK_MODEL_PATH=str(options.model))
        if kind == "ours":
            environment.update(VOICE_HOST="127.0.0.1", PORT=str(self.port), RATE_LIMIT_PER_MINUTE="100000",
                               MAX_CONCURRENT_SESSIONS="1000", LOG_LEVEL="ERROR")
            if options.voice:
                environment.update(VOICE_TTS_VOICES=str(options.voice.resolve()))
            command = [str(options.program.resolve())]
        else:
            environment.update(VOSK_SERVER_INTERFACE="127.0.0.1", VOSK_SERVER_PORT=str(self.port))
            command = [sys.executable, str(options.peer)]
        self.log = open(os.environ.get("DICTATION_LOG", os.devnull), "ab")
        self.process = psutil.Popen(command, env=environment, stdout=self.log, stderr=self.log)
        self.kind = kind

    async def ready(self, rate):
        """Waits for the first result: the same short session before each measurement."""
        until = time.monotonic() + 120
        while True:
            try:
                async with websockets.connect(f"ws://127.0.0.1:{self.port}", max_size=None) as client:
                    await client.send(json.dumps({"config": {"sample_rate": rate}}))
                    for _ in range(20):
                        await client.send(bytes(int(rate * MESSAGE) * 2))
                        await client.recv()
                    await client.send('{"eof" : 1}')
                    await client.recv()
                return
            except (OSError, websockets.exceptions.WebSocketException):
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)

    def cpu(self):
        times = self.process.cpu_times()
        return times.user + times.system

    def memory(self):
        return self.process.memory_full_info().pss / 2**20

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


async def lock_step(server, stream, options):
    """The text, the audio of each utterance until its first partial result, and the most memory in the meantime."""
    texts, first, places, before, peak = [], [], list(stream.places), "", 0.0
    async with websockets.connect(f"ws://127.0.0.1:{server.port}", max_size=None, ping_interval=None) as client:
        await client.send(config(server, options))
        audio = at_rate(stream.audio, options.rate)
        piece = int(options.rate * MESSAGE) * 2
        for at in range(0, len(audio) + piece, piece):
            await client.send(audio[at : at + piece] or '{"eof" : 1}')
            reply = json.loads(await client.recv())
            texts.append(reply.get("text", ""))
            sent = (at + piece) / 2 / options.rate
            while places and sent > places[0][1]:
                places.pop(0)
            partial = reply.get("partial")
            if places and partial and not before and sent > places[0][0]:
                first.append(sent - places.pop(0)[0])
            before = partial
            if at % (50 * piece) == 0:
                peak = max(peak, server.memory())
    return " ".join(texts), first, max(peak, server.memory())


def config(server, options):
    settings = {"sample_rate": options.rate}
    if server.kind == "ours":
        settings["speaker"] = options.speaker
    return json.dumps({"config": settings})


class Times:
    def __init__(self):
        self.reply, self.first, self.final, self.work, self.late = [], [], [], [], 0.0


async def real_time(server, stream, options, times, delay):
    """Messages by the clock; replies are timed from when their message was due."""
    await asyncio.sleep(delay)
    audio = at_rate(stream.audio, options.rate)
    piece = int(options.rate * MESSAGE) * 2
    pieces = [audio[at : at + piece] for at in range(0, len(audio), piece)]
    async with websockets.connect(f"ws://127.0.0.1:{server.port}", max_size=None, ping_interval=None) as client:
        await client.send(config(server, options))
        begin = time.monotonic()

        async def send():
            for number, message in enumerate(pieces):
                due = begin + (number + 1) * MESSAGE
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                times.late = max(times.late, time.monotonic() - due)
                await client.send(message)

        sender = asyncio.create_task(send())
        places = list(stream.places)
        heard_first = False
        for number in range(len(pieces)):
            reply = json.loads(await client.recv())
            now = time.monotonic()
            sent = begin + (number + 1) * MESSAGE
            times.reply.append(now - sent)
            if places and reply.get("partial") and not heard_first and now - begin > places[0][0]:
                times.first.append(now - begin - places[0][0])
                heard_first = True
            if places and reply.get("text"):
                if now - begin > places[0][1]:
                    times.final.append(now - begin - places[0][1])
                    times.work.append(now - sent)
                    places.pop(0)
                    heard_first = False
        await sender
        await client.send('{"eof" : 1}')
        await client.recv()


def rate_of(wrong):
    return sum(errors for errors, _ in wrong) / max(1, sum(count for _, count in wrong))


def difference(ours, peer):
    """Of the error rates in points, with the bounds in which 95 % of resampled sets of utterances have it."""
    chance, found = random.Random(1), []
    for _ in range(10_000):
        chosen = chance.choices(range(len(ours)), k=len(ours))
        found.append(rate_of([ours[at] for at in chosen]) - rate_of([peer[at] for at in chosen]))
    found.sort()
    whole = rate_of(ours) - rate_of(peer)
    return f"ours - peer: {100 * whole:+.2f} points ({100 * found[250]:+.2f} to {100 * found[9_749]:+.2f})"


def ms(values, share):
    return f"{1000 * part(values, share):.0f}"


def part(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


async def measure(kind, all_streams, options):
    server = Server(kind, options)
    try:
        await server.ready(options.rate)
        has_voice = options.voice and kind == "ours"
        if has_voice:
            await speakers.ready(server.port)
        idle, before = server.memory(), server.cpu()
        if options.real_time:
            times = Times()
            speech = speakers.Speakers(server.port, options.speeches) if has_voice else None
            chosen = [all_streams[number % len(all_streams)] for number in range(options.sessions)]
            tasks = [
                asyncio.create_task(real_time(server, stream, options, times, 0.37 * number))
                for number, stream in enumerate(chosen)
            ]
            peak = 0.0
            while not all(task.done() for task in tasks):
                peak = max(peak, server.memory())
                await asyncio.sleep(1)
            for task in tasks:
                task.result()
            if speech:
                rate = await speech.stop()
                print(f"{kind}: {options.speeches} clients get {rate:.1f} s of speech a second, "
                      f"first audio ms p50 {ms(speech.first_audio, .5)} p90 {ms(speech.first_audio, .9)} of {len(speech.first_audio)}")
            audio = sum(stream.seconds for stream in chosen)
            print(f"{kind}: sessions {options.sessions}, CPU s per audio s {(server.cpu() - before) / audio:.3f}, "
                  f"reply ms p50 {ms(times.reply, .5)} p99 {ms(times.reply, .99)}, first partial ms p50 {ms(times.first, .5)}, "
                  f"end to final ms p50 {ms(times.final, .5)} p90 {ms(times.final, .9)}, work on final ms p50 {ms(times.work, .5)} p90 {ms(times.work, .9)}, "
                  f"PSS MiB idle {idle:.0f}, at most {peak:.0f}, a session {(peak - idle) / options.sessions:.0f}, own lateness ms {1000 * times.late:.0f}", flush=True)
            return
        wrong, lines, first, peak = [], [], [], 0.0
        for stream in all_streams:
            text, audio_to_first, most = await lock_step(server, stream, options)
            first += audio_to_first
            here = mistakes_of_utterances(stream.said, text)
            wrong, peak = wrong + here, max(peak, most)
            lines.append(f"{stream.name} {100 * rate_of(here):.1f}")
        audio = sum(stream.seconds for stream in all_streams)
        print(f"{kind}: CPU s per audio s {(server.cpu() - before) / audio:.3f}, "
              f"character errors {sum(errors for errors, _ in wrong)} of {sum(count for _, count in wrong)} "
              f"({100 * rate_of(wrong):.2f} %), audio {audio:.0f} s, "
              f"audio to the first partial ms mean {1000 * sum(first) / max(1, len(first)):.0f} "
              f"p50 {ms(first, .5)} of {len(first)}, "
              f"PSS MiB {idle:.0f}, at most +{peak - idle:.0f}, at the end +{server.memory() - idle:.0f}; {', '.join(lines)}", flush=True)
        return wrong
    finally:
        server.stop()


async def main():
    options = arguments()
    all_streams = streams(options)
    wrong = {}
    for kind in options.order.split(","):
        if kind == "ours" or options.peer:
            wrong[kind] = await measure(kind, all_streams, options)
    if all(wrong.get(kind) for kind in ("ours", "peer")):
        print(difference(wrong["ours"], wrong["peer"]))


if __name__ == "__main__":
    asyncio.run(main())
