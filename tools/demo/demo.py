"""The project's main job, end to end: a C host turns one picture into a video, a Python host several at once.

Runs against the local sandbox, or with LIVE=1 and AKOOL_API_KEY against the real service, which costs credits.
Takes the places of what was built from the environment: I2V_STAGE (an install prefix) and I2V_SANDBOX.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
STAGE = Path(os.environ["I2V_STAGE"])
OUT = TOP / "build" / "demo"

# Pictures drawn by ffmpeg: name, size, source, and how each shall move.
PICTURES = [
    ("fractal", "960x720", "mandelbrot=s={s}:maxiter=400:start_scale=0.02:start_x=-0.743:start_y=0.131", "slow zoom in"),
    ("dusk", "1280x720", "gradients=s={s}:n=3:x0=0:y0=0:x1=900:y1=720:c0=0x0b1d51:c1=0x8e3b8a:c2=0xf2994a", "pan right"),
    ("glade", "720x1280", "gradients=s={s}:n=2:x0=0:y0=0:x1=300:y1=1280:c0=0x0f2027:c1=0xa8e063,drawgrid=w=90:h=90:c=white@0.3", "tilt up"),
    ("carpet", "960x960", "sierpinski=s={s}:type=carpet", "rotate gently"),
]
SAMPLE = "https://drz0f01yeq1cx.cloudfront.net/1753772478686-9524-b6e4169bb1b44d5d8361936b3f6eddb8.png"


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-y", *arguments], check=True)


def draw(name: str, size: str, source: str) -> Path:
    picture = OUT / f"{name}.png"
    ffmpeg("-f", "lavfi", "-i", source.format(s=size), "-frames:v", "1", str(picture))
    return picture


class Sandbox:
    """The stand-in for the service, on a free port, for as long as the demo runs."""

    def __enter__(self) -> Sandbox:
        self.process = subprocess.Popen(
            [os.environ["I2V_SANDBOX"], "--speed", "12"], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("listening on "):
            raise SystemExit(f"the sandbox did not start: {line!r}")
        self.url = line.split()[-1]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def upload(self, picture: Path) -> str:
        request = urllib.request.Request(
            f"{self.url}/_sandbox/upload?name={picture.name}", data=picture.read_bytes(), method="POST"
        )
        with urllib.request.urlopen(request) as answer:
            return str(json.load(answer)["url"])

    def stats(self) -> str:
        with urllib.request.urlopen(f"{self.url}/_sandbox/stats") as answer:
            stats = json.load(answer)
        requests = stats["requests"]
        return (
            f"{requests['create'] + requests['batch']} creates, {requests['results']} looks, "
            f"{requests['video']} downloads, {stats['credits_charged']} credits"
        )


def build_c_host() -> Path:
    host = OUT / "host"
    environment = {**os.environ, "PKG_CONFIG_PATH": str(STAGE / "lib" / "pkgconfig")}
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "image2video"], env=environment, check=True, capture_output=True, text=True
    ).stdout.split()
    rpath = f"-Wl,-rpath,{STAGE / 'lib'}"
    subprocess.run(["cc", str(TOP / "tools/demo/host.c"), "-o", str(host), *flags, rpath], check=True)
    return host


def run_hosts(wishes: list[tuple[str, str, str]], environment: dict[str, str]) -> list[Path]:
    outputs = [OUT / f"{name}.mp4" for name, _, _ in wishes]
    (_, url, prompt), rest = wishes[0], wishes[1:]
    subprocess.run([str(build_c_host()), url, prompt, str(outputs[0])], env=environment, check=True)
    environment = {
        **environment,
        "PYTHONPATH": str(TOP / "bindings/python/src"),
        "IMAGE2VIDEO_LIBRARY": str(STAGE / "lib" / "libimage2video.so.0"),
    }
    pairs = [f"{output}={url}|{prompt}" for output, (_, url, prompt) in zip(outputs[1:], rest)]
    subprocess.run([sys.executable, str(TOP / "tools/demo/host.py"), *pairs], env=environment, check=True)
    return outputs


def describe(video: Path) -> str:
    probe = json.loads(
        subprocess.run(
            ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(video)],
            check=True, capture_output=True, text=True,
        ).stdout
    )
    stream = next(stream for stream in probe["streams"] if stream["codec_type"] == "video")
    seconds, size = float(probe["format"]["duration"]), int(probe["format"]["size"])
    return (
        f"{video.relative_to(TOP)}: {stream['codec_name']} {stream['width']}x{stream['height']}, "
        f"{seconds:.2f} s, {stream['nb_frames']} frames, {size / 1e6:.2f} MB"
    )


def contact_sheet(videos: list[Path]) -> Path:
    """Four frames of each video, a row for each."""
    sheet = OUT / "contact-sheet.png"
    inputs: list[str] = []
    filters: list[str] = []
    for index, video in enumerate(videos):
        inputs += ["-i", str(video)]
        filters.append(
            f"[{index}:v]fps=4/5,scale=320:240:force_original_aspect_ratio=decrease,"
            f"pad=320:240:-1:-1:color=0x202020,tile=4x1:margin=4:padding=4[r{index}]"
        )
    rows = "".join(f"[r{index}]" for index in range(len(videos)))
    stack = f"{rows}vstack=inputs={len(videos)}" if len(videos) > 1 else f"{rows}null"
    ffmpeg(*inputs, "-filter_complex", f"{';'.join(filters)};{stack}", "-frames:v", "1", str(sheet))
    return sheet


def main() -> None:
    begin = time.monotonic()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    if os.environ.get("LIVE") == "1":
        if not os.environ.get("AKOOL_API_KEY"):
            raise SystemExit("LIVE=1 needs AKOOL_API_KEY")
        url = os.environ.get("DEMO_IMAGE", SAMPLE)
        wishes = [(f"live-{index}", url, prompt) for index, (_, _, _, prompt) in enumerate(PICTURES[:3], 1)]
        print("== demo against the real service: 3 videos of 5 s in 720p, 60 credits by its price table, maybe more ==")
        videos = run_hosts(wishes, dict(os.environ))
    else:
        print("== demo against the sandbox, whose clock runs 12 times as fast ==")
        with Sandbox() as sandbox:
            wishes = [
                (name, sandbox.upload(draw(name, size, source)), prompt) for name, size, source, prompt in PICTURES
            ]
            environment = {
                **os.environ, "AKOOL_API_KEY": "sandbox-key", "AKOOL_BASE_URL": sandbox.url, "DEMO_POLL_MS": "250"
            }
            videos = run_hosts(wishes, environment)
            print(f"the sandbox saw {sandbox.stats()}")
    for video in videos:
        print(describe(video))
    print(f"frames of all: {contact_sheet(videos).relative_to(TOP)}")
    print(f"the demo itself took {time.monotonic() - begin:.1f} s")


if __name__ == "__main__":
    main()
