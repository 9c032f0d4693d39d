"""The command line, made from the list of verbs: what a verb can do is said there, what it does in `api`."""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

import personahub
from personahub.cli.process import little_memory, swift_loop
from personahub.errors import PersonahubError
from personahub.options import Option
from personahub.verbs import VERBS, Verb
from personahub.verbs import verb as named

INTERRUPTED = 130  # 128 + SIGINT, as shells count
FAILED = 1
STOPPED = 6  # a limit that the user set is reached; all until then is done

_OUTPUT = (
    click.Option(["--json", "as_json"], is_flag=True, help="Print the report as JSON, for machines."),
    click.Option(["--quiet", "-q"], is_flag=True, help="Show no progress."),
    click.Option(
        ["--progress", "way"],
        type=click.Choice(["plain", "rich", "json"]),
        help="How progress is shown, on the error stream: a line now and then, a live one, or one JSON object a line; "
        "live on a terminal and plain elsewhere where not given, and none beside --json.",
    ),
)

_EPILOG = """\b
Exit codes: 0 done, 1 failed, 2 wrong use, 3 unreadable source or template,
4 the model's endpoint gives no answer, 5 unusable or busy hub,
6 stopped by a limit of yours (--max-cost, --max-requests, ...), 130 stopped by Ctrl-C.

\b
First steps:
  personahub extract my.hub notes/*.txt --model offline
  personahub synthesize my.hub math --model offline --limit 20
  personahub export my.hub math -o math.jsonl"""


def main() -> None:
    """Run the command that was typed, and exit with its code; what goes wrong is one sentence, no traceback."""
    try:
        code = group(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except PersonahubError as error:
        _complain(str(error))
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        _complain("stopped; all that was done is saved, and the same command goes on from there")
        code = INTERRUPTED
    except BrokenPipeError:
        code = 0
        sys.stderr.close()
    sys.exit(code if isinstance(code, int) else 0)


def _complain(sentence: str) -> None:
    from personahub.text import printable

    click.echo(f"personahub: {printable(sentence)}", err=True)


def _command(verb: Verb) -> click.Command:
    if verb.files:
        return _either(verb, named(verb.files))
    arguments = [click.Argument(["hub"], metavar="HUB")] if verb.on_hub else []
    arguments += [
        click.Argument([option.name], nargs=-1 if option.many else 1, required=option.required, metavar=_word(option))
        for option in verb.arguments
    ]
    options = [_option(option) for option in verb.options]
    listed = "\n\n".join(f"  {option.name.upper()}  {option.help}" for option in verb.arguments)
    return click.Command(
        verb.name.split()[-1],
        params=[*arguments, *options, *_OUTPUT],
        callback=_callback(verb),
        help=verb.summary + (f"\n\n{listed}" if listed else ""),
        short_help=verb.summary,
        epilog=f"\b\nExample:\n  {verb.example}",
    )


def _either(on_hub: Verb, on_files: Verb) -> click.Command:
    """One command for both: with an output, what is named are files."""
    (sources,) = on_files.arguments
    both = [option for option in on_hub.options if option.name in on_files.settings]
    hubs = [replace(one, help=f"of a hub: {one.help}") for one in on_hub.options if one not in both]
    ours = [replace(one, help=f"with files: {one.help}", required=False) for one in on_files.options if one not in both]
    options = {option.name: option for option in (*ours, *both, *hubs)}

    def call(*, sources: tuple[str, ...], **given: Any) -> int:
        context = click.get_current_context()
        typed = [name for name in given if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
        chosen = on_files if given["output"] else on_hub
        if odd := [name for name in typed if name in options and name not in chosen.settings]:
            other = "a hub, so leave out -o" if given["output"] else "files, and goes with -o FILE"
            raise click.UsageError(f"--{odd[0].replace('_', '-')} is for {other}")
        if given["output"] and any((Path(name) / "hub.json").is_file() for name in sources):
            raise click.UsageError(f"{sources[0]} is a hub, where nothing is written to a file; leave -o out")
        if not given["output"] and (len(sources) > 1 or Path(sources[0]).is_file()):
            raise click.UsageError(f"{sources[0]} is no hub; for files, name with -o the file for what is kept")
        fit = {name: value for name, value in given.items() if name in chosen.settings or name not in options}
        where: dict[str, Any] = {"sources": list(sources)} if given["output"] else {"hub": sources[0]}
        return _callback(chosen)(**where, **fit)

    params = [click.Argument(["sources"], nargs=-1, required=True, metavar="HUB | FILE...")]
    return click.Command(
        on_hub.name,
        params=[*params, *map(_option, options.values()), *_OUTPUT],
        callback=call,
        help=f"{on_hub.summary}\n\n  HUB     a hub, without --output\n\n  FILE    {sources.help}, with --output",
        short_help=on_hub.summary,
        epilog=f"\b\nExamples:\n  {on_hub.example}\n  {on_files.example}",
    )


def _word(option: Option) -> str:
    return option.name.upper() if option.required else f"[{option.name.upper()}]"


def _option(option: Option) -> click.Option:
    names = [f"--{option.name.replace('_', '-')}", option.name, *([f"-{option.short}"] if option.short else [])]
    if option.kind is bool and option.default is None:  # for three: yes, no, and as it is
        return click.Option([f"{names[0]}/--no-{names[0][2:]}", *names[1:]], default=None, help=_sentence(option.help))
    if option.kind is bool:
        return click.Option(names, is_flag=True, help=_sentence(option.help))
    if option.many:
        word = option.name.upper() if option.choices else None
        several = {"multiple": True, "default": option.default, "help": _sentence(option.help)}
        return click.Option(names, type=_type(option), metavar=word, **several)
    # A default that is given, be it None, makes click think that a required option is there.
    default = {} if option.default is None else {"default": option.default, "show_default": True}
    return click.Option(names, type=_type(option), required=option.required, help=_sentence(option.help), **default)


def _type(option: Option) -> click.ParamType[Any]:
    if option.choices:
        return click.Choice(option.choices)
    if option.kind is int:
        return click.IntRange(_whole(option.least), _whole(option.most))
    if option.kind is float:
        return click.FloatRange(option.least, option.most)
    return click.STRING


def _whole(bound: float | None) -> int | None:
    return None if bound is None else int(bound)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _callback(verb: Verb) -> Callable[..., int]:
    def call(*, as_json: bool, quiet: bool, way: str | None, **given: Any) -> int:
        if verb.name != "dedup-files":  # which takes and gives blocks of megabytes: it is a third slower so
            little_memory(serving=verb.name == "ui")
        swift_loop()
        from personahub.cli.render import Screen

        screen = Screen(as_json=as_json, quiet=quiet, way=way)
        stopped = wrong = False
        for report in _reports(verb, given, screen):
            screen.show(report)
            stopped, wrong = stopped or report.stopped, wrong or report.wrong
        return STOPPED if stopped else FAILED if wrong else 0

    return call


def _reports(verb: Verb, given: dict[str, Any], screen: Any) -> Iterable[Any]:
    """The reports of a verb: one of most, one a step of a recipe, none of a server."""
    if verb.name == "serve-offline":
        personahub.serve_offline(**given, on_ready=screen.say)
    elif verb.name == "ui":
        personahub.ui(**given, on_ready=screen.say)
    elif verb.name in ("runs list", "runs show") or verb.name.startswith("templates "):
        yield getattr(personahub, verb.method)(**given)
    else:
        with screen.progress() as progress:
            if verb.name == "run":
                yield from personahub.run_recipe(**given, progress=progress)
            else:
                place = personahub.open(given.pop("hub")) if verb.on_hub else personahub
                yield getattr(place, verb.method)(**given, progress=progress)


def _completion(shell: str) -> None:
    """Print the script that makes SHELL complete personahub's commands and options.

    \b
    bash   eval "$(personahub completion bash)"
    zsh    eval "$(personahub completion zsh)"
    fish   personahub completion fish | source
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(group, {}, "personahub", "_PERSONAHUB_COMPLETE").source())


def _version(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"personahub {personahub.__version__}")
        context.exit()


class _InOrder(click.Group):
    """Lists the commands in the order of the work."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.commands)


class _Several(_InOrder):
    """Commands of one word more, of which the first may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = [next(iter(self.commands)), *args]
        return super().parse_args(ctx, args)


def _commands() -> Iterator[click.Command]:
    several: dict[str, _Several] = {}
    beside = {verb.files for verb in VERBS}
    for verb in VERBS:
        if verb.name in beside:
            continue
        first, _, second = verb.name.partition(" ")
        if not second:
            yield _command(verb)
            continue
        if first not in several:
            several[first] = _Several(
                first, help=f"{verb.summary} '{first}' alone is '{verb.name}'.", short_help=verb.summary
            )
            yield several[first]
        several[first].add_command(_command(verb))


group = _InOrder(
    "personahub",
    commands=list(_commands()),
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Show the version and exit.",
        )
    ],
    help="Texts to personas, personas to more personas, personas to synthetic data, with any LLM.",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
group.add_command(
    click.Command(
        "completion",
        params=[click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]))],
        callback=_completion,
        help=_completion.__doc__,
        short_help="Print a script for completion in your shell.",
    )
)
