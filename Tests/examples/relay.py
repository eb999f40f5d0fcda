"""Stands where the service reaches a receiver: relay.py PORT_FILE LOG

Listens on a free port, which it writes into PORT_FILE, and passes connections on to the port that LOG tells."""

import os
import re
import socket
import sys
import threading
import time

port_file, log = sys.argv[1:]


def receiver_port():
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if os.path.exists(log):
            with open(log) as file:
                if told := re.search(r"^listening on port (\d+)$", file.read(), re.MULTILINE):
                    return int(told[1])
        time.sleep(0.05)
    sys.exit(f"{log} tells no port")


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(connection):
    with connection, socket.create_connection(("127.0.0.1", receiver_port())) as inner:
        threading.Thread(target=pump, args=(connection, inner), daemon=True).start()
        pump(inner, connection)


with socket.create_server(("127.0.0.1", 0)) as listener:
    with open(port_file + ".new", "w") as file:
        file.write(str(listener.getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
