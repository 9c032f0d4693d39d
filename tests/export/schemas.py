"""What fine-tuning libraries say of the rows that they read, as JSON schemas of our own.

Sources: TRL, "Dataset formats and types" (language modelling, prompt-completion, preference; conversational); Axolotl,
"Dataset formats" (chat_template, alpaca); LLaMA-Factory, data/README.md (alpaca, sharegpt, openai, preference,
dataset_info.json).
"""

_TEXT = {"type": "string", "minLength": 1}


def _messages(*roles: str) -> dict[str, object]:
    message = {
        "type": "object",
        "required": ["role", "content"],
        "additionalProperties": False,
        "properties": {"role": {"enum": list(roles)}, "content": _TEXT},
    }
    return {"type": "array", "minItems": 1, "items": message}


def _row(**fields: object) -> dict[str, object]:
    return {"type": "object", "required": list(fields), "additionalProperties": False, "properties": fields}


_FROM = {
    "type": "object",
    "required": ["from", "value"],
    "additionalProperties": False,
    "properties": {"from": {"enum": ["human", "gpt"]}, "value": _TEXT},
}
_PAIRS = {"type": "array", "items": {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}}

ROWS = {
    "chat": _row(messages=_messages("system", "user", "assistant")),
    "prompt-completion": _row(prompt=_messages("system", "user", "assistant"), completion=_messages("assistant")),
    "alpaca": _row(instruction=_TEXT, input={"const": ""}, output=_TEXT, system={"type": "string"}, history=_PAIRS),
    "sharegpt": _row(conversations={"type": "array", "minItems": 2, "items": _FROM}, system={"type": "string"}),
    "dpo": _row(prompt=_messages("user"), chosen=_messages("assistant"), rejected=_messages("assistant")),
    "dpo-alpaca": _row(instruction=_TEXT, input={"const": ""}, chosen=_TEXT, rejected=_TEXT),
}

_FUNCTION = {
    "type": "object",
    "required": ["name", "description", "parameters"],
    "properties": {"name": _TEXT, "description": _TEXT, "parameters": {"type": "object"}},
}
_CALLED = {
    "type": "object",
    "required": ["type", "function"],
    "additionalProperties": False,
    "properties": {"type": {"const": "function"}, "function": _row(name=_TEXT, arguments={"type": "object"})},
}
CALLING = {
    "function-calling": _row(
        messages={
            "type": "array",
            "prefixItems": [
                _row(role={"const": "user"}, content=_TEXT),
                _row(
                    role={"const": "assistant"},
                    content={"const": ""},
                    tool_calls={"type": "array", "minItems": 1, "items": _CALLED},
                ),
            ],
            "minItems": 2,
            "maxItems": 2,
        },
        tools={
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "function"],
                "properties": {"type": {"const": "function"}, "function": _FUNCTION},
            },
        },
    ),
    "sharegpt-tools": _row(
        conversations={
            "type": "array",
            "prefixItems": [
                _row(**{"from": {"const": "human"}, "value": _TEXT}),
                _row(**{"from": {"const": "function_call"}, "value": _TEXT}),
            ],
            "minItems": 2,
            "maxItems": 2,
        },
        tools=_TEXT,
    ),
}

_COLUMNS = ("prompt", "query", "response", "history", "messages", "system", "tools", "chosen", "rejected")
_TAGS = ("role_tag", "content_tag", "user_tag", "assistant_tag", "system_tag")
INFO = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {
        "type": "object",
        "required": ["file_name"],
        "additionalProperties": False,
        "properties": {
            "file_name": _TEXT,
            "formatting": {"enum": ["alpaca", "sharegpt"]},
            "ranking": {"type": "boolean"},
            "columns": {
                "type": "object",
                "additionalProperties": False,
                "properties": dict.fromkeys(_COLUMNS, _TEXT),
            },
            "tags": {"type": "object", "additionalProperties": False, "properties": dict.fromkeys(_TAGS, _TEXT)},
        },
    },
}
