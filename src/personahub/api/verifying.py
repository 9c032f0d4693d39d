"""The verb that holds records to what was promised of them."""

from personahub.api.base import Place, counting, on_hub
from personahub.events import Progress, Report, silent
from personahub.sandbox import AUTO, Limits
from personahub.verifying import Job, verifiers


class Verifying(Place):
    """The verb that holds records to what was promised of them."""

    @on_hub
    def verify(
        self,
        task: str,
        *,
        table: str = "samples",
        where: str | None = None,
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
        among = self._folder.of_task(table, task, where)
        limits = Limits(seconds, memory << 20)
        settings = f"{sandbox} {seconds:g} {limits.memory} {tries}" if table == "solutions" else ""
        with self._folder.writing(), verifiers(table, sandbox, limits, tries) as some:
            job = Job(self._folder, table, among, some, settings, limit)
            found = job.done(counting(progress, "verify", self._folder.tables[table].count(among)))
        notes = (f"{found.nothing:,} of them promise nothing that can be verified, and stay.",) if found.nothing else ()
        counts = {f"{name} that hold": dict(held) for name, held in found.passed.items() if held}
        new, listed = {"verdicts": found.new}, tuple(found.listed)
        return Report("verify", {table: found.tally}, counts=counts, new=new, listed=listed, notes=notes)
