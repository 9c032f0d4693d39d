"""A server of Argilla, through Argilla's SDK: the only file that knows it. None of its exceptions leaves it."""

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from time import sleep
from types import ModuleType
from typing import Any, TypeVar

from personahub.argilla.base import (
    ACTION,
    FLOAT,
    INTEGER,
    Answered,
    Asked,
    Dataset,
    Field,
    Plan,
    Property,
    Record,
    Refused,
    Response,
)
from personahub.errors import PersonahubError, UsageError
from personahub.models.wire.endpoint import told
from personahub.review.questions import SPANS

BATCH = 256  # records that are read at once; the server takes 500
PAUSES = (0.2, 1.0, 5.0)  # seconds before the next try, where the server is busy or away
TIMEOUT = 120  # seconds for one answer

_NOT_TAKEN = (400, 409, 413, 422)
_BUSY = (429, 500, 502, 503, 504)
T = TypeVar("T")


@dataclass(frozen=True)
class Server:
    """Args:
    url: its address.
    workspace: None for the only one that there is.
    """

    url: str
    key: str = field(repr=False)
    workspace: str | None = None

    def find(self, name: str) -> Dataset | None:
        """The dataset of that name; None where there is none."""
        held = self._asked(lambda: self._client.datasets(name, workspace=self._workspace))
        return None if held is None else _dataset(held)

    def make(self, name: str, plan: Plan) -> Dataset:
        """A new dataset, made as planned.

        Raises PersonahubError where the server does not take it so; nothing is left of it then.
        """

        def made() -> Any:
            sdk = _sdk()
            settings = sdk.Settings(
                fields=[_field(sdk, one) for one in plan.fields],
                questions=[_question(sdk, one) for one in plan.asked],
                vectors=[sdk.VectorField(each, dimensions=size) for each, size in plan.vectors.items()],
                metadata=[*(_property(sdk, one) for one in plan.properties), _mark(sdk)],
                allow_extra_metadata=True,
                distribution=sdk.TaskDistribution(min_submitted=plan.overlap),
            )
            return sdk.Dataset(name, workspace=self._workspace, settings=settings, client=self._client).create()

        return _dataset(self._asked(made))

    def put(self, dataset: Dataset, records: Sequence[Record]) -> None:
        """Send records; those that are there become what these are, and keep responses of other users.

        Raises Refused where the server takes none of them as they are.
        """
        ids = {name: number for number, name in self._users.items()}
        sdk = _sdk()

        def sent() -> None:
            models = [_model(sdk, dataset.held, one, ids) for one in records]
            self._client.api.records.bulk_upsert(dataset_id=_id(dataset), records=models)

        self._asked(sent, again=True)

    def answered(self, dataset: Dataset) -> Iterator[tuple[int, list[Answered]]]:
        """How many records were looked at so far, and those of the last ones that have responses."""
        offset = 0
        while True:

            def read(at: int = offset) -> Any:
                return self._client.api.records.list(_id(dataset), offset=at, limit=BATCH, with_suggestions=False)

            found = self._asked(read, again=True)
            offset += len(found)
            if not found:
                return
            yield offset, [_answered(one, self._users) for one in found if one.responses]

    @property
    def users(self) -> frozenset[str]:
        """The names of those who may have responses."""
        return frozenset(self._users.values())

    @cached_property
    def _users(self) -> dict[str, str]:
        """By the id of a user the name: of all where the key is an owner's, else of the workspace."""

        def listed() -> Any:
            if str(getattr(self._client.me.role, "value", self._client.me.role)) == "owner":
                return self._client.users.list()
            return [*self._client.users.list(self._workspace), self._client.me]

        return {str(one.id): str(one.username) for one in self._asked(listed)}

    @cached_property
    def _client(self) -> Any:
        handlers = list(logging.root.handlers)
        try:
            # no connection outlives its answer, as nobody can close those of a client that could not be made
            more = {"timeout": TIMEOUT, "headers": {"Connection": "close"}}
            return self._asked(lambda: _sdk().Argilla(api_url=self.url, api_key=self.key, **more))
        finally:
            logging.root.handlers[:] = handlers  # it logs to the root, which then writes all there is to the terminal

    @cached_property
    def _workspace(self) -> Any:
        there = {str(one.name): one for one in self._asked(self._client.workspaces.list)}
        if self.workspace is None and len(there) == 1:
            return next(iter(there.values()))
        if self.workspace in there:
            return there[str(self.workspace)]
        listed = ", ".join(sorted(there)) or "none that this key may see"
        said = f"there is no workspace {self.workspace!r}" if self.workspace else "a workspace must be named"
        raise UsageError(f"{self.url}: {said}; say --workspace NAME; there are: {listed}")

    def _asked(self, question: Callable[[], T], *, again: bool = False) -> T:
        """The answer of the server, quietly.

        Args:
            again: whether the same may be asked twice, so that a busy server is asked again.
        """
        for pause in (*(PAUSES if again else ()), None):
            try:
                with _quiet():
                    return question()
            except PersonahubError:
                raise
            except Exception as error:  # the SDK and those below it raise dozens of kinds
                status = getattr(error, "status_code", None)
                away = status in _BUSY or (status is None and type(error).__module__.startswith("httpx"))
                if pause is None or not away:
                    raise self._failed(error, status) from None  # what they say may hold the key
            sleep(pause)
        raise AssertionError  # the last pause is none

    def _failed(self, error: Exception, status: int | None) -> PersonahubError:
        cause = error.__cause__ if type(error).__name__ == "SettingsError" and error.__cause__ else error
        said = told(str(cause) or type(cause).__name__, b"", self.key)
        if status == 401 or type(error).__name__ == "ArgillaCredentialsError":
            return UsageError(f"{self.url} refuses the key: set ARGILLA_API_KEY or give --key-file ({said})")
        if status == 403:
            return UsageError(f"{self.url}: this key may not do that; it must be an owner's or an admin's ({said})")
        if status in _NOT_TAKEN:
            return Refused(f"{self.url} does not take it: {said}")
        return PersonahubError(
            f"the Argilla server {self.url} gave no answer: {said}; look at its address, and run the same command again"
        )


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _sdk() -> ModuleType:
    try:
        with _quiet():
            import argilla  # noqa: PLC0415 - slow to import and of an extra
    except ImportError as error:
        raise UsageError("this needs Argilla's SDK: pip install 'personahub[argilla]'") from error
    sdk: ModuleType = argilla
    return sdk


def _id(dataset: Dataset) -> Any:
    return dataset.held.id  # type: ignore[attr-defined] # the SDK's own


def _dataset(held: Any) -> Dataset:
    settings = held.settings
    return Dataset(
        held=held,
        id=str(held.id),
        name=str(held.name),
        ready=held._model.status == "ready",
        open=bool(settings.allow_extra_metadata),
        fields={one.name: one.type for one in settings.fields},
        needed=frozenset(one.name for one in settings.fields if one.required),
        questions={one.name: (one.type, _chosen(one)) for one in settings.questions},
        vectors={one.name: one.dimensions for one in settings.vectors},
    )


def _chosen(question: Any) -> frozenset[object]:
    return frozenset(one["value"] for one in getattr(question._model.settings, "options", None) or ())


def _field(sdk: ModuleType, one: Field) -> Any:
    # raw, as every other text of a stranger: nothing in it is drawn
    return sdk.ChatField(one.name, use_markdown=False) if one.chat else sdk.TextField(one.name, use_markdown=False)


def _question(sdk: ModuleType, one: Asked) -> Any:
    asked = one.question
    more = {"title": asked.title, "description": asked.help[:1000] or None, "required": one.required}
    labels = dict(asked.options)
    if one.kind == "rating":
        return sdk.RatingQuestion(one.name, values=list(range(asked.least, asked.most + 1)), **more)
    if one.kind == "label_selection":
        return sdk.LabelQuestion(one.name, labels=labels, **more)
    if one.kind == "multi_label_selection":
        return sdk.MultiLabelQuestion(one.name, labels=labels, **more)
    if asked.kind == SPANS:
        return sdk.SpanQuestion(one.name, field=one.field, labels=labels, allow_overlapping=True, **more)
    return sdk.TextQuestion(one.name, **more)


def _property(sdk: ModuleType, one: Property) -> Any:
    kinds = {INTEGER: sdk.IntegerMetadataProperty, FLOAT: sdk.FloatMetadataProperty}
    return kinds.get(one.kind, sdk.TermsMetadataProperty)(one.name, title=one.column[:500])


def _mark(sdk: ModuleType) -> Any:
    return sdk.IntegerMetadataProperty(ACTION, visible_for_annotators=False)


def _model(sdk: ModuleType, held: Any, one: Record, ids: Mapping[str, str]) -> Any:
    responses = []
    for said in one.responses:
        who = {"user_id": ids[str(said.user)], "status": said.status}
        # a response without an answer, such as a bare discard, has its user and status from one that says nothing
        values = said.values or {next(iter(held.settings.questions)).name: None}
        responses += [sdk.Response(name, value, **who) for name, value in values.items()]
    made = sdk.Record(
        id=one.id,
        fields=dict(one.fields),
        metadata=dict(one.metadata),
        vectors=dict(one.vectors),
        suggestions=[
            sdk.Suggestion(each.question, each.value, score=each.score, agent=each.agent) for each in one.suggestions
        ],
        responses=responses,
        _dataset=held,
    )
    return made.api_model()


def _answered(model: Any, users: Mapping[str, str]) -> Answered:
    metadata = {one.name: one.value for one in model.metadata or ()}
    action = metadata.get(ACTION)
    return Answered(
        str(model.external_id),
        action if isinstance(action, int) else -1,
        tuple(_response(one, users) for one in model.responses),
    )


def _response(one: Any, users: Mapping[str, str]) -> Response:
    values = {name: said.get("value") for name, said in (one.values or {}).items()}
    return Response(users.get(str(one.user_id)), str(one.status.value), values)
