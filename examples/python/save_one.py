"""Turns one picture into a video and shows how it goes: save_one.py PICTURE_URL PROMPT FILE"""

import sys

import image2video


def main() -> None:
    picture, prompt, file = sys.argv[1:]
    try:
        # AKOOL_API_KEY and AKOOL_BASE_URL say where to go.
        with image2video.Client.from_env() as client:
            job = client.submit(picture, prompt, to=file, on_progress=show)
            video = job.wait()
    except image2video.Image2VideoError as error:
        sys.exit(f"{error} ({error.name})")
    print(f"{file}: {video.video_duration} s, {video.deduction_credit} credits")


def show(job: image2video.Job) -> None:
    received, total = job.progress
    print(job, f"{received} of {total} bytes" if received else "", file=sys.stderr)


if __name__ == "__main__":
    main()
