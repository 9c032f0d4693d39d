"""Layouts that fine-tuning libraries read: what each record is as an exchange, in the fields that each expects.

Sources, as documented by the libraries in 2025: TRL "Dataset formats and types"; Axolotl "Dataset formats";
LLaMA-Factory data/README.md, which also says what its dataset_info.json holds.
"""

from collections.abc import Callable, Mapping, Sequence

import orjson
import pyarrow as pa

from personahub.tasks.dialogue import ASSISTANT, SYSTEM, USER, messages

Said = list[dict[str, str]]

_MESSAGE = pa.struct({"role": pa.string(), "content": pa.string()})
_NAMED = pa.struct({"from": pa.string(), "value": pa.string()})
_FROM = {USER: "human", ASSISTANT: "gpt", SYSTEM: "system"}
_BEGINNING = '[{"role":'  # of a conversation as it is kept


def chat(rows: pa.RecordBatch) -> pa.RecordBatch:
    """`messages`: TRL and Axolotl (chat_template), and the openai form of LLaMA-Factory."""
    return pa.RecordBatch.from_pydict({"messages": pa.array(exchanges(rows), pa.list_(_MESSAGE))})


def prompt_completion(rows: pa.RecordBatch) -> pa.RecordBatch:
    """`prompt` and `completion`, both lists of messages, the last reply being the completion: TRL."""
    said = exchanges(rows)
    columns = {"prompt": [one[:-1] for one in said], "completion": [one[-1:] for one in said]}
    return pa.RecordBatch.from_pydict({name: pa.array(some, pa.list_(_MESSAGE)) for name, some in columns.items()})


def alpaca(rows: pa.RecordBatch) -> pa.RecordBatch:
    """`instruction`, `input`, `output`, `system`, `history`: LLaMA-Factory, and Axolotl (alpaca) for one exchange."""
    said = [_parted(one) for one in exchanges(rows)]
    columns = {
        "instruction": [turns[-2]["content"] for _, turns in said],
        "input": [""] * len(said),
        "output": [turns[-1]["content"] for _, turns in said],
        "system": [system for system, _ in said],
    }
    told = [[[one["content"] for one in turns[at : at + 2]] for at in range(0, len(turns) - 2, 2)] for _, turns in said]
    history = pa.array(told, pa.list_(pa.list_(pa.string())))
    return pa.RecordBatch.from_pydict(
        {**{name: pa.array(some, pa.string()) for name, some in columns.items()}, "history": history}
    )


def sharegpt(rows: pa.RecordBatch) -> pa.RecordBatch:
    """`conversations` of `from` and `value`, and `system`: LLaMA-Factory."""
    said = [_parted(one) for one in exchanges(rows)]
    turns = [[_named(one) for one in some] for _, some in said]
    columns = {"conversations": pa.array(turns, pa.list_(_NAMED)), "system": pa.array([one for one, _ in said])}
    return pa.RecordBatch.from_pydict(columns)


def dpo(rows: pa.RecordBatch) -> pa.RecordBatch:
    """`prompt`, `chosen` and `rejected`, each a list of messages: TRL."""
    columns = {
        "prompt": [[{"role": USER, "content": text}] for text in rows["text"].to_pylist()],
        **{
            name: [[{"role": ASSISTANT, "content": text}] for text in rows[name].to_pylist()]
            for name in ("chosen", "rejected")
        },
    }
    return pa.RecordBatch.from_pydict({name: pa.array(some, pa.list_(_MESSAGE)) for name, some in columns.items()})


def dpo_alpaca(rows: pa.RecordBatch) -> pa.RecordBatch:
    """`instruction`, `input`, `chosen` and `rejected`, all texts: preferences of LLaMA-Factory."""
    nothing = pa.array([""] * len(rows), pa.string())
    return pa.RecordBatch.from_pydict(
        {"instruction": rows["text"], "input": nothing, "chosen": rows["chosen"], "rejected": rows["rejected"]}
    )


def exchanges(rows: pa.RecordBatch) -> list[Said]:
    """Each record as messages: a conversation as it is, a solution as the reply to its sample, else the sample as the
    reply to somebody who asks for one.
    """
    texts: list[str] = rows["text"].to_pylist()
    return [
        _conversation(text) or [{"role": USER, "content": asked}, {"role": ASSISTANT, "content": text}]
        for asked, text in zip(_asked(rows), texts, strict=True)
    ]


def info(layout: str, files: Mapping[str, str]) -> bytes | None:
    """What LLaMA-Factory's dataset_info.json says of the files of each split; None where it reads no such layout.

    Args:
        files: by split, as they lie beside it.
    """
    told = _INFO.get(layout)
    if told is None:
        return None
    made = {name or "personahub": {"file_name": path, **told} for name, path in files.items()}
    return orjson.dumps(made, option=orjson.OPT_INDENT_2) + b"\n"


_INFO: Mapping[str, Mapping[str, object]] = {
    "alpaca": {
        "columns": {
            "prompt": "instruction",
            "query": "input",
            "response": "output",
            "system": "system",
            "history": "history",
        }
    },
    "sharegpt": {"formatting": "sharegpt", "columns": {"messages": "conversations", "system": "system"}},
    "chat": {
        "formatting": "sharegpt",
        "columns": {"messages": "messages"},
        "tags": {
            "role_tag": "role",
            "content_tag": "content",
            "user_tag": USER,
            "assistant_tag": ASSISTANT,
            "system_tag": SYSTEM,
        },
    },
    "sharegpt-tools": {"formatting": "sharegpt", "columns": {"messages": "conversations", "tools": "tools"}},
    "dpo-alpaca": {
        "ranking": True,
        "columns": {"prompt": "instruction", "query": "input", "chosen": "chosen", "rejected": "rejected"},
    },
}
TRAINING: Mapping[str, Callable[[pa.RecordBatch], pa.RecordBatch]] = {
    "chat": chat,
    "prompt-completion": prompt_completion,
    "alpaca": alpaca,
    "sharegpt": sharegpt,
}
PREFERENCES: Mapping[str, Callable[[pa.RecordBatch], pa.RecordBatch]] = {"dpo": dpo, "dpo-alpaca": dpo_alpaca}


def _conversation(text: str) -> Said | None:
    if not text.startswith(_BEGINNING):
        return None
    try:
        said = messages(text)
    except ValueError:
        return None
    return said if len(said) > 1 and said[-1]["role"] == ASSISTANT else None


def _asked(rows: pa.RecordBatch) -> list[str]:
    """What a user would have said to get each."""
    if "sample" in rows.schema.names:
        said: list[str] = rows["sample"].to_pylist()
        return said
    pairs = zip(rows["description"].to_pylist(), rows["persona"].to_pylist(), strict=True)
    return [f"Write a {description} that fits this person.\n\n{persona}" for description, persona in pairs]


def _parted(said: Sequence[dict[str, str]]) -> tuple[str, Said]:
    """What stands before the turns, and these."""
    system = said[0]["content"] if said[0]["role"] == SYSTEM else ""
    return system, [one for one in said if one["role"] != SYSTEM]


def _named(message: Mapping[str, str]) -> dict[str, str]:
    return {"from": _FROM[message["role"]], "value": message["content"]}
