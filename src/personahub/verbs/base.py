"""What a verb is: its name everywhere, and its options."""

from collections.abc import Mapping
from dataclasses import dataclass

from personahub.errors import UsageError
from personahub.options import Option


@dataclass(frozen=True, slots=True)
class Verb:
    """Args:
    on_hub: a method of a hub; else a function of the package.
    files: the verb that does the same to files; on the command line it is this one with an output.
    """

    name: str
    summary: str
    arguments: tuple[Option, ...] = ()
    options: tuple[Option, ...] = ()
    example: str = ""
    on_hub: bool = True
    files: str = ""

    @property
    def method(self) -> str:
        """What Python calls it: `import` is a word of its own there, `run` and `runs` are modules of the package."""
        return _METHODS.get(self.name, self.name.replace("-", "_"))

    @property
    def settings(self) -> dict[str, Option]:
        return {option.name: option for option in (*self.arguments, *self.options)}

    def check(self, given: Mapping[str, object]) -> None:
        """Raise UsageError for a name this verb does not have, a missing one, or a value it cannot mean."""
        for name in given:
            if name not in self.settings:
                raise UsageError(f"{self.name} has no option {name!r}; it has {', '.join(self.settings)}")
        for name, option in self.settings.items():
            if option.required and given.get(name) in (None, (), [], ""):
                raise UsageError(f"{self.name} needs {name}: {option.help}")
            option.check(self.name, given.get(name))


_METHODS = {
    "import": "import_",
    "run": "run_recipe",
    "selections list": "list_selections",
    "selections show": "show_selection",
    "selections remove": "remove_selection",
    "templates list": "list_templates",
    "templates show": "show_template",
    "templates check": "check_template",
    "argilla push": "push_to_argilla",
    "argilla pull": "pull_from_argilla",
    "runs list": "list_runs",
    "runs show": "show_run",
    "runs retry": "retry_run",
}
