"""Data Designer: one LLM column over a seed table of the prompts, resumed where it can be.

A row group, which is what it can resume by, is a hundred rows, or as many as may be in flight where that is more.
"""

import os
import sys

from driving import KEY, Answers, Job, drive
from prompts import prompt

os.environ["NEMO_TELEMETRY_ENABLED"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["DATA_DESIGNER_HOME"] = f"{sys.prefix}/home"  # else it settles in the user's own home

import data_designer.config as dd  # type: ignore[import-not-found]  # in its own venv
import pandas as pd
from data_designer.config.run_config import ResumeMode, RunConfig  # type: ignore[import-not-found]
from data_designer.interface import DataDesigner  # type: ignore[import-not-found]

LEAST_GROUP = 100  # rows
LEAST_TASKS = 1024  # as it comes


def ask(job: Job, answers: Answers) -> None:
    seeds = job.state / "prompts.parquet"
    pd.DataFrame({"key": range(job.count), "prompt": map(prompt, range(job.count))}).to_parquet(seeds)
    model = dd.ModelConfig(
        alias="bench",
        model=job.model,
        provider="bench",
        inference_parameters=dd.ChatCompletionInferenceParams(max_parallel_requests=job.concurrency),
        skip_health_check=True,
    )
    columns = dd.DataDesignerConfigBuilder(model_configs=[model])
    columns.with_seed_dataset(dd.LocalFileSeedSource(path=str(seeds)))
    columns.add_column(dd.LLMTextColumnConfig(name="text", model_alias="bench", prompt="{{ prompt }}"))
    designer = DataDesigner(
        artifact_path=job.state, model_providers=[dd.ModelProvider(name="bench", endpoint=job.url, api_key=KEY)]
    )
    designer.set_run_config(
        RunConfig(
            buffer_size=max(LEAST_GROUP, job.concurrency),
            max_in_flight_tasks=max(LEAST_TASKS, 2 * job.concurrency),
            otel_metrics_port=None,
        )
    )
    made = designer.create(columns, num_records=job.count, resume=ResumeMode.IF_POSSIBLE).load_dataset()
    for key, text in zip(made["key"], made["text"], strict=True):
        answers.put(int(key), text)


if __name__ == "__main__":
    drive(ask)
