"""Drives the official Python client: JSON lines in, JSON lines out (see tests/src/client/script.rs for the protocol).

One process holds many connections; a command names its connection by `conn`. Commands of one connection are carried out
in their order; `connect` and `disconnect` of one do not hold up another.
"""

import asyncio
import json
import sys

import socketio

sockets = {}


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


async def connect(id, conn, url, transports, auth):
    sio = socketio.AsyncClient(reconnection=False)
    sockets[conn] = sio
    refusals = []
    sio.on("connect_error", refusals.append)
    sio.on("disconnect", lambda reason: say(conn=conn, closed=reason, code=close_code(sio)))
    sio.on("*", lambda event, data=None: say(conn=conn, event=event, data=data))
    try:
        await sio.connect(url, transports=transports, auth=auth, wait_timeout=20)
        say(id=id, conn=conn, ok=True)
    except Exception as error:  # whatever it was, the scenario is told
        refusal = refusals[0] if refusals else None
        data = refusal.get("data") if isinstance(refusal, dict) else refusal
        say(id=id, conn=conn, ok=False, message=str(error), data=data)


def close_code(sio):
    """The code of the WebSocket's close frame; the client drops its reason. Polling has none."""
    return getattr(sio.eio.ws, "close_code", None)


async def handle(command):
    id, conn, op = command["id"], command["conn"], command["op"]
    sio = sockets.get(conn)
    if sio is None:
        say(id=id, conn=conn, ok=False, message=f"no connection {conn}")
    elif op == "emit":
        await emit(sio, command, lambda answer=None: say(id=id, conn=conn, ok=True, answer=answer))
    elif op == "tell":
        await emit(sio, command, None)
    elif op == "transport":
        say(id=id, conn=conn, ok=True, answer=sio.transport())
    elif op == "disconnect":
        del sockets[conn]
        await sio.disconnect()
    else:
        say(id=id, conn=conn, ok=False, message=f"no operation {op}")


async def emit(sio, command, callback):
    try:
        await sio.emit(command["event"], command["data"], callback=callback)
    except socketio.exceptions.SocketIOError as error:
        say(id=command["id"], conn=command["conn"], ok=False, message=str(error))


async def main():
    reader = asyncio.StreamReader(limit=16 * 1024 * 1024)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    connecting = set()
    while line := await reader.readline():
        command = json.loads(line)
        if command.pop("op") == "connect":
            task = asyncio.create_task(connect(**command))
            connecting.add(task)
            task.add_done_callback(connecting.discard)
        else:
            await handle(json.loads(line))


asyncio.run(main())
