"""How quick the Python package and the sandbox are: each measurement stands beside another of the same run, so that a
slow machine slows both."""

import concurrent.futures
import http.client
import http.server
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCE = TOP / "bindings" / "python" / "src"
CREATE = "/api/open/v4/image2Video/createBySourcePrompt"
LIST = "/api/open/v3/content/video/list"
KEY = {"x-api-key": "sandbox-key"}

os.environ.setdefault("IMAGE2VIDEO_LIBRARY", str(TOP / "build" / "lib" / "libimage2video.so.0"))
sys.path.insert(0, str(SOURCE))
import image2video  # noqa: E402


def timed(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def show(what, ours, beside, other, scale=1000.0, unit="ms"):
    print(f"{what:46} {ours * scale:9.2f} {unit}   {beside:36} {other * scale:9.2f} {unit}   {ours / other:6.2f}", flush=True)


def compare(what, ours, beside, other, times=21):
    """Both by turns, so that what else goes on falls on both."""
    pairs = [(timed(ours), timed(other)) for _ in range(times)]
    show(what, statistics.median(pair[0] for pair in pairs), beside, statistics.median(pair[1] for pair in pairs))


class Sandbox:
    def __init__(self, *options):
        command = [os.environ["I2V_SANDBOX"], "--port", "0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def connect(self):
        return http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=600)

    def ask(self, path, document=None):
        body = None if document is None else json.dumps(document).encode()
        with urllib.request.urlopen(urllib.request.Request(self.url + path, data=body, headers=KEY), timeout=600) as answer:
            return json.load(answer)

    def create(self, number, connection=None):
        body = {
            "image_url": "https://example.invalid/cat.png",
            "prompt": f"number {number}",
            "negative_prompt": "",
            "resolution": "720p",
            "audio_type": 3,
            "video_length": 5,
        }
        if connection is None:
            return self.ask(CREATE, body)
        connection.request("POST", CREATE, json.dumps(body), KEY)
        return json.loads(connection.getresponse().read())


# The package.


def imports():
    """In interpreters of their own, with compiled modules, as installed."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONPYCACHEPREFIX": folder}

        def run(code):
            return lambda: subprocess.run([sys.executable, "-c", code], env=environment, check=True)

        ours = run("import image2video; image2video.Client(api_key='k')")
        other = run("import http.client, json")
        ours(), other()
        compare("Python: import, and a first client", ours, "import http.client and json", other)


class Refusing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b'{"code":1003,"msg":"no"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def waits():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    connection = http.client.HTTPConnection(url.removeprefix("http://"))

    def ask():
        connection.request("POST", "/", "{}")
        connection.getresponse().read()

    with image2video.Client(api_key="k", base_url=url, max_rate=10000) as client:

        def refused():
            try:
                client.submit("https://example.com/a.png", "x").wait()
            except image2video.InvalidRequestError:
                pass

        compare("Python: submit, be refused, and wait for it", refused, "one request with http.client", ask, 101)
    connection.close()
    server.shutdown()


# The sandbox.


def creates():
    count, workers = 2000, 4
    with Sandbox("--render", "none", "--job-seconds", "0", "--credits", "10000000") as sandbox:

        def work(numbers):
            connection = sandbox.connect()
            for number in numbers:
                sandbox.create(number, connection)
            connection.close()

        one = timed(lambda: work(range(count)))
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            parts = [range(first, count, workers) for first in range(workers)]
            all_at_once = timed(lambda: list(pool.map(work, parts)))
    show(f"sandbox: a create on {workers} connections", all_at_once / count, "on one", one / count)


def listings():
    pages = {}
    for count in (200, 4000):
        with Sandbox("--render", "none", "--job-seconds", "0", "--credits", "10000000") as sandbox:
            connection = sandbox.connect()
            for number in range(count):
                sandbox.create(number, connection)
            pages[count] = statistics.median(timed(lambda: sandbox.ask(f"{LIST}?page=1&size=100")) for _ in range(21))
    show("sandbox: a page of a list of 4000", pages[4000], "of 200", pages[200])


def renderings():
    def render(count):
        with Sandbox("--job-seconds", "0") as sandbox:
            for _ in range(count):
                sandbox.create(1)
            while any(row["video_status"] != 3 for row in sandbox.ask(f"{LIST}?page=1&size=100")["data"]["result"]):
                time.sleep(0.01)

    many, one = timed(lambda: render(30)), timed(lambda: render(1))
    show("sandbox: 30 equal videos", many, "one", one)


for measure in (imports, waits, creates, listings, renderings):
    measure()
