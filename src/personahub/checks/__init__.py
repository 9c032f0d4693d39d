"""What a sample must satisfy: a check a file or a kin of them, named with its setting in a template's front matter."""

from collections.abc import Callable, Mapping

from personahub.checks.base import Check, Made, share, whole
from personahub.checks.form import MostQuestions, MostTitleWords
from personahub.checks.language import Language, code
from personahub.checks.length import LeastWords, MostWords
from personahub.checks.likeness import UnlikePersona
from personahub.errors import TemplateError

__all__ = ["CHECKS", "Check", "Made", "find"]

CHECKS: Mapping[str, Callable[[object], Check]] = {
    "least_words": lambda setting: LeastWords(whole(setting)),
    "most_words": lambda setting: MostWords(whole(setting)),
    "most_questions": lambda setting: MostQuestions(whole(setting)),
    "title_words": lambda setting: MostTitleWords(whole(setting)),
    "language": lambda setting: Language(code(setting)),
    "unlike_persona": lambda setting: UnlikePersona(share(setting)),
}


def find(name: str, setting: object) -> Check:
    """The check of that name; TemplateError where there is none, or the setting is none for it."""
    if name not in CHECKS:
        raise TemplateError(f"there is no check {name!r}; there are {', '.join(CHECKS)}")
    try:
        return CHECKS[name](setting)
    except ValueError as error:
        raise TemplateError(f"the check {name!r} cannot be {setting!r}: {error}") from error
