"""How the offline writer writes, as it is named: "offline", or "offline:wrong=0.2"."""

from dataclasses import dataclass, fields

from personahub.errors import UsageError


@dataclass(frozen=True, slots=True)
class Manner:
    """Rates of what goes wrong on purpose, each from 0 to 1, so that a test has something true to find.

    Args:
        wrong: of answers that are wrong: of solutions, and of judgements that say the opposite.
        first: of comparisons in which what stands first is preferred, whatever it is.
        broken: of responses to instructions with constraints, those that break one.
        flawed: of all answers that are of no use: refusals, beginnings, nothing, echoes.
    """

    wrong: float = 0.0
    first: float = 0.0
    broken: float = 0.0
    flawed: float = 0.0

    @classmethod
    def of(cls, name: str) -> "Manner":
        """What stands behind "offline:".

        Raises:
            UsageError: it is no list of rates.
        """
        known = [field.name for field in fields(cls)]
        rates: dict[str, float] = {}
        for part in filter(None, name.split(",")):
            rate, _, said = part.partition("=")
            if rate not in known or rate in rates:
                raise UsageError(f"the offline writer has no {rate[:40]!r}; it has {', '.join(known)}, as in wrong=0.2")
            rates[rate] = _rate(rate, said)
        return cls(**rates)

    @property
    def told(self) -> str:
        """The part of a name; "" where nothing is set."""
        return ",".join(f"{field.name}={value:g}" for field in fields(self) if (value := getattr(self, field.name)))


PLAIN = Manner()


def _rate(name: str, said: str) -> float:
    try:
        value = float(said)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise UsageError(f"{name} of the offline writer is {said[:40]!r} and must be a number from 0 to 1")
    return value
