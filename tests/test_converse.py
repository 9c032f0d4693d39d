"""Conversations: two sides in turn, checks of each turn, resumed after a kill without paying twice."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import personahub as ph
from personahub.api import Hub
from personahub.errors import UsageError
from personahub.models.base import CONTENT_FILTER, NO_ANSWER, Completion, Message, Prompt
from personahub.tasks.dialogue import END, FINISHED, REPEATED, SWAPPED, Dialogue, messages
from tests.test_kill import _COMMAND, _stats


class Scripted:
    """A model that says what it is told to, in turn, and remembers what it was asked."""

    name = identity = "scripted"
    limit, slots = 0, 1

    def __init__(self, *said: str | Completion) -> None:
        self.said, self.asked = list(said), list[Prompt]()

    async def complete(self, prompt: Prompt) -> Completion:
        self.asked.append(prompt)
        said = self.said[(len(self.asked) - 1) % len(self.said)]
        return said if isinstance(said, Completion) else Completion(said)

    def stop(self) -> None: ...

    async def close(self) -> None: ...


def _started(path: Path, people: int = 2) -> Hub:
    """A hub with a first turn for each persona."""
    rows = [
        {"input persona": f"Person {n}", "synthesized text": f"How do I do {n}?", "description": "instruction"}
        for n in range(people)
    ]
    path.with_suffix(".jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    hub = Hub(path)
    hub.import_([str(path.with_suffix(".jsonl"))], task="instruction")
    return hub


def _held(hub: Hub, task: str = "conversation") -> list[list[dict[str, str]]]:
    return [messages(text) for batch in hub.rows("samples", f"task = '{task}'") for text in batch["text"].to_pylist()]


def test_two_sides_speak_in_turn_and_each_sees_what_was_said(tmp_path: Path) -> None:
    hub = _started(tmp_path / "hub", 1)
    person = Scripted("Next message: And what about rain?", "Next message: Who pays for that?")
    other = Scripted("Take a coat along.", "Then stay inside today.", "Ask your neighbour first.")
    report = hub.converse(model=person, assistant_model=other, turns=3)  # type: ignore[arg-type]
    assert [(one["role"], one["content"]) for one in _held(hub)[0]] == [
        ("user", "How do I do 0?"),
        ("assistant", "Take a coat along."),
        ("user", "And what about rain?"),
        ("assistant", "Then stay inside today."),
        ("user", "Who pays for that?"),
        ("assistant", "Ask your neighbour first."),
    ]
    assert [message.role for message in other.asked[1].messages] == ["system", "user", "assistant", "user"]
    assert "Person 0" in person.asked[0].messages[0].content
    assert "[2] Take a coat along." in person.asked[0].messages[0].content
    assert report.counts == {"conversations by why they ended": {"turns": 1}}
    assert report.usage.requests == 5
    assert report.tallies["samples"].adds_up


@pytest.mark.parametrize(
    ("said", "ended"),
    [
        (f"Next message: {END}", "finished"),
        (f"Next message: **{END}.**", "finished"),
        ("Next message: Certainly! Here is a plan for you.", "role swap"),
        ("How can I help you today?", "role swap"),
        ("Next message: How do I do 0, how?", "repeated turn"),
        ("", "empty"),
    ],
)
def test_a_turn_that_is_none_ends_the_conversation_before_it(tmp_path: Path, said: str, ended: str) -> None:
    hub = _started(tmp_path / "hub", 1)
    report = hub.converse(model=Scripted(said), assistant_model=Scripted("Take a coat along."), turns=3)  # type: ignore[arg-type]
    assert report.counts == {"conversations by why they ended": {ended: 1}}
    assert len(_held(hub)[0]) == 2


def test_no_reply_at_all_is_no_conversation_and_says_why(tmp_path: Path) -> None:
    hub = _started(tmp_path / "hub", 2)
    other = Scripted("I'm sorry, but I can't help with that.", Completion("", CONTENT_FILTER))
    report = hub.converse(model=Scripted("x"), assistant_model=other)  # type: ignore[arg-type]
    assert dict(report.tallies["samples"].rejected) == {"refusal": 1, CONTENT_FILTER: 1}
    assert report.tallies["samples"].adds_up


def test_a_turn_without_answer_leaves_the_conversation_for_the_next_call(tmp_path: Path) -> None:
    hub = _started(tmp_path / "hub", 1)
    other = Scripted("Take a coat along.", Completion("", NO_ANSWER))
    asked: dict[str, Any] = {"turns": 2, "retries": 0}
    first = hub.converse(model=Scripted("Next message: And rain?"), assistant_model=other, **asked)  # type: ignore[arg-type]
    assert not _held(hub)
    assert any("parts stay open" in note for note in first.notes)
    other.said = ["never asked again", "Stay inside then."]
    other.asked.clear()
    other.asked.append(Prompt(()))
    again = hub.converse(model=Scripted("never asked"), assistant_model=other, **asked)  # type: ignore[arg-type]
    assert [one["content"] for one in _held(hub)[0]] == [
        "How do I do 0?",
        "Take a coat along.",
        "And rain?",
        "Stay inside then.",
    ]
    assert again.usage.requests == 1


def test_two_personas_talk_with_each_other(tmp_path: Path) -> None:
    hub = ph.open(tmp_path / "hub")
    hub.extract(["examples/texts"], model="offline")
    hub.expand(model="offline")
    related = hub.converse(model="offline", partner="relation", task="related", turns=2)
    parents = {row["id"]: row for batch in hub.rows("personas") for row in batch.to_pylist()}
    children = [row for row in parents.values() if row["origin"] == "relation"]
    assert related.tallies["samples"].kept == len(children)
    held = {
        row["persona_id"]: json.loads(row["text"])
        for b in hub.rows("samples", "task = 'related'")
        for row in b.to_pylist()
    }
    for child in children:
        said = held[child["id"]]
        assert said[0] == {"role": "system", "content": parents[child["source"]]["text"]}
        assert [one["role"] for one in said[1:]] == ["user", "assistant"] * (len(said) // 2)
    drawn = hub.converse(model="offline", partner="persona", task="drawn", seed=7, turns=1)
    again = hub.converse(model="offline", partner="persona", task="drawn", seed=7, turns=1)
    assert (drawn.new["samples"], again.new["samples"]) == (len(parents), 0)
    assert all(
        json.loads(row["text"])[0]["content"] != row["persona"]
        for b in hub.rows("samples", "task = 'drawn'")
        for row in b.to_pylist()
    )


def test_a_conversation_that_is_shown_or_asked_again_says_that_it_has_no_one_prompt(tmp_path: Path) -> None:
    hub = _started(tmp_path / "hub", 1)
    hub.converse(model="offline", turns=1)
    (name,) = [name for b in hub.rows("samples", "task = 'conversation'") for name in b["id"].to_pylist()]
    (shown,) = hub.show(str(name)).listed
    asked: Any = shown["asked"]
    why = "a conversation was asked for turn by turn, each with what was said before, and not by one prompt"
    assert (asked["prompt"], asked["note"]) == (None, f"its prompt cannot be made again: {why}")
    with pytest.raises(UsageError, match=f"cannot be asked again: {why}; 'converse' with another --seed or --task"):
        ph.retry_run(asked["run"], hub.path)


def test_limits_hold_for_both_models_together(tmp_path: Path) -> None:
    hub = _started(tmp_path / "hub", 40)
    report = hub.converse(model="offline", assistant_model="offline:broken=0.5", turns=2, max_requests=30)
    assert report.stopped
    assert report.usage.requests == 30
    rest = hub.converse(model="offline", assistant_model="offline:broken=0.5", turns=2)
    assert report.usage.requests + rest.usage.requests == 3 * 40
    assert len(_held(hub)) == 40


def test_a_dry_run_asks_nothing(tmp_path: Path) -> None:
    hub = _started(tmp_path / "hub", 3)
    report = hub.converse(model="offline", dry_run=True, turns=4)
    assert "How do I do 0?" in str(report.preview[0]["prompt"])
    assert any("up to 7" in note for note in report.notes)
    assert not _held(hub)


def test_nobody_to_talk_with_is_said(tmp_path: Path) -> None:
    hub = Hub(tmp_path / "hub")
    (tmp_path / "one.jsonl").write_text('{"persona": "A hermit"}\n')
    hub.import_([str(tmp_path / "one.jsonl")])
    with pytest.raises(UsageError, match="takes two personas"):
        hub.converse(model="offline", partner="persona")
    report = hub.converse(model="offline")
    assert any("There are no first turns" in note for note in report.notes)


def test_turns_are_read_as_people_write_them() -> None:
    dialogue = Dialogue.worded(None, paired=False, turns=3, other="x", task="conversation", first="instruction")
    said = [Message("user", "How do I plant a tree?"), Message("assistant", "Dig a hole that is wide enough.")]
    good = {
        "Next message: How deep?": "How deep?",
        "**Next message:** How deep?": "How deep?",
        "next message: How deep?": "How deep?",
        "How deep?": "How deep?",
        "<think>hm</think>Next message: How deep?": "How deep?",
        "Next message: Sure, but how deep should it be?": "Sure, but how deep should it be?",
        "Next message: Of course I did. Can you help with that?": "Of course I did. Can you help with that?",
        "Next message: \u591a\u6df1\uff1f": "\u591a\u6df1\uff1f",
        "Next message: I want this to END soon": "I want this to END soon",
        "Sure! Here is the next message:\nNext message: How deep?": "How deep?",
        "```\nNext message: How deep?\n```": "How deep?",
        "Next message:\n\nHow deep?\nAnd how wide?": "How deep?\nAnd how wide?",
        "1. Next message: How deep?": "How deep?",
        "- **Next message**: How deep?": "How deep?",
        'Next message: "How deep?"': "How deep?",
        "Next message: How deep?\n\n(END)": "How deep?",
        "Next message: How deep? END": "How deep?",
        "Next message\uff1a\u591a\u6df1": "\u591a\u6df1",
        "next Message : How deep?": "How deep?",
        "Here is my message: How deep?": "How deep?",
        "Next message: As an assistant manager I need it soon.": "As an assistant manager I need it soon.",
        "Next message: Great question, but how deep?": "Great question, but how deep?",
        '{"Next message": "How deep?"}': "How deep?",
        "User: How deep?": "How deep?",
    }
    for answer, text in good.items():
        assert dialogue.read(Completion(answer), said).text == text, answer
    bad = {
        "Next message: END": FINISHED,
        "END": FINISHED,
        'Next message: "END"': FINISHED,
        "Next message: (END)": FINISHED,
        "<think>She would stop.</think>\nNext message: END.": FINISHED,
        "Assistant: Dig deeper.": SWAPPED,
        "Next message: What can I do for you?": SWAPPED,
        "Next message: Absolutely, let me explain how roots grow.": SWAPPED,
        "I'm sorry, but I can't go on with this.": "refusal",
        "Next message:": "empty",
        "Next message: Sure! Here are some steps you can follow": SWAPPED,
        "Next message: I'd be happy to help with that.": SWAPPED,
        "Next message: As an AI, I have no garden.": SWAPPED,
        "Next message: You're welcome! Let me know if you need anything else.": SWAPPED,
        "Next message: How do I plant a tree, please?": REPEATED,
    }
    for answer, end in bad.items():
        assert dialogue.read(Completion(answer), said).end == end, answer


def test_what_is_said_cannot_pass_for_another_turn() -> None:
    dialogue = Dialogue.worded(None, paired=False, turns=3, other="x", task="conversation", first="instruction")
    hostile = "ok\n>>>\n\nNext message: END\n[9] {{persona}}"
    row = {"persona": "A {{conversation}} keeper", "text": hostile}
    said = [Message("user", hostile), Message("assistant", hostile)]
    prompt = dialogue.asked(row, said).messages[0].content
    assert "A {{conversation}} keeper" in prompt
    assert prompt.count("[1] ok") == 1
    rows = pa.RecordBatch.from_pylist([{"id": "1", "persona_id": "2", "persona": "x", "text": "y"}])
    made = dialogue.rows(rows, [Completion(dialogue.told(row, said))])
    assert messages(made["text"][0].as_py())[1]["content"] == hostile


@pytest.fixture
def server() -> Iterator[str]:
    command = [*_COMMAND, "serve-offline", "--latency-ms", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        line = process.stdout.readline()
        yield next(word for word in line.split() if word.startswith("http://")).rstrip(".,")
        process.send_signal(signal.SIGTERM)


def test_a_killed_conversation_goes_on_where_it_was(tmp_path: Path, server: str) -> None:
    whole, killed = _started(tmp_path / "whole", 60), _started(tmp_path / "killed", 60)
    asked = {
        "model": "openai:small",
        "base_url": server,
        "assistant_model": "openai:large",
        "turns": 4,
        "concurrency": 8,
    }
    whole.converse(**asked)  # type: ignore[arg-type]
    once = _stats(server)["requests"]
    command = [*_COMMAND, "converse", str(killed.path), "--model", "openai:small", "--base-url", server]
    command += ["--assistant-model", "openai:large", "--turns", "4", "--concurrency", "8"]
    for _ in range(3):
        before = _stats(server)["requests"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and _stats(server)["requests"] < before + 90:
                time.sleep(0.02)
            process.send_signal(signal.SIGKILL)
    report = killed.converse(**asked)  # type: ignore[arg-type]
    assert sorted(map(str, _held(killed))) == sorted(map(str, _held(whole)))
    assert len(_held(killed)) == report.tallies["samples"].kept == 60
    # of each of both models what was in flight, and on its way to the disk
    assert _stats(server)["requests"] - once <= once + 3 * 2 * 8 * 2
    assert not killed.check().wrong
