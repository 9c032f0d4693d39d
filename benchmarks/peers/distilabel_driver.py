"""distilabel: a pipeline of one generator and one TextGeneration over OpenAILLM, with its cache of steps on.

A batch is as large as the requests that may be in flight, for it sends one batch at a time. `max_new_tokens` is given,
because as it comes it cuts answers off after 128. Its package does not name `requests`, which it needs to be imported.
"""

import os

from driving import KEY, Answers, Job, drive
from prompts import prompt

os.environ["HF_HUB_OFFLINE"] = "1"

from distilabel.models import OpenAILLM  # type: ignore[import-not-found]  # in its own venv
from distilabel.pipeline import Pipeline  # type: ignore[import-not-found]
from distilabel.steps import LoadDataFromDicts  # type: ignore[import-not-found]
from distilabel.steps.tasks import TextGeneration  # type: ignore[import-not-found]

LONGEST_ANSWER = 2048  # tokens


def ask(job: Job, answers: Answers) -> None:
    rows = [{"key": number, "instruction": prompt(number)} for number in range(job.count)]
    with Pipeline(name="bench", cache_dir=job.state) as pipeline:
        model = OpenAILLM(
            model=job.model, base_url=job.url, api_key=KEY, generation_kwargs={"max_new_tokens": LONGEST_ANSWER}
        )
        load = LoadDataFromDicts(data=rows, batch_size=job.concurrency)
        write = TextGeneration(llm=model, input_batch_size=job.concurrency)
        load >> write
    made = pipeline.run(use_cache=True)
    for row in made["default"]["train"]:
        answers.put(row["key"], row["generation"])


if __name__ == "__main__":
    drive(ask)
