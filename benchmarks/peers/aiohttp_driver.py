"""The bare loop that the others are measured by: aiohttp, every slot filled again at once, nothing else.

It tries nothing twice and knows nothing of an earlier run.
"""

import asyncio
from collections.abc import Iterator

import aiohttp
import orjson
from driving import Answers, Job, drive
from prompts import prompt


def ask(job: Job, answers: Answers) -> None:
    asyncio.run(_ask(job, answers))


async def _ask(job: Job, answers: Answers) -> None:
    numbers = iter(range(job.count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(_slot(session, job, numbers, answers) for _ in range(job.concurrency)))


async def _slot(session: aiohttp.ClientSession, job: Job, numbers: Iterator[int], answers: Answers) -> None:
    headers = {"Content-Type": "application/json"}
    for number in numbers:
        body = {"model": job.model, "messages": [{"role": "user", "content": prompt(number)}]}
        async with session.post(f"{job.url}/chat/completions", data=orjson.dumps(body), headers=headers) as response:
            told = await response.read()
        if response.status != 200:
            answers.lost(number)
            continue
        choice = orjson.loads(told)["choices"][0]
        answers.put(number, choice["message"]["content"], choice["finish_reason"])


if __name__ == "__main__":
    drive(ask)
