"""Verbs that hold records to what was promised of them, and characters to each other."""

from personahub.api.base import Place, counting, on_hub
from personahub.events import Progress, Report, silent
from personahub.roster import roster
from personahub.sandbox import AUTO, Limits
from personahub.verifying import Job, verifiers


class Verifying(Place):
    """Verbs that hold records to what was promised of them, and characters to each other."""

    @on_hub
    def verify(
        self,
        task: str,
        *,
        table: str = "samples",
        sandbox: str = AUTO,
        seconds: float = 5.0,
        memory: int = 256,
        tries: int = 5,
        limit: int = 20,
        progress: Progress = silent,
    ) -> Report:
        """Drop samples, or solutions, that do not keep what was promised, with the first stage that fails.

        Raises:
            UsageError: code is to be run, and no sandbox is there.
        """
        limits = Limits(seconds, memory << 20)
        told = {"sandbox": sandbox, "seconds": seconds, "memory": memory, "tries": tries}
        with self._folder.writing(), verifiers(table, sandbox, limits, tries) as some:
            total = self._folder.tables[table].count(self._folder.of_task(table, task, None))
            job = Job(self._folder, table, task, some, told if table == "solutions" else {}, limit)
            found = job.done(counting(progress, "verify", total))
        notes = (f"{found.nothing:,} of them promise nothing that can be verified, and stay.",) if found.nothing else ()
        counts = {f"{name} that hold": dict(held) for name, held in found.passed.items() if held}
        new, listed = {"verdicts": found.new}, tuple(found.listed)
        return Report("verify", {table: found.tally}, counts=counts, new=new, listed=listed, notes=notes)

    @on_hub
    def roster(
        self,
        task: str,
        *,
        output: str | None = None,
        limit: int = 20,
        progress: Progress = silent,  # noqa: ARG002 - as every verb
    ) -> Report:
        """Drop each character of a game whose name an earlier one has, and tell how they stand to each other.

        Returns:
            a report whose `listed` has the name, people, calling and relations of those that stay.
        """
        with self._folder.writing():
            return roster(self._folder, task, output, limit)
