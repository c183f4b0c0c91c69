"""PyPI's websockets sends a recording of two minutes at once and pings meanwhile: client.py URL SECONDS; prints how many replies came.

It closes the connection (1011) when a pong takes longer than SECONDS.
"""

import asyncio
import socket
import sys
import urllib.parse

import websockets

PIECE = bytes(32000)
PIECES = 120


async def send(connection):
    await connection.send('{"config": {"sample_rate": 16000}}')
    for _ in range(PIECES):
        await connection.send(PIECE)
    await connection.send('{"eof": 1}')


async def converse(url, patience):
    address = urllib.parse.urlsplit(url)
    own = socket.create_connection((address.hostname, address.port))
    # As on a network: on loopback a system keeps megabytes for a client that sends.
    own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 10)
    async with websockets.connect(url, sock=own, ping_interval=1, ping_timeout=patience) as connection:
        sending = asyncio.create_task(send(connection))
        print(len([reply async for reply in connection]))
        await sending


asyncio.run(asyncio.wait_for(converse(sys.argv[1], float(sys.argv[2])), 90))
