"""What the library can be asked for, each as a cell of the matrix needs it: something to prepare while all is
well, and something to do under the fault."""

import ctypes
import http.client
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

API = "/api/open/v4/image2Video"
PATIENCE = 20_000
OUTCOME_UNKNOWN = 60
NEVER_FINISHED = {"route": "results", "times": -1, "row": {"status": 2, "video_url": None}}


class Outcome:
    """How it ended. `known` is whether the host has the id of what it may have paid for."""

    def __init__(self, status, charge=0, retryable=False, known=False, message=""):
        self.status, self.charge, self.retryable = status, charge, retryable
        self.known, self.message = known, message


class Way:
    """How clients get to the sandbox: the address they have for it, the proxy they are told of (None: what the
    environment says), the authority they trust."""

    def __init__(self, url, proxy="", authority=None):
        self.url, self.proxy, self.authority = url, proxy, authority


class Bench:
    """The library and a sandbox, for one cell after the other."""

    def __init__(self, abi, library, sandbox, folder, way=None):
        self.abi, self.library, self.sandbox, self.folder = abi, library, sandbox, pathlib.Path(folder)
        self.way = way or Way(sandbox.url)
        self.unsent = None
        # A level, and what lines are given to.
        self.log = None
        # Whether clients have a ledger where nobody says which.
        self.keeps = False
        self.connect_timeout = 10_000
        self.deadline, self.request_timeout = 10_000, 1_500
        self.cleanup = []

    def begin(self, is_always, is_slow, stalls=True):
        """Requests time out early only where nothing else ends them: others take as long as a busy machine needs."""
        self.sandbox.reset()
        for path in self.folder.glob("cell*"):
            path.unlink()
        self.deadline = (8_000 if is_slow else 4_000) if is_always else 15_000 if is_slow else 10_000
        self.request_timeout = 15_000 if is_slow or not stalls else 1_500 if is_always else 3_000
        self.target = self.folder / "cell.mp4"
        self.ledger = self.folder / "cell.ledger"

    def end(self):
        """Gives back what was taken; seconds that the clients took to go."""
        begun = time.monotonic()
        while self.cleanup:
            destroy, thing = self.cleanup.pop()
            destroy(thing)
        return time.monotonic() - begun

    def must(self, status, error=None):
        if status != 0:
            words = self.library.i2v_error_get_message(error).decode() if error else ""
            raise RuntimeError(f"{self.library.i2v_status_get_name(status).decode()}: {words}")

    # --- clients and requests ---

    def client(self, ledger=None, login=False, request_timeout=None, deadline=None):
        of, config = self.library, self.library.i2v_config_create()
        if login:
            of.i2v_config_set_client_credentials(config, b"sandbox-client-id", b"sandbox-client-secret-24")
        else:
            of.i2v_config_set_api_key(config, b"sandbox-key")
        of.i2v_config_set_base_url(config, self.way.url.encode())
        if self.way.proxy is not None:
            of.i2v_config_set_proxy(config, self.way.proxy.encode())
        if self.way.authority:
            of.i2v_config_set_ca_file(config, self.way.authority.encode())
        of.i2v_config_set_poll_interval(config, 20, 60)
        of.i2v_config_set_connect_timeout(config, self.connect_timeout)
        of.i2v_config_set_request_timeout(config, request_timeout or self.request_timeout)
        of.i2v_config_set_stall_timeout(config, 1_000)
        of.i2v_config_set_job_deadline(config, deadline or self.deadline)
        of.i2v_config_set_max_video_bytes(config, 1 << 20)
        if self.log:
            of.i2v_config_set_log(config, *self.log, None)
        if not ledger and self.keeps:
            ledger = self.ledger
        if ledger:
            of.i2v_config_set_ledger(config, str(ledger).encode())
        client, error = self.abi.i2v_client_p(), self.abi.i2v_error_p()
        status = of.i2v_client_create(config, ctypes.byref(client), ctypes.byref(error))
        of.i2v_config_destroy(config)
        self.must(status, error)
        self.cleanup.append((of.i2v_client_destroy, client))
        return client

    def request(self, count=1):
        request = self.library.i2v_request_create()
        self.cleanup.append((self.library.i2v_request_destroy, request))
        self.library.i2v_request_set_image_url(request, f"{self.sandbox.url}/picture.png".encode())
        self.library.i2v_request_set_prompt(request, b"the camera moves closer")
        if count > 1:
            self.library.i2v_request_set_count(request, count)
        return request

    def make(self, count=1):
        """Videos that are there before anything fails, not made through the library."""
        connection = http.client.HTTPConnection(self.sandbox.address, timeout=30)
        names = []
        for number in range(count):
            body = {
                "image_url": f"{self.sandbox.url}/picture.png",
                "prompt": f"made before {number}",
                "negative_prompt": "",
                "resolution": "720p",
                "audio_type": 3,
                "video_length": 5,
            }
            connection.request(
                "POST", f"{API}/createBySourcePrompt", json.dumps(body), {"x-api-key": "sandbox-key"}
            )
            names.append(json.loads(connection.getresponse().read())["data"]["_id"])
        connection.close()
        return names

    def expire(self, job):
        """The service has another address for the job's video from now on."""
        video = self.library.i2v_job_copy_video(job)
        address = self.library.i2v_video_get_video_url(video).decode()
        self.library.i2v_video_release(video)
        self.sandbox.faults([{"route": "video", "times": 1, "expire": True}])
        connection = http.client.HTTPConnection(self.sandbox.address, timeout=30)
        connection.request("GET", address[address.index("/", len("http://")) :])
        if connection.getresponse().status == 200:
            raise RuntimeError("the address that is to be gone is not")
        connection.close()

    def ask_credits(self, client):
        query, error = self.abi.i2v_query_p(), self.abi.i2v_error_p()
        self.must(
            self.library.i2v_client_query_credits(
                client, PATIENCE, self.abi.i2v_query_fn(), None, ctypes.byref(query), ctypes.byref(error)
            ),
            error,
        )
        return self.finish_query(query)

    # --- how things end ---

    def of_error(self, status, error, known=False):
        of = self.library
        outcome = Outcome(
            status,
            of.i2v_error_get_charge(error),
            of.i2v_error_get_retryable(error),
            known,
            of.i2v_error_get_message(error).decode(),
        )
        of.i2v_error_destroy(error)
        return outcome

    def take(self, job):
        """The job is given back at the end, whatever comes between."""
        self.cleanup.append((self.library.i2v_job_release, job))
        return job

    def has_row(self, job):
        video = self.library.i2v_job_copy_video(job)
        self.library.i2v_video_release(video)
        return bool(video)

    def wait_for_row(self, job):
        """Until a poll gave a row of the job's video."""
        end = time.monotonic() + PATIENCE / 1000
        while not self.has_row(job):
            if time.monotonic() > end:
                raise RuntimeError("no poll gave a row of the video")
            time.sleep(0.005)

    def finish(self, job, is_given=False):
        """`is_given`: the id is the host's, and may be nobody's until the service lists it."""
        status = self.library.i2v_job_wait(job, PATIENCE, None)
        known = self.has_row(job) if is_given else bool(self.library.i2v_job_get_id(job))
        return self.of_error(status, self.library.i2v_job_copy_error(job), known)

    def finish_query(self, query):
        status = self.library.i2v_query_wait(query, PATIENCE, None)
        self.cleanup.append((self.library.i2v_query_release, query))
        return self.of_error(status, self.library.i2v_query_copy_error(query))


class Operation:
    """`route` is where the fault strikes, `asked` how many videos it asks for at most."""

    name = route = ""
    asked = 0
    saves = False
    is_given = False
    is_read = True
    once_only = False

    def prepare(self, bench):
        pass

    def act(self, bench):
        """Gives the outcomes, one for each job or query."""
        raise NotImplementedError


# --- what costs ------------------------------------------------------------------------------------------


class Creating(Operation):
    route, asked, is_read = "create", 1, False

    def submit(self, bench, client, target=None):
        abi, job, error = bench.abi, bench.abi.i2v_job_p(), bench.abi.i2v_error_p()
        request = bench.request()
        if target:
            bench.library.i2v_request_set_target(request, str(target).encode())
        bench.must(
            bench.library.i2v_client_submit(
                client, request, abi.i2v_event_fn(), None, ctypes.byref(job), ctypes.byref(error)
            ),
            error,
        )
        return bench.take(job)


class Submit(Creating):
    name = "submit"

    def act(self, bench):
        return [bench.finish(self.submit(bench, bench.client()))]


class LoggedIn(Creating):
    """The token is there already; the create is what goes wrong."""

    name = "submit, logged in"

    def prepare(self, bench):
        self.client = bench.client(login=True)
        if bench.ask_credits(self.client).status != 0:
            raise RuntimeError("the client that is to be logged in is not")

    def act(self, bench):
        return [bench.finish(self.submit(bench, self.client))]


class Batch(Operation):
    name, route, asked, is_read = "batch of 2", "batch", 2, False

    def act(self, bench):
        client, error, jobs = bench.client(), bench.abi.i2v_error_p(), (bench.abi.i2v_job_p * 2)()
        bench.must(
            bench.library.i2v_client_submit_batch(
                client, bench.request(2), bench.abi.i2v_event_fn(), None, jobs, 2, ctypes.byref(error)
            ),
            error,
        )
        return [bench.finish(bench.take(job)) for job in jobs]


class Sound(Operation):
    name, route, asked, is_read = "new sound", "audio", 1, False

    def prepare(self, bench):
        self.video = bench.make()[0]

    def act(self, bench):
        client, job, error = bench.client(), bench.abi.i2v_job_p(), bench.abi.i2v_error_p()
        bench.must(
            bench.library.i2v_client_update_audio(
                client,
                self.video.encode(),
                1,
                None,
                None,
                False,
                bench.abi.i2v_event_fn(),
                None,
                ctypes.byref(job),
                ctypes.byref(error),
            ),
            error,
        )
        return [bench.finish(bench.take(job))]


class ResumeUnsent(Operation):
    """A process was killed while its create waited to be sent again, after a refusal for the rate."""

    name, route, asked, is_read, once_only = "resume, unsent", "create", 1, False, True

    def prepare(self, bench):
        if not bench.unsent:
            bench.unsent = bench.folder / "unsent.ledger"
            bench.sandbox.faults([{"route": "create", "times": -1, "rate_limit": True, "retry_after": 10}])
            way = json.dumps(vars(bench.way))
            code = subprocess.run(
                [sys.executable, __file__, bench.sandbox.url, way, str(bench.unsent)], check=False
            ).returncode
            if code != -signal.SIGKILL:
                raise RuntimeError(f"the process that is to be killed ended with {code}")
            bench.sandbox.reset()
        for path in bench.folder.glob("unsent.ledger*"):
            if not path.name.endswith("-shm"):
                shutil.copy(path, bench.folder / path.name.replace("unsent", "cell"))

    def act(self, bench):
        return [bench.finish(take_up(bench, bench.client(ledger=bench.ledger)))]


class Login(Creating):
    name, route = "login, submit", "token"

    def act(self, bench):
        return [bench.finish(self.submit(bench, bench.client(login=True)))]


# --- what costs nothing ----------------------------------------------------------------------------------


def attach(bench, client, video, target):
    job, error = bench.abi.i2v_job_p(), bench.abi.i2v_error_p()
    bench.must(
        bench.library.i2v_client_attach(
            client,
            video.encode(),
            str(target).encode() if target else None,
            False,
            bench.abi.i2v_event_fn(),
            None,
            ctypes.byref(job),
            ctypes.byref(error),
        ),
        error,
    )
    return bench.take(job)


def take_up(bench, client):
    jobs, count, error = (bench.abi.i2v_job_p * 2)(), ctypes.c_size_t(), bench.abi.i2v_error_p()
    bench.must(
        bench.library.i2v_client_resume(
            client, bench.abi.i2v_event_fn(), None, jobs, 2, ctypes.byref(count), ctypes.byref(error)
        ),
        error,
    )
    if count.value != 1:
        raise RuntimeError(f"{count.value} jobs were taken up")
    return bench.take(jobs[0])


class Attach(Operation):
    name, route, is_given = "attach", "results", True

    def prepare(self, bench):
        self.video = bench.make()[0]

    def act(self, bench):
        return [bench.finish(attach(bench, bench.client(), self.video, None), self.is_given)]


class Fetch(Attach):
    name, route, saves = "download", "video", True

    def act(self, bench):
        return [bench.finish(attach(bench, bench.client(), self.video, bench.target), self.is_given)]


class FetchAnew(Attach):
    """The address that the host was told is gone by the time it asks for the file."""

    name, saves = "download, fresh address", True
    # Long enough to ask for the address again after a request's time is up.
    deadline = 8_000

    def prepare(self, bench):
        super().prepare(bench)
        self.job = attach(bench, bench.client(deadline=max(bench.deadline, self.deadline)), self.video, None)
        if bench.library.i2v_job_wait(self.job, PATIENCE, None) != 0:
            raise RuntimeError("the video that is to be downloaded is not there")
        bench.expire(self.job)

    def act(self, bench):
        error = bench.abi.i2v_error_p()
        bench.must(
            bench.library.i2v_job_fetch(
                self.job,
                str(bench.target).encode(),
                False,
                bench.abi.i2v_event_fn(),
                None,
                ctypes.byref(error),
            ),
            error,
        )
        return [bench.finish(self.job)]


class ResumeMade(Operation):
    """A process ended while the service was at work on its video."""

    name, route, saves = "resume", "results", True

    def prepare(self, bench):
        bench.sandbox.faults([NEVER_FINISHED])
        client = bench.client(ledger=bench.ledger)
        bench.wait_for_row(attach(bench, client, bench.make()[0], bench.target))
        bench.end()

    def act(self, bench):
        return [bench.finish(take_up(bench, bench.client(ledger=bench.ledger)))]


class Reconcile(Creating):
    """The answer to a create was lost."""

    name, route, asked, is_read = "reconcile", "list", 0, True

    def prepare(self, bench):
        bench.sandbox.faults([{"route": "create", "times": 1, "close": True, "when": "after"}])
        self.job = self.submit(bench, bench.client(request_timeout=4_000))
        if bench.library.i2v_job_wait(self.job, PATIENCE, None) != OUTCOME_UNKNOWN:
            raise RuntimeError("the create that is to be lost is not")

    def act(self, bench):
        error = bench.abi.i2v_error_p()
        bench.must(
            bench.library.i2v_job_reconcile(self.job, bench.abi.i2v_event_fn(), None, ctypes.byref(error)),
            error,
        )
        return [bench.finish(self.job)]


class Query(Operation):
    def begin(self, bench, client, *last):
        raise NotImplementedError

    def act(self, bench):
        query, error = bench.abi.i2v_query_p(), bench.abi.i2v_error_p()
        last = (bench.deadline, bench.abi.i2v_query_fn(), None, ctypes.byref(query), ctypes.byref(error))
        bench.must(self.begin(bench, bench.client(), *last), error)
        return [bench.finish_query(query)]


class Results(Query):
    name, route = "results", "results"

    def prepare(self, bench):
        self.names = (ctypes.c_char_p * 1)(bench.make()[0].encode())

    def begin(self, bench, client, *last):
        return bench.library.i2v_client_query_results(client, self.names, 1, *last)


class Delete(Results):
    name, route = "delete", "delete"

    def begin(self, bench, client, *last):
        return bench.library.i2v_client_delete_videos(client, self.names, 1, True, *last)


class Effects(Query):
    name, route = "effects", "effects"

    def begin(self, bench, client, *last):
        return bench.library.i2v_client_query_effects(client, *last)


class Models(Query):
    name, route = "models", "models"

    def begin(self, bench, client, *last):
        return bench.library.i2v_client_query_models(client, 1501, *last)


class Credits(Query):
    name, route = "credits", "credits"

    def begin(self, bench, client, *last):
        return bench.library.i2v_client_query_credits(client, *last)


ALL = (
    Submit,
    LoggedIn,
    Batch,
    Sound,
    ResumeUnsent,
    Login,
    Attach,
    Fetch,
    FetchAnew,
    ResumeMade,
    Reconcile,
    Results,
    Effects,
    Models,
    Credits,
    Delete,
)


def die():
    """The process that is killed with a create that is written down but not sent."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
    import support

    class Running:
        url, address = sys.argv[1], sys.argv[1].rsplit("/", 1)[1]

    abi, library = support.load_library()
    bench, ledger = Bench(abi, library, Running, ".", Way(**json.loads(sys.argv[2]))), sys.argv[3]
    client = bench.client(ledger=ledger, deadline=600_000)
    Creating().submit(bench, client)
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        time.sleep(0.01)
        refused = support.Sandbox.ask(Running, "GET", "/_sandbox/stats")["requests"].get("create", 0) > 0
        if refused and not any(
            record.get("sent") for record in support.read_ledger(abi, library, ledger)
        ):
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    die()
