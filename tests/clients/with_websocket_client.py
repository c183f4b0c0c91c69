"""One session with PyPI's websocket-client: client.py URL AUDIO; prints each reply."""

import sys

import websocket

socket = websocket.create_connection(sys.argv[1], timeout=20)
socket.send('{ "config" : { "sample_rate" : 16000 } }')
with open(sys.argv[2], "rb") as audio:
    while piece := audio.read(6400):
        socket.send_binary(piece)
        print(socket.recv())
socket.send('{"eof" : 1}')
print(socket.recv())
socket.close()
