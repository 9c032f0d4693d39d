"""Verbs that answer what samples ask, and those that hold answers against each other."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from typing import Any, Unpack

import pyarrow as pa

from personahub.agreeing.job import agree as agree_on
from personahub.api.base import Place, counting, on_hub
from personahub.asked import solution
from personahub.asking import DEFAULTS, Asking, begin, dry_report, open_models, report
from personahub.events import Progress, Report, silent
from personahub.run import PART_ROWS
from personahub.runs import recorded
from personahub.sandbox import AUTO
from personahub.sandbox import sandbox as open_sandbox
from personahub.solving.programs import PROGRAM, run_programs
from personahub.store.batches import head, regroup
from personahub.tasks.base import Task


class Answering(Place):
    """Verbs that answer what samples ask, and those that hold answers against each other."""

    @on_hub
    def solve(
        self,
        task: str,
        *,
        samples: int = 1,
        template: str | None = None,
        set: Sequence[str] = (),  # noqa: A002 - as in synthesize
        sandbox: str = AUTO,
        where: str | None = None,
        selection: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Have the samples of a task answered (paper, section 4.1.2); what is written goes to the table "solutions".

        Samples that only a lack of agreement dropped are answered too: another solver may find it.

        Args:
            samples: solutions of each sample.
            template: "solution" where not given; "program" or "response", or a file of yours.
            sandbox: where the programs of the template "program" run; what each gives is the column `result`.
            where: a condition on samples.
            selection: of its samples alone, in the order in which they were chosen.
        """
        asked: dict[str, Any] = {
            **DEFAULTS,
            **asking,
            "task": task,
            "samples": samples,
            "template": template,
            "set": set,
        }
        among, rows = self._folder.of_task("samples", task, where), self._selected("samples", selection)
        models = open_models(asked, self.path)
        solving = solution({**asked, "asked": models[0].identity})
        kept = self._folder.kept("samples", ["id", "text"], among, ignoring="agreement", rows=rows)
        programs = solving.template.format == PROGRAM and not asked["dry_run"]
        with open_sandbox(sandbox) if programs else nullcontext() as box, self._folder.writing():
            run = begin(self._folder, solving, models, asked)
            parts = _parts(kept, solving, limit)
            if asked["dry_run"]:
                return dry_report(run, "solve", parts, asked)
            run.tell = lambda: progress(run.step("solve", "answers"))
            with recorded(self.path, run, "solve", self._given):
                run.over(parts)
            tallies = {"solutions": run.tally}
            if box is not None:
                tell = counting(progress, "solve")
                tallies["programs"] = run_programs(self._folder, solving.template.identity, box, tell)
        return report(self._folder, "solve", tallies, [run])

    @on_hub
    def agree(
        self,
        task: str,
        *,
        agree: int = 2,
        of: int = 3,
        method: Sequence[str] = (),
        progress: Progress = silent,
    ) -> Report:
        """Drop the samples of a task on whose answer fewer than `agree` of `of` solvers agree (paper, section 4.1.2).

        Beside each sample stand `answer`, on which the most agree, `agreed`, how many, and `margin`, how many more than
        on any other. What is new is held against each other; other numbers make new verdicts of the same columns.

        Returns:
            a report with counts by how many agree, and the share that holds with an interval of 95 %.

        Raises:
            UsageError: there are no solutions with answers.
        """
        tell = counting(progress, "agree", self._folder.tables["samples"].count())
        with self._folder.writing():
            return agree_on(self._folder, task, agree, of, method, tell)


def _parts(kept: Iterator[pa.RecordBatch], task: Task, limit: int | None) -> Iterator[pa.RecordBatch]:
    """The same rows give the same parts, however they lie on the disk."""
    return regroup(head(kept, limit), max(1, PART_ROWS // task.samples))
