"""Turns many pictures into videos at once, in one asyncio loop: many.py FOLDER PICTURE_URL..."""

import asyncio
import sys
from pathlib import Path

import image2video


async def main() -> None:
    folder, *pictures = sys.argv[1:]
    # AKOOL_API_KEY and AKOOL_BASE_URL say where to go.
    async with image2video.AsyncClient.from_env() as client:
        jobs = [
            client.submit(picture, "a slow zoom in", to=Path(folder, f"{number}.mp4"))
            for number, picture in enumerate(pictures)
        ]
        followers = [asyncio.create_task(follow(job)) for job in jobs]
        async for job in client.as_completed(jobs):
            print(job)
        await asyncio.gather(*followers)


async def follow(job: image2video.AsyncJob) -> None:
    """Tells how a job is getting on."""
    async for _ in job.events():
        print(job, file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
