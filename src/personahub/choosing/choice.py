"""What is to be chosen: the options of the verb, held to what they can mean together."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

from personahub.errors import UsageError
from personahub.options import CHOOSING

RANDOM, STRATIFIED, SPREAD, NEAR = CHOOSING


@dataclass(frozen=True)
class Choice:
    """Each as the verb's option of that name says.

    Raises UsageError where they do not go together.
    """

    table: str = "personas"
    by: str = RANDOM
    count: int | None = None
    share: float | None = None
    where: str | None = None
    exclude: Sequence[str] = ()
    unused: str | None = None
    stratify: Sequence[str] = ()
    even: bool = False
    near: Sequence[str] = ()
    not_nearer: float | None = None
    examples: Sequence[str] = ()
    field: str = "text"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("exclude", "stratify", "near", "examples"):
            some: str | Sequence[str] = getattr(self, name)
            object.__setattr__(self, name, (some,) if isinstance(some, str) else tuple(some))
        self._check()

    def _check(self) -> None:
        if (self.count is None) == (self.share is None):
            raise UsageError("say how many: either count, or share of those that fit")
        if (self.by == STRATIFIED) != bool(self.stratify):
            raise UsageError("stratified goes with the columns to stratify by: --by stratified --stratify COLUMN")
        if self.even and not self.stratify:
            raise UsageError("even is for strata: --by stratified --stratify COLUMN --even")
        if (self.by == NEAR) != bool(self.near):
            raise UsageError('near goes with what to be near to: --by near --near "a description"')
        if self.examples and self.not_nearer is None:
            raise UsageError("examples are what a choice is not to be too near to; say from which cosine: --not-nearer")
        if self.not_nearer is not None and not (self.examples or self.near):
            raise UsageError("not_nearer goes with --examples, or with --near")

    @property
    def by_meaning(self) -> bool:
        """Whether it takes vectors."""
        return self.by in (SPREAD, NEAR) or self.not_nearer is not None

    @property
    def told(self) -> dict[str, object]:
        """What decides it, as plain fields: what was not given, and has no part in it, is left out."""
        given = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "table"}
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in given.items()}
        none = [*([] if self.by_meaning else ["field"]), *([] if self.even else ["even"])]
        return {name: value for name, value in plain.items() if value not in (None, []) and name not in none}

    def number(self, fit: int) -> int:
        """How many, of so many that fit."""
        return min(fit, self.count if self.count is not None else round((self.share or 0.0) * fit))
