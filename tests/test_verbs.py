"""Python, the command line and recipes are one list of verbs and options."""

import inspect
import shlex
from typing import get_type_hints

import click
import pytest

import personahub
from personahub.api import Hub
from personahub.api.making import Compared, WritingCompared
from personahub.asked import _TASKS
from personahub.asking import Asking, Reaching, Writing
from personahub.cli.main import group
from personahub.dedup.likeness import Likeness, Nearness
from personahub.embedders.base import Embedding
from personahub.errors import UsageError
from personahub.options import ASKING, COMPARING, EMBEDDING, NEAR, REACHING, WRITING, Option
from personahub.store.ledger import MENDABLE
from personahub.verbs import VERBS, Verb, verb

_NOT_OPTIONS = {"self", "progress", "on_ready"}
_NOT_SETTINGS = {"hub", "as_json", "quiet", "way"}


def _signature(one: Verb) -> inspect.Signature:
    return inspect.signature(getattr(Hub if one.on_hub else personahub, one.method))


def _typed(one: Verb) -> str:
    """What people type for it: a verb on files is that on a hub, with files."""
    return next((other.name for other in VERBS if other.files == one.name), one.name)


def _command(one: Verb) -> click.Command:
    command: click.Command = group
    for word in _typed(one).split():
        assert isinstance(command, click.Group)
        command = command.commands[word]
    return command


def _shared(one: Verb, name: str) -> tuple[Option, ...]:
    """The options behind `**near`, of words and maybe of vectors; or of a run, or of one that goes on."""
    if name == "near":
        return (*NEAR, *EMBEDDING) if "embedder" in one.settings else NEAR
    if name == "embedding":
        return EMBEDDING
    if name == "writing":
        return (*ASKING, *WRITING, *COMPARING)
    if name == "comparing":
        return (*ASKING, *COMPARING)
    assert name == "asking"
    return ASKING if "model" in one.settings else REACHING


@pytest.mark.parametrize("one", VERBS, ids=lambda one: one.name)
def test_python_has_each_option_under_the_same_name_with_the_same_default(one: Verb) -> None:
    keywords: dict[str, object] = {}
    for name, parameter in _signature(one).parameters.items():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            keywords |= {option.name: option.default for option in _shared(one, name)}
        elif name not in _NOT_OPTIONS:
            keywords[name] = None if parameter.default is inspect.Parameter.empty else parameter.default
    assert keywords == {name: option.default for name, option in one.settings.items()}


@pytest.mark.parametrize("one", VERBS, ids=lambda one: one.name)
def test_the_command_line_has_each_option_under_the_same_name_with_the_same_default(one: Verb) -> None:
    command = _command(one)
    found = {parameter.name: parameter for parameter in command.params}
    both = {**one.settings, **(verb(one.files).settings if one.files else {})}
    if one.name == _typed(one):
        assert set(found) - _NOT_SETTINGS == set(both) - {"hub"}
    for name, option in one.settings.items():
        parameter = found[name]
        if isinstance(parameter, click.Option):
            assert f"--{name.replace('_', '-')}" in parameter.opts
            # of a command for both, what is required of one is told when it is known which
            assert parameter.required == (option.required and one.name == _typed(one))
            if option.default is not None:
                assert parameter.get_default(click.Context(command)) == option.default
            assert parameter.help


def test_the_options_that_verbs_share_are_typed_as_they_are_listed() -> None:
    assert set(get_type_hints(Asking)) == {option.name for option in ASKING}
    assert set(get_type_hints(Reaching)) == {option.name for option in REACHING}
    assert set(get_type_hints(Writing)) == {option.name for option in (*ASKING, *WRITING)}
    assert set(get_type_hints(Compared)) == {option.name for option in (*ASKING, *COMPARING)}
    assert set(get_type_hints(WritingCompared)) == {option.name for option in (*ASKING, *WRITING, *COMPARING)}
    assert set(get_type_hints(Embedding)) == {option.name for option in EMBEDDING}
    assert set(get_type_hints(Nearness)) == {option.name for option in NEAR}
    assert vars(Likeness()) == {option.name: option.default for option in NEAR} | {"why": ""}


def test_what_every_verb_asks_can_be_asked_again_for_each_reason_that_may_pass() -> None:
    assert set(_TASKS) == {one.name for one in VERBS if {"model", "dry_run"} <= one.settings.keys() and one.on_hub}
    assert verb("runs retry").settings["reason"].choices == MENDABLE


def test_a_group_of_commands_may_be_called_without_its_first() -> None:
    runs = group.commands["runs"]
    assert isinstance(runs, click.Group)
    for words in ([], ["my.hub"], ["list", "my.hub"], ["--json"]):
        assert runs.make_context("runs", list(words))._protected_args == ["list"]
    assert runs.make_context("runs", ["retry", "3f0c"])._protected_args == ["retry"]


def test_python_has_no_verb_that_the_list_has_not() -> None:
    methods = {name for name in dir(Hub) if not name.startswith("_")} - {"path", "rows", "table"}
    assert methods == {one.method for one in VERBS if one.on_hub}


@pytest.mark.parametrize("one", VERBS, ids=lambda one: one.name)
def test_every_command_has_help_with_an_example_that_parses(one: Verb) -> None:
    command = _command(one)
    words, named = shlex.split(one.example), _typed(one).split()
    assert words[: len(named) + 1] == ["personahub", *named]
    command.make_context(one.name, words[len(named) + 1 :])
    text = command.get_help(click.Context(command, info_name=one.name))
    assert one.example in text


@pytest.mark.parametrize(
    ("name", "given", "complaint"),
    [
        ("extract", {"sources": ["a"], "model": "offline", "granularty": "fine"}, "has no option 'granularty'"),
        ("extract", {"sources": ["a"]}, "needs model"),
        ("extract", {"sources": [], "model": "offline"}, "needs sources"),
        ("expand", {"model": "offline", "hops": 7}, "at least 1 and at most 6"),
        ("expand", {"model": "offline", "hops": "two"}, "a whole number"),
        ("expand", {"model": "offline", "hops": True}, "a whole number"),
        ("dedup", {"threshold": 0.2}, "at least 0.5"),
        ("extract", {"sources": ["a"], "model": "offline", "granularity": "medium"}, "one of coarse, fine"),
        ("serve-offline", {"port": 70000}, "at most 65535"),
        ("runs retry", {"id": "3f0c", "reason": ["cut_off", "bored"]}, "one of refused_by_endpoint, cut_off"),
        ("runs retry", {"id": "3f0c", "reason": "bored"}, "one of refused_by_endpoint, cut_off"),
        ("runs retry", {"id": "3f0c", "model": "offline"}, "has no option 'model'"),
        ("runs show", {}, "needs id"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(name: str, given: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        verb(name).check(given)


def test_a_verb_that_is_none_is_named_with_those_that_are() -> None:
    with pytest.raises(UsageError, match=r"no verb 'extrct'.*extract, expand"):
        verb("extrct")
