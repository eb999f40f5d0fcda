"""Turns many pictures into videos at once, in one asyncio loop: many.py FOLDER PICTURE_URL..."""

import asyncio
import sys
from pathlib import Path

import image2video


async def main() -> None:
    folder, *pictures = sys.argv[1:]
    # AKOOL_API_KEY and AKOOL_BASE_URL say where to go.
    async with image2video.AsyncClient.from_env() as client:
        for number, picture in enumerate(pictures):
            job = client.submit(picture, "a slow zoom in", to=Path(folder, f"{number}.mp4"))
            if number == 0:
                first = asyncio.create_task(follow(job))
        async for job in client.as_completed():
            print(job)
        if pictures:
            await first


async def follow(job: image2video.AsyncJob) -> None:
    """Tells how one of them is getting on."""
    async for _ in job.events():
        print(job, file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
