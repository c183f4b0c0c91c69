"""One session with PyPI's websockets: client.py URL AUDIO; prints each reply."""

import asyncio
import sys

import websockets


async def converse(url, path):
    async with websockets.connect(url, open_timeout=20) as socket:
        await socket.send('{ "config" : { "sample_rate" : 16000 } }')
        with open(path, "rb") as audio:
            while piece := audio.read(6400):
                await socket.send(piece)
                print(await socket.recv())
        await socket.send('{"eof" : 1}')
        print(await socket.recv())


asyncio.run(asyncio.wait_for(converse(sys.argv[1], sys.argv[2]), 60))
