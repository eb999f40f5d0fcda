"""Turns many pictures into videos at once, in one asyncio loop: many.py FOLDER PICTURE_URL..."""

import asyncio
import sys
from pathlib import Path

import image2video


async def animate(client: image2video.Client, picture: str, file: Path) -> image2video.Job:
    loop = asyncio.get_running_loop()
    done: asyncio.Future[image2video.Job] = loop.create_future()

    def on_event(job: image2video.Job, event: int) -> None:
        if event == image2video.Event.DONE and not done.done():
            done.set_result(job)

    client.submit(picture, "a slow zoom in", to=file, on_event=on_event)
    return await done


async def main() -> None:
    folder, *pictures = sys.argv[1:]
    with image2video.Client.from_env() as client:
        # The descriptor is readable while callbacks are due, and dispatch() runs them: here, in the loop.
        asyncio.get_running_loop().add_reader(client.fileno(), client.dispatch)
        files = [Path(folder, f"{number}.mp4") for number in range(len(pictures))]
        for job in asyncio.as_completed([animate(client, *pair) for pair in zip(pictures, files)]):
            print(await job)
        asyncio.get_running_loop().remove_reader(client.fileno())


if __name__ == "__main__":
    asyncio.run(main())
