"""What the reliability tests share: the sandbox as a child process, the shipped library through ctypes."""

import ctypes
import http.client
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import urllib.parse

# The servers of these tests are on this machine, which some environments say are not to be reached by a proxy.
for name in ("no_proxy", "NO_PROXY"):
    os.environ.pop(name, None)

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent


def setting(name):
    value = os.environ.get(name)
    if not value:
        sys.exit(f"set {name}")
    return value


class Child:
    """A server as a child process, which says where it listens in its first line."""

    def __init__(self, *command):
        # What is preloaded is for the library under test.
        environment = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        self.says = self.process.stdout.readline().split()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=10)
        self.process.stdout.close()


class Server(Child):
    """A child with control requests."""

    def __init__(self, *command):
        super().__init__(*command)
        self.url = self.says[-1]
        self.address = urllib.parse.urlsplit(self.url).netloc

    def ask(self, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise RuntimeError(f"{self.url} refuses {path}: {content.decode(errors='replace')}")
        return json.loads(content) if content else None


class Sandbox(Server):
    """A running sandbox, and what the tests ask of it."""

    def __init__(self, *options):
        super().__init__(setting("I2V_SANDBOX"), "--port", "0", "--render", "none", *options)
        self.served = self.address

    def faults(self, rules):
        self.ask("POST", "/_sandbox/faults", rules)

    def reset(self):
        self.ask("POST", "/_sandbox/reset", {})

    def stats(self):
        return self.ask("GET", "/_sandbox/stats")

    def delete(self, ids):
        """As the account's owner would: they are not in its list any more."""
        path = "/api/open/v4/image2Video/delbyids"
        self.ask("POST", path, {"_ids": ",".join(ids)}, {"x-api-key": "sandbox-key"})

    def creates(self):
        return self.ask("GET", "/_sandbox/creates")


class Proxy(Server):
    """A running tools/proxy/proxy.py."""

    def __init__(self, *options):
        super().__init__(sys.executable, str(TOP / "tools" / "proxy" / "proxy.py"), *options)
        # Where it is a proxy; control requests go to the address that it says last.
        self.served = urllib.parse.urlsplit(self.says[2].rstrip(",")).netloc

    def faults(self, rules):
        self.ask("POST", "/_proxy/faults", rules)

    def reset(self):
        self.ask("POST", "/_proxy/reset")

    def seen(self):
        return self.ask("GET", "/_proxy/seen")["requests"]


class ClosedPort:
    """An address where nobody listens, and nobody else will."""

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        return self

    def __exit__(self, *_):
        self.socket.close()


class Fronts(Child):
    """TLS before servers: `urls` has an https address for each. Their authority is in `folder`."""

    def __init__(self, folder, servers):
        served = (each.served for each in servers)
        super().__init__(sys.executable, str(HERE / "front.py"), str(folder), *served)
        self.urls = [f"https://127.0.0.1:{port}" for port in self.says]
        self.authority = os.path.join(folder, "authority.pem")


def load_abi():
    """The committed declarations, without the Python package around them."""
    path = TOP / "bindings" / "python" / "src" / "image2video" / "_abi.py"
    spec = importlib.util.spec_from_file_location("i2v_abi", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_library():
    """The declarations and the functions of the library under test."""
    abi = load_abi()
    library = ctypes.CDLL(os.path.join(setting("I2V_LIB"), "libimage2video.so"))
    return abi, abi.Functions(library)


def sent_marks(path):
    """For each prompt, when its rows say that the create was sent; from a copy, so that the next host finds the file
    as the last one left it."""
    marks = {}
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder, "copy.ledger")
        for part in ("", "-wal"):
            if os.path.exists(f"{path}{part}"):
                shutil.copyfile(f"{path}{part}", f"{copy}{part}")
        database = sqlite3.connect(copy)
        for request, sent in database.execute("SELECT request, sent FROM job WHERE request IS NOT NULL"):
            marks.setdefault(json.loads(request)["prompt"], []).append(sent)
        database.close()
    return marks


def read_ledger(abi, library, path):
    """Every record of a ledger as a dict: its JSON, and what the getters say."""
    ledger, error = abi.i2v_ledger_p(), abi.i2v_error_p()
    if library.i2v_ledger_open(str(path).encode(), ctypes.byref(ledger), ctypes.byref(error)) != 0:
        sys.exit(f"the ledger cannot be read: {library.i2v_error_get_message(error).decode()}")
    records = []
    for index in range(library.i2v_ledger_get_count(ledger)):
        record = json.loads(library.i2v_ledger_get_json(ledger, index))
        name = library.i2v_ledger_get_id(ledger, index)
        target = library.i2v_ledger_get_path(ledger, index)
        record.update(
            id=name and name.decode(),
            path=target and target.decode(),
            state=library.i2v_ledger_get_state(ledger, index),
            status=library.i2v_ledger_get_status(ledger, index),
            charge=library.i2v_ledger_get_charge(ledger, index),
            open=library.i2v_ledger_get_open(ledger, index),
        )
        records.append(record)
    library.i2v_ledger_destroy(ledger)
    return records
