"""bespokelabs-curator: its LLM class with as many requests at once as wanted, its limits a minute lifted, its cache on.

It counts the tokens of each prompt with a vocabulary that is downloaded at the first use, so without a network it ends
before the first request. Here four characters are a token, which is also what it falls back to by itself for a value
it cannot count; it costs less than counting. The variant "told" knows the endpoint's limit, 60 requests a second.

Rows that fail for good do not stop the run (require_all_responses=False); as it comes they do.
"""

import os

from driving import KEY, Answers, Job, drive
from prompts import prompt

os.environ["TELEMETRY_ENABLED"] = "false"
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
os.environ["CURATOR_DISABLE_RICH_DISPLAY"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

from bespokelabs import curator  # type: ignore[import-not-found]  # in its own venv
from bespokelabs.curator.request_processor.online import openai_online_request_processor  # type: ignore[import-not-found]
from datasets import Dataset

UNLIMITED = 100_000_000  # a minute
TOLD_LIMIT = 3_600  # requests a minute


class Problems(curator.LLM):  # type: ignore[misc]  # a class of a package that mypy does not see
    def prompt(self, row: dict[str, object]) -> object:
        return row["prompt"]

    def parse(self, row: dict[str, object], answer: str) -> dict[str, object]:
        return {"key": row["key"], "text": answer}


class Quarters:
    """Counts four characters as a token, in the place of a vocabulary."""

    def encode(self, text: str, **_: object) -> range:
        return range(len(text) // 4)


def ask(job: Job, answers: Answers) -> None:
    processor = openai_online_request_processor.OpenAIOnlineRequestProcessor
    processor.get_token_encoding = lambda _: Quarters()
    problems = Problems(
        model_name=job.model,
        backend="openai",
        backend_params={
            "base_url": job.url,
            "api_key": KEY,
            "max_concurrent_requests": job.concurrency,
            "max_requests_per_minute": TOLD_LIMIT if job.variant == "told" else UNLIMITED,
            "max_tokens_per_minute": UNLIMITED * 1000,
            "require_all_responses": False,
        },
    )
    rows = Dataset.from_list([{"key": number, "prompt": prompt(number)} for number in range(job.count)])
    for row in problems(rows, working_dir=str(job.state)).dataset:
        answers.put(row["key"], row["text"])


if __name__ == "__main__":
    drive(ask)
