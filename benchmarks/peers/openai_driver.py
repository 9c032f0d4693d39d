"""The openai package: AsyncOpenAI, a semaphore, one task a prompt; a row is lost where its own retries are spent.

The variant "aiohttp" takes the transport that the package offers for many requests at once. Neither has a memory of an
earlier run.
"""

import asyncio

from driving import KEY, Answers, Job, drive
from openai import AsyncOpenAI, DefaultAioHttpClient, OpenAIError  # type: ignore[import-not-found]  # in its own venv
from prompts import prompt


def ask(job: Job, answers: Answers) -> None:
    asyncio.run(_ask(job, answers))


async def _ask(job: Job, answers: Answers) -> None:
    transport = DefaultAioHttpClient() if job.variant == "aiohttp" else None
    slots = asyncio.Semaphore(job.concurrency)
    async with AsyncOpenAI(base_url=job.url, api_key=KEY, http_client=transport) as client:

        async def one(number: int) -> None:
            async with slots:
                try:
                    messages = [{"role": "user", "content": prompt(number)}]
                    answer = await client.chat.completions.create(model=job.model, messages=messages)
                except OpenAIError:
                    answers.lost(number)
                    return
            choice = answer.choices[0]
            answers.put(number, choice.message.content, choice.finish_reason)

        await asyncio.gather(*(one(number) for number in range(job.count)))


if __name__ == "__main__":
    drive(ask)
