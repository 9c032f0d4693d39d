"""The verb that has conversations held."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Unpack

import pyarrow as pa

from personahub.api.base import Place, on_hub
from personahub.asking import DEFAULTS, Asking, begin_two, dry_report, open_models, report
from personahub.conversing import Talk, firsts, pairs
from personahub.events import Progress, Report, silent
from personahub.run import PART_ROWS, Run
from personahub.runs import recorded
from personahub.schema import check_task
from personahub.store.batches import head, regroup
from personahub.tasks.dialogue import Dialogue

ASSISTANT = "assistant"


class Conversing(Place):
    """The verb that has conversations held."""

    @on_hub
    def converse(
        self,
        *,
        turns: int = 3,
        partner: str = ASSISTANT,
        first: str = "instruction",
        task: str = "conversation",
        assistant_model: str | None = None,
        assistant_base_url: str | tuple[str, ...] = (),
        assistant_key_file: str | None = None,
        template: str | None = None,
        selection: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Have conversations held from first turns on, or between two personas (paper, section 4.3).

        Args:
            turns: messages of the persona; the other side has as many.
            partner: "assistant", "persona" or "relation".
            selection: of its first turns alone; of personas, where a persona is the partner.

        Raises:
            UsageError: there is nobody to talk with.
        """
        asked: dict[str, Any] = {**DEFAULTS, **asking}
        reached = {"model": assistant_model, "base_url": assistant_base_url, "key_file": assistant_key_file}
        sides = [asked, {**asked, **{name: value for name, value in reached.items() if value}}]
        models = [open_models(side, self.path) for side in sides]
        dialogue = Dialogue.worded(
            template,
            paired=partner != ASSISTANT,
            turns=turns,
            other=models[1][0].identity,
            task=check_task(task),
            first=first,
        )
        with self._folder.writing():
            run, both = begin_two(self._folder, dialogue, list(zip(models, sides, strict=True)))
            run.ask = talk = Talk(dialogue, both.first, both.second)
            rows = self._to_talk(partner, check_task(first), asked["seed"] or 0, selection)
            parts = regroup(head(rows, limit), PART_ROWS)
            if asked["dry_run"]:
                return _would_ask(dry_report(run, "converse", parts, asked), turns)
            run.tell = lambda: progress(run.step("converse", "conversations"))
            with recorded(self.path, run, "converse", self._given):
                run.over(parts)
        return _ended(report(self._folder, "converse", {"samples": run.tally}, [run]), talk.ends, run)

    def _to_talk(self, partner: str, first: str, seed: int, selection: str | None) -> Iterator[pa.RecordBatch]:
        if partner == ASSISTANT:
            return firsts(self._folder, first, self._selected("samples", selection))
        return pairs(self._folder, partner, seed, self._selected("personas", selection))


def _ended(done: Report, ends: Mapping[str, int], run: Run) -> Report:
    said = {name.replace("_", " "): count for name, count in sorted(ends.items())}
    notes = () if run.tally.read else ("There are no first turns: 'personahub synthesize HUB instruction' makes some.",)
    return replace(done, counts={"conversations by why they ended": said} if said else {}, notes=(*done.notes, *notes))


def _would_ask(told: Report, turns: int) -> Report:
    most = f"Only the first question of each conversation is counted; it has up to {2 * turns - 1:,}."
    return replace(told, notes=(*told.notes, most))
