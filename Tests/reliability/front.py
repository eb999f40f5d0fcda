#!/usr/bin/env python3
"""TLS before plain servers: for each ADDRESS a port that ends TLS and passes on what it hears, with FIN for FIN
and RST for RST. Prints the ports. Its authority and its certificate go to FOLDER.

Usage: front.py FOLDER ADDRESS..."""

import asyncio
import functools
import pathlib
import signal
import socket
import ssl
import struct
import subprocess
import sys

SCRIPT = """set -e
new() { openssl req "$@" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes; }
new -x509 -keyout authority.key -out authority.pem -subj "/CN=The authority of a test" -days 10
new -keyout front.key -out front.csr -subj /CN=front
echo subjectAltName=IP:127.0.0.1,DNS:localhost >front.ext
openssl x509 -req -in front.csr -CA authority.pem -CAkey authority.key -set_serial 1 -days 10 \
    -extfile front.ext -out front.pem
"""


def certificate(folder):
    subprocess.run(
        ["sh", "-c", SCRIPT], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pathlib.Path(folder) / "front.pem", pathlib.Path(folder) / "front.key")
    return context


def reset(writer):
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def pass_on(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


# asyncio alone would let go of what waits.
tasks = set()


def accept(server, reader, writer):
    task = asyncio.ensure_future(serve(server, reader, writer))
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def serve(server, reader, writer):
    host, _, port = server.rpartition(":")
    try:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
    except OSError:
        return writer.close()
    pipes = {
        asyncio.ensure_future(pass_on(reader, inner_writer)),
        asyncio.ensure_future(pass_on(inner_reader, writer)),
    }
    done, rest = await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    is_reset = any(isinstance(task.exception(), ConnectionResetError) for task in done)
    for each in (writer, inner_writer):
        reset(each) if is_reset else each.close()


async def main(folder, servers):
    context = certificate(folder)
    ports = []
    for server in servers:
        front = await asyncio.start_server(
            functools.partial(accept, server), "127.0.0.1", 0, ssl=context, backlog=512
        )
        ports.append(str(front.sockets[0].getsockname()[1]))
    # Handshakes that clients break off are no news.
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print(*ports, flush=True)
    await asyncio.Event().wait()


asyncio.run(main(sys.argv[1], sys.argv[2:]))
