#!/usr/bin/env python3
"""A proxy that misbehaves on request: CONNECT, plain HTTP and SOCKS on one port, control requests on another.
Needs nothing but Python. docs/sandbox.md lists its faults and its control requests."""

import argparse
import asyncio
import base64
import collections
import contextlib
import json
import os
import random
import signal
import socket
import struct
import sys
import urllib.parse

SOCKS4, SOCKS5 = "socks4", "socks5"
SOCKS_OK, SOCKS_UNREACHABLE, SOCKS_COMMAND_UNKNOWN = 0, 5, 7
NO_AUTHENTICATION, BY_PASSWORD, NO_METHOD = 0, 2, 0xFF
REASONS = {
    200: "Connection established",
    400: "Bad Request",
    403: "Forbidden",
    407: "Proxy Authentication Required",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
NOISE = b"\x00\xffnothing that anybody speaks\r\n\r\n\x00" * 4
# A TLS alert, fatal: handshake_failure.
ALERT = bytes([21, 3, 3, 0, 2, 2, 40])
HEAD_LIMIT = 256 << 10
# An endless answer ends all the same, should nobody hang up.
ENDLESS_LIMIT = 1 << 30


class Gone(Exception):
    """The client's connection is to end here; `how` is "close" or "reset"."""

    def __init__(self, how="close"):
        super().__init__(how)
        self.how = how


# --- faults ----------------------------------------------------------------------------------------------

# In place of an answer; the answer, but not as it should be; the tunnel stands.
NO_ANSWER = {"close_at_once", "reset_at_once", "refuse", "close", "reset", "hang", "garbage", "break_answer"}
NO_ANSWER |= {"endless_headers", "socks_method", "socks_password", "socks_reply"}
ODD_ANSWER = {"drip_ms", "headers_bytes", "answer_body"}
BROKEN_TUNNEL = {"tls", "break_up", "break_down", "stall_up", "stall_down", "bytes_per_second"}
ACTIONS = NO_ANSWER | ODD_ANSWER | BROKEN_TUNNEL
AT_ONCE = {"close_at_once", "reset_at_once"}
SELECTORS = {"way", "target", "times", "skip", "probability"}
DETAILS = {"headers", "body", "how"}


class Fault:
    """One rule: which requests it strikes, and what happens to them."""

    def __init__(self, rule):
        if not isinstance(rule, dict):
            raise ValueError("a fault is an object")
        unknown = set(rule) - ACTIONS - SELECTORS - DETAILS
        if unknown:
            raise ValueError(f"unknown in a fault: {', '.join(sorted(unknown))}")
        actions = set(rule) & ACTIONS
        if len(actions) != 1:
            raise ValueError("a fault has one action")
        self.rule, self.action = rule, actions.pop()
        self.value = rule[self.action]
        self.how = rule.get("how", "close")
        self.times, self.skip = rule.get("times", 1), rule.get("skip", 0)
        if self.how not in ("close", "reset"):
            raise ValueError('"how" is "close" or "reset"')

    def strikes(self, way, target):
        if self.times == 0 or self.rule.get("way", "*") not in ("*", way):
            return False
        if self.rule.get("target", "") not in target:
            return False
        if random.random() >= self.rule.get("probability", 1):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= self.times > 0
        return True


class Book:
    """The faults to play, and what the proxy saw."""

    def __init__(self, kept):
        self.faults, self.kept = [], kept
        self.reset()

    def reset(self):
        self.faults, self.seen, self.connections = [], collections.deque(maxlen=self.kept), 0

    def take(self, way, target, at_once=False):
        """The fault of a request; what strikes at once is chosen when only the connection is there."""
        for fault in self.faults:
            if (fault.action in AT_ONCE) == at_once and fault.strikes(way, target):
                return fault
        return None


# --- one connection --------------------------------------------------------------------------------------


class Peer:
    """A connection of a client, from its first byte to its end."""

    def __init__(self, proxy, reader, writer):
        self.proxy, self.book = proxy, proxy.book
        self.reader, self.writer = reader, writer
        self.fault, self.record = None, None
        # The client says no more.
        self.left = asyncio.Event()

    async def serve(self):
        self.book.connections += 1
        how = "close"
        try:
            fault = self.book.take("*", "", at_once=True)
            if fault:
                self.book.seen.append({"way": None, "target": None, "outcome": fault.action})
                raise Gone("reset" if fault.action == "reset_at_once" else "close")
            first = await self.reader.readexactly(1)
            await {5: self.socks5, 4: self.socks4}.get(first[0], lambda: self.http(first))()
        except Gone as gone:
            how = gone.how
        except ConnectionResetError:
            how = "reset"
        except (OSError, EOFError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            end(self.writer, how)

    def note(self, way, target, **more):
        """Records a request, and chooses its fault."""
        self.record = {"way": way, "target": target, **more, "outcome": "asked", "up": 0, "down": 0}
        self.book.seen.append(self.record)
        self.fault = self.book.take(way, target)
        if self.fault:
            self.record["outcome"] = self.fault.action

    def is_struck(self, *actions):
        return self.fault is not None and self.fault.action in actions

    async def send(self, data):
        """Lets other connections have their turn, and ends with its own: an answer may be endless."""
        await asyncio.sleep(0)
        if self.writer.transport.is_closing():
            raise Gone
        self.writer.write(data)
        await self.writer.drain()

    async def misbehave(self):
        """The faults that are the same whatever the client speaks."""
        if self.is_struck("close"):
            raise Gone
        if self.is_struck("reset"):
            raise Gone("reset")
        if self.is_struck("hang"):
            await self.wait_for_end()
        if self.is_struck("garbage"):
            await self.send(self.fault.value.encode() if isinstance(self.fault.value, str) else NOISE)
            raise Gone

    async def wait_for_end(self):
        """Reads on without a word until the client leaves."""
        while await self.reader.read(65536):
            pass
        raise Gone

    # --- HTTP ---

    async def http(self, first):
        line, headers = await read_head(self.reader, first)
        words = line.split(" ")
        if len(words) != 3:
            await self.send(answer(400))
            raise Gone
        method, target, _ = words
        credentials = basic(lowercase(headers).get("proxy-authorization"))
        if method == "CONNECT":
            self.note("connect", target, line=line, headers=dict(headers), credentials=credentials)
        else:
            self.note("forward", urllib.parse.urlsplit(target).netloc, line=line, headers=dict(headers),
                      credentials=credentials)  # fmt: skip
        await self.misbehave()
        await self.refuse(credentials)
        if method == "CONNECT":
            await self.connect(target)
        else:
            await self.forward(method, target, headers)

    async def refuse(self, credentials):
        if self.is_struck("refuse"):
            status, headers = self.fault.value, self.fault.rule.get("headers")
            if headers is None:
                headers = {"Proxy-Authenticate": 'Basic realm="proxy"'} if status == 407 else {}
            await self.send(answer(status, headers, self.fault.rule.get("body", "").encode()))
            raise Gone
        if self.proxy.user is not None and credentials != self.proxy.user:
            self.record["outcome"] = "unauthorized"
            await self.send(answer(407, {"Proxy-Authenticate": 'Basic realm="proxy"'}))
            raise Gone

    async def connect(self, target):
        host, _, port = target.rpartition(":")
        server = await self.reach(host, port)
        if server is None:
            await self.send(answer(502))
            raise Gone
        try:
            await self.establish()
            await self.tunnel(server)
        finally:
            end(server[1])

    async def establish(self):
        """The answer that says that the tunnel stands."""
        headers, body = {}, b""
        if self.is_struck("answer_body"):
            body = str(self.fault.value).encode()
        if self.is_struck("headers_bytes"):
            headers = {f"X-Filler-{number}": "x" * 1000 for number in range(self.fault.value // 1000)}
        text = answer(200, headers, body, length=bool(body))
        if self.is_struck("break_answer"):
            await self.send(text[: self.fault.value])
            raise Gone(self.fault.how)
        if self.is_struck("endless_headers"):
            await self.send(text[: text.index(b"\r\n") + 2])
            for _ in range(ENDLESS_LIMIT >> 16):
                await self.send(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            raise Gone
        if self.is_struck("drip_ms"):
            await self.drip(text)
        else:
            await self.send(text)

    async def drip(self, text):
        for byte in text:
            await self.send(bytes([byte]))
            await asyncio.sleep(self.fault.value / 1000)

    async def forward(self, method, target, headers):
        """One request for a connection, so that what follows may go to another server."""
        url = urllib.parse.urlsplit(target)
        if url.scheme != "http" or not url.hostname:
            await self.send(answer(400))
            raise Gone
        server = await self.reach(url.hostname, url.port or 80)
        if server is None:
            await self.send(answer(502))
            raise Gone
        path = urllib.parse.urlunsplit(("", "", url.path or "/", url.query, ""))
        hop = {"connection", "keep-alive", "proxy-connection", "proxy-authorization"}
        lines = [f"{name}: {value}" for name, value in headers if name.lower() not in hop]
        head = "\r\n".join([f"{method} {path} HTTP/1.1", *lines, "Connection: close", "", ""])
        try:
            server[1].write(head.encode("latin-1"))
            await self.tunnel(server)
        finally:
            end(server[1])

    # --- SOCKS ---

    async def socks5(self):
        methods = await self.reader.readexactly((await self.reader.readexactly(1))[0])
        wanted = NO_AUTHENTICATION if self.proxy.user is None else BY_PASSWORD
        # The fault is chosen before the target is known: what names a target does not strike here.
        self.note(SOCKS5, "", credentials=None)
        await self.misbehave()
        if self.is_struck("socks_method"):
            await self.send(bytes([5, self.fault.value]))
            raise Gone
        if self.is_struck("socks_password"):
            wanted = BY_PASSWORD
        if wanted not in methods:
            self.record["outcome"] = "unauthorized"
            await self.send(bytes([5, NO_METHOD]))
            raise Gone
        await self.send(bytes([5, wanted]))
        if wanted == BY_PASSWORD:
            await self.check_password()
        _, command, _, kind = await self.reader.readexactly(4)
        if kind == 1:
            host = socket.inet_ntop(socket.AF_INET, await self.reader.readexactly(4))
        elif kind == 4:
            host = socket.inet_ntop(socket.AF_INET6, await self.reader.readexactly(16))
        else:
            host = (await self.reader.readexactly((await self.reader.readexactly(1))[0])).decode("latin-1")
        port = struct.unpack("!H", await self.reader.readexactly(2))[0]
        self.record["target"] = f"{host}:{port}"
        if self.is_struck("socks_reply") or command != 1:
            await self.send(socks5_reply(self.fault.value if command == 1 else SOCKS_COMMAND_UNKNOWN))
            raise Gone
        await self.socks_tunnel(host, port, socks5_reply)

    async def check_password(self):
        await self.reader.readexactly(1)
        name = await self.reader.readexactly((await self.reader.readexactly(1))[0])
        password = await self.reader.readexactly((await self.reader.readexactly(1))[0])
        self.record["credentials"] = f"{name.decode('latin-1')}:{password.decode('latin-1')}"
        is_right = not self.is_struck("socks_password") and self.record["credentials"] == self.proxy.user
        await self.send(bytes([1, 0 if is_right else 1]))
        if not is_right:
            self.record["outcome"] = "unauthorized"
            raise Gone

    async def socks4(self):
        _, port, address = struct.unpack("!BH4s", await self.reader.readexactly(7))
        name = (await self.reader.readuntil(b"\0"))[:-1].decode("latin-1")
        host = socket.inet_ntop(socket.AF_INET, address)
        if host.startswith("0.0.0."):
            host = (await self.reader.readuntil(b"\0"))[:-1].decode("latin-1")
        self.note(SOCKS4, f"{host}:{port}", credentials=name or None)
        await self.misbehave()
        if self.is_struck("socks_reply"):
            await self.send(socks4_reply(self.fault.value))
            raise Gone
        await self.socks_tunnel(host, port, socks4_reply)

    async def socks_tunnel(self, host, port, reply):
        server = await self.reach(host, port)
        if server is None:
            await self.send(reply(SOCKS_UNREACHABLE))
            raise Gone
        try:
            text = reply(SOCKS_OK)
            if self.is_struck("break_answer"):
                await self.send(text[: self.fault.value])
                raise Gone(self.fault.how)
            if self.is_struck("drip_ms"):
                await self.drip(text)
            else:
                await self.send(text)
            await self.tunnel(server)
        finally:
            end(server[1])

    # --- the tunnel ---

    async def reach(self, host, port):
        """The server's connection; None when it cannot be reached. Where TLS is to fail, nobody is asked."""
        if self.is_struck("tls"):
            return None, Nowhere()
        try:
            return await asyncio.open_connection(host.strip("[]"), int(port), limit=HEAD_LIMIT)
        except (OSError, ValueError):
            self.record["outcome"] = "unreachable"
            return None

    async def tunnel(self, server):
        if self.record["outcome"] == "asked":
            self.record["outcome"] = "passed on"
        if self.is_struck("tls"):
            await self.fail_tls()
        up = Pipe(self, self.reader, server[1], "up")
        down = Pipe(self, server[0], self.writer, "down")
        tasks = [asyncio.ensure_future(pipe.run()) for pipe in (up, down)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            if any(task.done() and not task.cancelled() and reset(task.exception()) for task in tasks):
                end(server[1], "reset")
        raise Gone

    async def fail_tls(self):
        """What the client meets where the server's handshake should be."""
        await self.reader.read(65536)
        what = self.fault.value
        if what == "hang":
            await self.wait_for_end()
        if what in ("garbage", "alert"):
            await self.send(NOISE if what == "garbage" else ALERT)
        raise Gone("reset" if what == "reset" else "close")


class Pipe:
    """One direction of a tunnel."""

    def __init__(self, peer, reader, writer, name):
        self.peer, self.reader, self.writer, self.name = peer, reader, writer, name
        self.left = self.rate = None
        if peer.is_struck(f"break_{name}", f"stall_{name}"):
            self.left = peer.fault.value
        if peer.is_struck("bytes_per_second"):
            self.rate = peer.fault.value

    async def run(self):
        while True:
            if self.left == 0:
                await self.strike()
            data = await self.reader.read(65536 if self.rate is None else max(1, self.rate // 10))
            if not data:
                break
            if self.left is not None:
                data = data[: self.left]
                self.left -= len(data)
            self.peer.record[self.name] += len(data)
            self.writer.write(data)
            await self.writer.drain()
            if self.rate is not None:
                await asyncio.sleep(len(data) / self.rate)
        if self.name == "up":
            self.peer.left.set()
        with contextlib.suppress(OSError):
            self.writer.write_eof()

    async def strike(self):
        if self.peer.is_struck(f"break_{self.name}"):
            raise Gone(self.peer.fault.how)
        # Silent in this direction: what comes is read, and goes nowhere.
        while await self.reader.read(65536):
            pass
        if self.name == "down":
            await self.peer.left.wait()
        raise Gone


class Nowhere:
    """Stands for the connection to a server that is not asked."""

    def write(self, data):
        pass


async def read_head(reader, first=b""):
    head = first + await reader.readuntil(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    return line, [tuple(part.strip() for part in each.split(":", 1)) for each in lines if ":" in each]


def lowercase(headers):
    return {name.lower(): value for name, value in headers}


def reset(error):
    return isinstance(error, ConnectionResetError) or (isinstance(error, Gone) and error.how == "reset")


def end(writer, how="close"):
    """Ends a connection, with a FIN or with an RST."""
    if isinstance(writer, Nowhere) or writer.transport.is_closing():
        return
    if how == "reset":
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        writer.transport.abort()
    else:
        writer.close()


def socks5_reply(code):
    return bytes([5, code, 0, 1]) + bytes(6)


def socks4_reply(code):
    """90 grants, 91 to 93 refuse."""
    return bytes([0, 90 if code == SOCKS_OK else max(91, code)]) + bytes(6)


def answer(status, headers=None, body=b"", length=True):
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Something')}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if length and (status != 200 or body):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def basic(header):
    """Name and password of a Proxy-Authorization header."""
    if not header or not header.lower().startswith("basic "):
        return header
    try:
        return base64.b64decode(header[6:], validate=True).decode("latin-1")
    except ValueError:
        return header


class Proxy:
    def __init__(self, user, faults, kept):
        self.user, self.book = user, Book(kept)
        # asyncio alone would let go of what waits.
        self.tasks = set()
        self.book.faults = [Fault(rule) for rule in faults]

    def keep(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def control(self, reader, writer):
        """One control request."""
        try:
            line, headers = await read_head(reader)
            body = await reader.readexactly(int(lowercase(headers).get("content-length", 0)))
            status, content = self.obey(" ".join(line.split(" ")[:2]), body)
            text = json.dumps(content).encode()
            writer.write(answer(status, {"Content-Type": "application/json", "Connection": "close"}, text))
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    def obey(self, request, body):
        try:
            if request == "GET /_proxy/seen":
                return 200, {"connections": self.book.connections, "requests": list(self.book.seen)}
            if request == "POST /_proxy/faults":
                self.book.faults = [Fault(rule) for rule in json.loads(body)]
            elif request == "POST /_proxy/reset":
                self.book.reset()
            else:
                return 404, {"error": "no such control request"}
        except (ValueError, TypeError) as error:
            return 400, {"error": str(error)}
        return 200, {}

    async def listen(self, host, port, work):
        server = await asyncio.start_server(
            lambda reader, writer: self.keep(work(reader, writer)), host, port, limit=HEAD_LIMIT, backlog=512
        )
        return server, server.sockets[0].getsockname()[1]

    async def run(self, options):
        host = options.host
        _, port = await self.listen(host, options.port, lambda *ends: Peer(self, *ends).serve())
        _, control_port = await self.listen(host, options.control_port, self.control)
        if options.port_file:
            # Whole or not at all, for those who wait for it.
            with open(options.port_file + ".new", "w") as file:
                file.write(f"{port}\n{control_port}\n")
            os.replace(options.port_file + ".new", options.port_file)
        print(f"listening on http://{host}:{port}, control on http://{host}:{control_port}", flush=True)
        stop = asyncio.get_running_loop().create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(
                number, lambda: stop.done() or stop.set_result(None)
            )
        await stop
        # Connections that are under way are not waited for.
        os._exit(0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port, which is printed")
    parser.add_argument("--control-port", type=int, default=0, help="the same")
    parser.add_argument("--port-file", help="a file that both ports are written to, one a line")
    parser.add_argument("--user", metavar="NAME:PASSWORD", help="the credentials that it wants")
    parser.add_argument("--fault", metavar="JSON", action="append", default=[], help="a fault to play")
    parser.add_argument("--keep-requests", type=int, default=1000, help="how many requests /_proxy/seen has")
    options = parser.parse_args()
    try:
        proxy = Proxy(options.user, [json.loads(text) for text in options.fault], options.keep_requests)
    except ValueError as error:
        sys.exit(f"--fault: {error}")
    asyncio.run(proxy.run(options))


if __name__ == "__main__":
    main()
