"""Answers that one more request can make whole: those cut off for lack of room, and JSON that is not what was asked."""

from dataclasses import replace

from personahub.models.base import CUT_OFF, NOT_JSON, UNANSWERED, Completion, Message, Prompt, Wrapper
from personahub.shapes import fitting

LEAST_ROOM = 4096  # tokens of the second try where the endpoint, and not a person, set the limit
MORE_ROOM = 2  # times as many tokens as were too few


class Mended(Wrapper):
    """A model whose cut-off answers are asked for once more with more room, and whose unfit JSON is sent back once.

    It stands above the journal, so that both answers are kept and neither is paid for twice.
    """

    async def complete(self, prompt: Prompt) -> Completion:
        completion = await self._model.complete(prompt)
        wanted = prompt.limit or self.limit
        if completion.error == CUT_OFF and completion.limit <= wanted:  # else the journal had its second try already
            completion = await self._once_more(completion, replace(prompt, limit=_more_room(wanted, completion)))
        if not prompt.schema or completion.error:
            return completion
        value, fault = fitting(completion.text, prompt.schema)
        if fault:
            asked = replace(prompt, messages=(*prompt.messages, *_sent_back(completion.text, fault)))
            completion = await self._once_more(completion, asked)
            if completion.error:
                return completion
            value, fault = fitting(completion.text, prompt.schema)
        if fault:
            return replace(completion, error=NOT_JSON, detail=f"{fault}: {completion.text}")
        return replace(completion, text=value)

    async def _once_more(self, first: Completion, prompt: Prompt) -> Completion:
        second = await self._model.complete(prompt)
        if second.error and second.error not in (CUT_OFF, *UNANSWERED):
            return replace(first, requests=first.requests + second.requests)
        return replace(second, requests=first.requests + second.requests)


def _more_room(wanted: int, completion: Completion) -> int:
    return wanted * MORE_ROOM if wanted else max(LEAST_ROOM, completion.completion_tokens * MORE_ROOM)


def _sent_back(text: str, fault: str) -> tuple[Message, Message]:
    said = f"This answer cannot be used: {fault}. Send the whole answer again as one JSON value and nothing else."
    return Message("assistant", text), Message("user", said)
