"""litellm: acompletion, a semaphore, one task a prompt; a row is lost where its own retries are spent.

The variant "cache" switches on its cache on disk, which is off as it comes: the way to keep what was paid for. To read
from it takes fastapi, orjson and soundfile, which no extra of the package names for this; they are in the environment.
"""

import asyncio
import os

from driving import KEY, Answers, Job, drive
from prompts import prompt

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it fetches a list of prices when it is imported

import litellm  # type: ignore[import-not-found]  # in its own venv
from openai import OpenAIError  # type: ignore[import-not-found]


def ask(job: Job, answers: Answers) -> None:
    litellm.telemetry = False
    litellm.suppress_debug_info = True
    if job.variant == "cache":
        litellm.cache = litellm.Cache(type="disk", disk_cache_dir=str(job.state))
    asyncio.run(_ask(job, answers))


async def _ask(job: Job, answers: Answers) -> None:
    slots = asyncio.Semaphore(job.concurrency)

    async def one(number: int) -> None:
        async with slots:
            try:
                messages = [{"role": "user", "content": prompt(number)}]
                answer = await litellm.acompletion(
                    model=f"openai/{job.model}", messages=messages, api_base=job.url, api_key=KEY
                )
            except OpenAIError:
                answers.lost(number)
                return
        choice = answer.choices[0]
        answers.put(number, choice.message.content, choice.finish_reason)

    await asyncio.gather(*(one(number) for number in range(job.count)))


if __name__ == "__main__":
    drive(ask)
