"""Calls a webhook receiver in ways the service never would; all of them must be refused, and none may end it."""

import json
import os
import socket
import sys
import time

PORT = int(sys.argv[1])
FORGED = {"signature": "0" * 40, "dataEncrypt": "AAAA", "timestamp": 1700000000000, "nonce": 1}


def call(sent, patience=0.0):
    """Sends bytes, waits before it hangs up, and gives the first line of the answer."""
    with socket.create_connection(("127.0.0.1", PORT), timeout=60) as connection:
        try:
            connection.sendall(sent)
            if patience:
                time.sleep(patience)
                return ""
            return connection.recv(4096).split(b"\r\n")[0].decode()
        except ConnectionError:
            return ""


def post(body, length=None):
    head = f"POST /hook HTTP/1.1\r\nHost: x\r\ncontent-LENGTH: {len(body) if length is None else length}\r\n\r\n"
    return head.encode() + body


strangers = [
    post(json.dumps(FORGED).encode()),
    post(b"{}"),
    post(b"\0" * 1000),
    post(b"", 0),
    post(b"", -5),
    post(b"", 10**30),
    post(b"x" * 65536, 65536),
    post(b"x" * 70000),
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST /hook HTTP/1.1\r\n\r\n",
    b"\r\n\r\n",
    b"\r\n" * 40000,
    os.urandom(100_000),
    b"\0" * 100_000,
]
for stranger in strangers:
    answer = call(stranger)
    assert answer in ("", "HTTP/1.1 400 Bad Request"), answer
call(b"", patience=0.3)
call(post(b"half of it", 5000), patience=0.3)
print(f"{len(strangers) + 2} strangers were refused")
