"""Verbs that answer what samples ask, and those that hold answers against each other."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any, Unpack

import pyarrow as pa

from personahub.agreeing.job import agree as agree_on
from personahub.api.base import Place, counting, on_hub
from personahub.asked import judging, solution
from personahub.asking import DEFAULTS, Asking, begin, dry_report, open_models, report
from personahub.events import Progress, Report, silent
from personahub.labels.card import Card
from personahub.labels.judged import drop_below, maker, put_scores, scored
from personahub.labels.pairs import Paired, compares, no_scores, pairs, preferred, put_preferred
from personahub.models.base import Model
from personahub.run import PART_ROWS, Run
from personahub.runs import recorded
from personahub.sandbox import AUTO
from personahub.sandbox import sandbox as open_sandbox
from personahub.solving.programs import PROGRAM, run_programs
from personahub.store.batches import head, regroup
from personahub.tasks.base import Task
from personahub.tasks.comparison import Comparison
from personahub.tasks.judgement import JUDGED


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
        kept = self._folder.kept("samples", ["id", "text"], among, ignoring=("agreement",), rows=rows)
        programs = solving.template.format == PROGRAM and not asked["dry_run"]
        with open_sandbox(sandbox) if programs else nullcontext() as box, self._folder.writing():
            run = begin(self._folder, solving, models, asked)
            parts = _parts(kept, solving, limit)
            if asked["dry_run"]:
                return dry_report(run, "solve", parts, asked)
            self._over(run, "solve", parts, progress)
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

    @on_hub
    def judge(
        self,
        task: str,
        *,
        rubric: str = "general",
        least: float | None = None,
        pairwise: str | None = None,
        between: Sequence[str] = (),
        redo: bool = False,
        where: str | None = None,
        selection: str | None = None,
        limit: int | None = None,
        progress: Progress = silent,
        **asking: Unpack[Asking],
    ) -> Report:
        """Have a model judge samples: scores as columns called by the rubric, such as `general_score`, their mean.

        With `pairwise` it says of two records which is better, twice, with their places changed; a win counts only if
        it holds in both orders. The column `general_preferred` is 1 for the better one, -1 for the other, 0 for a tie.

        Args:
            least: samples with a lower mean score are dropped.

        Raises:
            UsageError: another has judged by this rubric, and `redo` is not asked for; nothing is mixed.
            TemplateError: the rubric is none.
        """
        asked: dict[str, Any] = {
            **DEFAULTS,
            **asking,
            "task": task,
            "rubric": rubric,
            "pairwise": pairwise,
            "between": between,
        }
        models = open_models(asked, self.path)
        judged = judging({**asked, "asked": models[0].identity})
        rows = self._selected("samples", selection)
        if isinstance(judged, Comparison):
            no_scores(least=least, selection=selection)
            paired = Paired(pairwise or "", task, where, between)
            return self._compare(judged, models, paired, asked, progress, limit=limit, redo=redo)
        who = maker(judged, models[0])
        Card(self._folder, "samples").check(judged.columns.names, who, redo=redo)
        among = self._folder.of_task("samples", task, where)
        kept = self._folder.kept("samples", ["id", "text", *JUDGED], among, ignoring=("judgement",), rows=rows)
        with self._folder.writing():
            run = begin(self._folder, judged, models, asked)
            parts = _parts(kept, judged, limit)
            if asked["dry_run"]:
                return dry_report(run, "judge", parts, asked)
            self._over(run, "judge", parts, progress)
            done = put_scores(self._folder, judged, who, run.id, redo=redo)
            tallies, new = {"answers": run.tally, **done.tallies(judged.columns.names)}, dict(run.new)
            if least is not None:
                tallies["samples"], new["verdicts"] = drop_below(self._folder, judged, task, least)
        told = report(self._folder, "judge", tallies, [run])
        return replace(told, new=new, counts=scored(self._folder, judged, task))

    def _compare(
        self,
        comparing: Comparison,
        models: list[Model],
        paired: Paired,
        asked: dict[str, Any],
        progress: Progress,
        *,
        limit: int | None,
        redo: bool,
    ) -> Report:
        paired.check()
        column = f"{comparing.rubric.name}_preferred"
        who = compares(comparing, paired, models[0])
        Card(self._folder, paired.table).check([column], who, redo=redo)
        with self._folder.writing():
            run = begin(self._folder, comparing, models, asked)
            parts = _parts(pairs(self._folder, paired), comparing, limit)
            if asked["dry_run"]:
                return dry_report(run, "judge", parts, asked)
            self._over(run, "judge", parts, progress)
            done = preferred(self._folder, paired.table, run.id)
            put_preferred(self._folder, paired.table, column, who, done, redo=redo)
        told = report(self._folder, "judge", {"answers": run.tally}, [run])
        return replace(told, counts={"pairs": dict(done.counts), "wins by model": dict(done.wins)})

    def _over(self, run: Run, name: str, parts: Iterator[pa.RecordBatch], progress: Progress) -> None:
        run.tell = lambda: progress(run.step(name, "answers"))
        with recorded(self.path, run, name, self._given):
            run.over(parts)


def _parts(kept: Iterator[pa.RecordBatch], task: Task, limit: int | None) -> Iterator[pa.RecordBatch]:
    """The same rows give the same parts, however they lie on the disk."""
    return regroup(head(kept, limit), max(1, PART_ROWS // task.samples))
