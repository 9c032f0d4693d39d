"""What a type is called in JSON schema, where a text says of which type something is; never guessed."""

import re

ANY = "any"  # nothing is said, or nothing that JSON knows

_WORDS = {
    "string": [
        "str",
        "string",
        "text",
        "char",
        "varchar",
        "url",
        "uri",
        "path",
        "filepath",
        "date",
        "datetime",
        "timestamp",
        "email",
    ],
    "integer": ["int", "integer", "long", "int32", "int64"],
    "number": ["float", "number", "double", "decimal", "numeric", "real"],
    "boolean": ["bool", "boolean", "flag"],
    "array": ["list", "array", "tuple", "set", "lists", "sequence", "vector", "iterable"],
    "object": ["dict", "dictionary", "object", "json", "map", "mapping", "hashmap", "dicts"],
    "null": ["none", "null", "nothing", "void", "nonetype"],
}
_BY_WORD = {word: kind for kind, some in _WORDS.items() for word in some}
_ALONE = re.compile(r"[\s(\[{<]*([A-Za-z0-9]+)\b")
_SAID = re.compile(
    r"^\W*(?:(?:returns?|an?|the|one|optional)\s+)*(?:python\s+|json\s+|numpy\s+|single\s+|nested\s+)*"
    r"(str|string|int|integer|float|double|bool|boolean|list|array|tuple|dict|dictionary|json object)\b"
    r"(?!\s+(?:name|key|code|index))",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\((?:an?\s+)?(\w+)(?:\s+of\s+\w+)?(?:,\s*(?:optional|required|default\b[^)]*))?\)", re.IGNORECASE
)


def word(text: str) -> str:
    """The JSON type of a type's name: "str", "List[int]", "list of strings", "Optional[float]"; ANY for others."""
    plain = re.sub(r"^\s*(?:typing\.)?optional\b[\[\s]*", "", text.strip(), flags=re.IGNORECASE)
    found = _ALONE.match(plain)
    return _BY_WORD.get(found[1].lower(), ANY) if found else ANY


def said(text: str) -> str:
    """The JSON type that a description begins with or has in brackets: "A list of names", "the year (int)"."""
    found = _SAID.match(text)
    if found:
        return _BY_WORD[found[1].lower().split()[-1]]
    behind = _BEHIND.search(text)
    return word(behind[1]) if behind else ANY
