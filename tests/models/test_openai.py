import asyncio
from pathlib import Path

import pytest

from personahub.errors import ModelError, UsageError
from personahub.models.base import NO_ANSWER, NOT_TAKEN, Completion, Message, Prompt
from personahub.models.openai import OpenAI
from personahub.models.pacing import Pace, Paced
from personahub.models.wire.chat import completion
from tests.endpoint import KEY, Endpoint


def _ask(
    url: str, text: str = "a baker", *, key: str | None = None, timeout: float = 5.0, limit: int = 0, **settings: int
) -> Completion:
    async def ask() -> Completion:
        model = OpenAI("m", base_url=url, key=key, settings=settings, limit=limit, timeout=timeout)
        try:
            return await model.complete(Prompt((Message("user", text),)))
        finally:
            await model.close()

    return asyncio.run(ask())


def test_a_good_answer_has_its_text_and_its_tokens(endpoint: Endpoint) -> None:
    answer = _ask(endpoint.url("good"))
    assert answer.text.startswith("Math problem: ")
    assert (answer.error, answer.prompt_tokens, answer.completion_tokens) == (None, 7, 5)


def test_a_prompt_of_megabytes_is_sent_whole(endpoint: Endpoint) -> None:
    text = "The baker weighs the flour. " * 80_000
    assert _ask(endpoint.url("good"), text).error is None
    assert endpoint.bodies[0]["messages"] == [{"role": "user", "content": text}]


def test_settings_are_sent_where_given_and_only_then(endpoint: Endpoint) -> None:
    _ask(endpoint.url("good"))
    _ask(endpoint.url("good"), temperature=1, limit=9)
    assert set(endpoint.bodies[0]) == {"model", "messages"}
    assert (endpoint.bodies[1]["temperature"], endpoint.bodies[1]["max_tokens"]) == (1, 9)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("cut_off", "cut_off"),
        ("no_choices", NO_ANSWER),
        ("null", "empty"),
        ("refuses", NOT_TAKEN),
        ("html", NO_ANSWER),
        ("endless", NO_ANSWER),
        ("error_inside", NO_ANSWER),
        ("dies", None),
    ],
)
def test_what_is_no_answer_is_known_as_such(endpoint: Endpoint, fault: str, error: str | None) -> None:
    assert _ask(endpoint.url(fault)).error == error


def test_a_slow_drip_ends_at_the_deadline(endpoint: Endpoint) -> None:
    answer = _ask(endpoint.url("drip"), timeout=0.5)
    assert answer.error == NO_ANSWER
    assert "within 0.5 s" in answer.detail


def test_nothing_behind_the_port_is_said_so() -> None:
    assert "nothing answers at http://127.0.0.1:9/v1" in _ask("http://127.0.0.1:9/v1").detail


@pytest.mark.parametrize(
    ("fault", "cure"),
    [
        ("locked", "PERSONAHUB_API_KEY"),
        ("no_model", "the model name"),
        ("quota", "out of credit"),
        ("redirect", "redirects to http://127.0.0.2/v1"),
    ],
)
def test_what_no_further_request_would_change_stops_the_run(endpoint: Endpoint, fault: str, cure: str) -> None:
    with pytest.raises(ModelError, match=cure):
        _ask(endpoint.url(fault))
    assert endpoint.asked[fault] == 1


def test_a_key_is_sent_and_an_echo_of_it_is_not_repeated(endpoint: Endpoint) -> None:
    assert _ask(endpoint.url("locked"), key=KEY).error is None
    with pytest.raises(ModelError) as raised:
        _ask(endpoint.url("locked"), key="wrong-but-secret")
    assert "wrong-but-secret" not in str(raised.value)
    assert "[key]" in str(raised.value)


def test_html_for_the_terminal_is_shown_without_its_escapes(endpoint: Endpoint) -> None:
    assert "\x1b" not in _ask(endpoint.url("html")).detail


def test_the_key_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PERSONAHUB_API_KEY", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-only-for-openai")
    (tmp_path / "key").write_text("from-file\n")
    options = {"timeout": 1.0}

    def key(**more: object) -> object:
        return vars(OpenAI.open("m", {**options, **more}))["_live"].key

    assert key() == "sk-only-for-openai"
    assert key(base_url="http://127.0.0.1:1/v1") is None
    assert key(key_file=str(tmp_path / "key")) == "from-file"
    monkeypatch.setenv("PERSONAHUB_API_KEY", "for-anyone")
    assert key(base_url="http://127.0.0.1:1/v1") == "for-anyone"


@pytest.mark.parametrize("options", [{"base_url": "localhost:8000"}, {"key_file": "/no/such/file"}])
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        OpenAI.open("m", {"timeout": 1.0, **options})


def test_the_identity_has_every_setting_and_no_secret_or_address() -> None:
    model = OpenAI("m", base_url="http://127.0.0.1:1/v1", key="secret", settings={"temperature": 0.5, "seed": 3})
    assert model.identity == "openai:m seed=3 temperature=0.5"


def _paced(url: str, count: int, *, concurrency: int = 4, retries: int = 3, patience: float = 60) -> list[Completion]:
    async def ask() -> list[Completion]:
        model = Paced([OpenAI("m", base_url=url)], Pace(concurrency), retries=retries, patience=patience)
        try:
            prompts = [Prompt((Message("user", f"persona {number}"),)) for number in range(count)]
            first = [await model.complete(prompts[0])]
            return first + await asyncio.gather(*(model.complete(prompt) for prompt in prompts[1:]))
        finally:
            await model.close()

    return asyncio.run(ask())


def test_an_error_inside_a_200_is_tried_again(endpoint: Endpoint) -> None:
    [answer] = _paced(endpoint.url("error_inside"), 1)
    assert (answer.error, answer.requests) == (None, 2)


def test_a_busy_endpoint_is_left_alone_as_long_as_it_asks(endpoint: Endpoint) -> None:
    answers = _paced(endpoint.url("busy"), 2, concurrency=1)
    assert [answer.error for answer in answers] == [None, None]
    assert endpoint.times[2] - endpoint.times[1] >= 0.7


def test_an_endpoint_that_refuses_everything_stops_the_run(endpoint: Endpoint) -> None:
    with pytest.raises(ModelError, match="not this model's day"):
        _paced(endpoint.url("refuses"), 40)
    assert endpoint.asked["refuses"] < 20


def test_an_endpoint_that_dies_stops_the_run_before_every_row_is_spent(endpoint: Endpoint) -> None:
    with pytest.raises(ModelError, match="503"):
        _paced(endpoint.url("dies"), 200, patience=1.0)
    assert endpoint.asked["dies"] < 60


def test_no_more_requests_are_in_flight_than_allowed(endpoint: Endpoint) -> None:
    assert len(_paced(endpoint.url("good"), 30, concurrency=3)) == 30


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.", "max_completion_tokens", 9),
        ("Unsupported value: 'temperature' does not support 0.5 with this model.", "temperature", None),
        ("unrecognized request argument: seed", "seed", None),
        ("Only user and assistant roles are supported! System role not supported", "max_tokens", 9),
        ("response_format of type json_schema is not available", "response_format", None),
    ],
)
def test_an_endpoint_that_dislikes_the_form_is_asked_in_another_and_only_then(
    endpoint: Endpoint, words: str, field: str, value: object
) -> None:
    async def ask() -> list[Completion]:
        url = endpoint.url("particular")
        model = OpenAI("m", base_url=url, settings={"temperature": 0.5, "seed": 1}, limit=9)
        endpoint.words = words
        messages = (Message("system", "Be brief."), Message("user", "a baker"))
        try:
            return [await model.complete(Prompt(messages, schema='{"type": "object"}')) for _ in range(2)]
        finally:
            await model.close()

    assert [answer.error for answer in asyncio.run(ask())] == [None, None]
    assert len(endpoint.bodies) == 3, "it is learned once"
    assert endpoint.bodies[-1].get(field) == value
    if "System" in words:
        assert endpoint.bodies[-1]["messages"] == [{"role": "user", "content": "Be brief.\n\na baker"}]
    if "json_schema" in words:
        assert '{"type": "object"}' in str(endpoint.bodies[-1]["messages"])


def test_thinking_is_kept_apart_from_the_answer() -> None:
    for content, more in (("<think>hm\n</think>\n\nFour.", {}), ("Four.", {"reasoning_content": "hm"})):
        message = {"content": content, **more}
        answer = completion({"choices": [{"message": message, "finish_reason": "stop"}]})
        assert answer is not None
        assert (answer.text, answer.reasoning) == ("Four.", "hm")
    unfinished = completion({"choices": [{"message": {"content": "<think>hm, I"}, "finish_reason": "length"}]})
    assert unfinished is not None
    assert (unfinished.text, unfinished.error) == ("", "cut_off")
