"""The code of a tool, held against its interface and tried in a sandbox."""

from dataclasses import dataclass

from personahub.sandbox.base import UNSUPPORTED, Limits, Outcome, Program, Sandbox
from personahub.tools import trial
from personahub.tools.calls import sets
from personahub.tools.code import Code, Found, faults
from personahub.tools.interface import Function
from personahub.verifying.base import Fault, Row
from personahub.verifying.interfaces import read

SEED = 0  # of the arguments; the same code gets the same verdict


@dataclass(frozen=True)
class Programs:
    """Args:
    tries: calls of each function, each with other arguments.
    """

    box: Sandbox
    limits: Limits
    tries: int

    @property
    def name(self) -> str:
        return "code"

    @property
    def table(self) -> str:
        return "solutions"

    @property
    def stages(self) -> tuple[str, ...]:
        """Is it Python? Does it define what was promised, as promised? Does it start, answer calls, answer in kind?"""
        return ("parse", "signature", "start", "run", "return")

    def takes(self, row: Row) -> bool:
        return read(row["sample"]) is not None and not row["text"].startswith("{")

    def fault(self, row: Row) -> Fault | None:
        found = read(row["sample"])
        if found is None:
            return None
        try:
            code = Code.parsed(row["text"])
        except ValueError as error:
            return Fault("parse", str(error))
        called = [one for one in found.functions if not one.name.startswith("__")]
        places = {one.name: code.found(one.name) for one in called}
        for function in called:
            place = places[function.name]
            if place is None:
                return Fault("signature", f"it defines no {function.name}")
            if wrong := faults(place, function):
                return Fault("signature", f"{function.name}: {'; '.join(wrong)}")
        for function in called:
            place = places[function.name]
            if place is not None and (fault := self._tried(code, place, function)):
                return fault
        return None

    def _tried(self, code: Code, place: Found, function: Function) -> Fault | None:
        arguments = sets(function, self.tries, SEED)
        try:
            text = trial.program(code, place)
        except RecursionError:
            return Fault("parse", "values within values, too deep to be written again")
        outcome = self.box.run(Program(text, {"_SETS": arguments}), self.limits)
        made = trial.calls(outcome.value)
        if outcome.reason or made is None:
            return _unfinished(outcome)
        failed = [one.error for one in made if one.error]
        if failed:
            return Fault("run", f"{function.name}: {len(failed)} of {len(made)} calls raise: {failed[0]}")
        if kinds := trial.wrong_kinds(made, function):
            return Fault("return", f"{function.name} gives {', '.join(kinds)} where {function.gives} is promised")
        return None


def _unfinished(outcome: Outcome) -> Fault:
    """Of a program that did not come to its end: it is the start of the code that failed, or a limit ended a call."""
    if outcome.stopped == UNSUPPORTED:
        return Fault("start", f"no sandbox here can run it; bubblewrap could: {outcome.error}")
    return Fault("run" if outcome.stopped else "start", outcome.reason or "it tells nothing of its calls")
