"""What stands for the network where code is tried: modules that answer anything with something, and reach nobody.

Its text runs inside a sandbox before the code, so it keeps to the part of Python that every sandbox knows, and
`ASKED` (the keys that the code looks up in what it is answered) is put before it.
"""

import json
from typing import Any

ASKED: list[str] = []


class Anything:
    """A value of whatever kind is wanted: under any key and name there is another one."""

    def __getitem__(self, key: object) -> Any:
        if isinstance(key, int) and key >= 3:
            raise IndexError("there are three of everything")
        return ANYTHING

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return ANYTHING

    def __call__(self, *_: object, **__: object) -> Any:
        return ANYTHING

    def __iter__(self) -> Any:
        return iter([ANYTHING, ANYTHING, ANYTHING])

    def __len__(self) -> int:
        return 3

    def __contains__(self, _: object) -> bool:
        return True

    def __bool__(self) -> bool:
        return True

    def __eq__(self, _: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "something"

    def __format__(self, form: str) -> str:
        return f"{1:{form}}" if form[-1:] in ("f", "d", "e", "g", "n", "%", ",") and form else f"{'something':{form}}"

    def __float__(self) -> float:
        return 1.0

    def __int__(self) -> int:
        return 1

    def __index__(self) -> int:
        return 1

    def __round__(self, digits: int = 0) -> Any:
        return 1.0

    def __lt__(self, _: object) -> bool:
        return True

    def __gt__(self, _: object) -> bool:
        return True

    def __le__(self, _: object) -> bool:
        return True

    def __ge__(self, _: object) -> bool:
        return True

    def __add__(self, other: Any) -> Any:
        return other

    def __radd__(self, other: Any) -> Any:
        return other

    def __sub__(self, other: Any) -> Any:
        return other

    def __rsub__(self, other: Any) -> Any:
        return other

    def __mul__(self, other: Any) -> Any:
        return other

    def __rmul__(self, other: Any) -> Any:
        return other

    def __truediv__(self, _: object) -> Any:
        return 1.0

    def __rtruediv__(self, other: Any) -> Any:
        return other

    def __floordiv__(self, _: object) -> Any:
        return 1

    def __neg__(self) -> Any:
        return ANYTHING

    def __abs__(self) -> Any:
        return 1

    def get(self, _: object, __: object = None) -> Any:
        return ANYTHING

    def keys(self) -> Any:
        return ["something"]

    def values(self) -> Any:
        return [ANYTHING]

    def items(self) -> Any:
        return [("something", ANYTHING)]


ANYTHING = Anything()


class _Response:
    status_code = 200
    status = 200
    ok = True
    reason = "OK"

    def __init__(self, url: object) -> None:
        self.url = url
        self.headers = {"content-type": "application/json"}
        self.text = json.dumps(dict.fromkeys(ASKED, "something"))
        self.content = self.text.encode()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def json(self, **_: object) -> Any:
        return ANYTHING

    def read(self, *_: object) -> bytes:
        return self.content

    def getcode(self) -> int:
        return 200

    def close(self) -> None:
        return None

    def raise_for_status(self) -> Any:
        return self


class _Errors:
    RequestException = OSError
    HTTPError = OSError
    HTTPStatusError = OSError
    RequestError = OSError
    ConnectionError = OSError
    Timeout = OSError
    TimeoutException = OSError
    URLError = OSError
    JSONDecodeError = ValueError
    InvalidURL = ValueError
    TooManyRedirects = OSError


class _Codes:
    ok = 200
    not_found = 404


class _Client:
    RequestException = OSError
    HTTPError = OSError
    HTTPStatusError = OSError
    RequestError = OSError
    ConnectionError = OSError
    Timeout = OSError
    TimeoutException = OSError
    exceptions = _Errors()
    codes = _Codes()

    def __init__(self) -> None:
        self.headers: dict[str, object] = {}
        self.params: dict[str, object] = {}
        self.auth: object = None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def get(self, url: object = "", *_: object, **__: object) -> Any:
        return _Response(url)

    def post(self, url: object = "", *_: object, **__: object) -> Any:
        return _Response(url)

    def put(self, url: object = "", *_: object, **__: object) -> Any:
        return _Response(url)

    def patch(self, url: object = "", *_: object, **__: object) -> Any:
        return _Response(url)

    def delete(self, url: object = "", *_: object, **__: object) -> Any:
        return _Response(url)

    def head(self, url: object = "", *_: object, **__: object) -> Any:
        return _Response(url)

    def request(self, _: object, url: object = "", *__: object, **___: object) -> Any:
        return _Response(url)

    def mount(self, *_: object) -> None:
        return None

    def close(self) -> None:
        return None

    def Session(self, *_: object, **__: object) -> Any:  # noqa: N802 - as requests calls it
        return _Client()

    def Client(self, *_: object, **__: object) -> Any:  # noqa: N802 - as httpx calls it
        return _Client()


class _Opener:
    def urlopen(self, url: object, *_: object, **__: object) -> Any:
        return _Response(url)

    def Request(self, url: object, *_: object, **__: object) -> Any:  # noqa: N802
        return url


class _Parse:
    def quote(self, text: object, *_: object, **__: object) -> str:
        return "".join([one if one.isalnum() or one in "_.-~/" else f"%{ord(one):02X}" for one in str(text)])

    def quote_plus(self, text: object, *_: object, **__: object) -> str:
        return self.quote(text).replace("%20", "+")

    def urlencode(self, pairs: Any, *_: object, **__: object) -> str:
        return "&".join([f"{self.quote(key)}={self.quote(value)}" for key, value in dict(pairs).items()])


class _Urllib:
    request = _Opener()
    error = _Errors()
    parse = _Parse()


class _Environment:
    def get(self, _: object, otherwise: object = None) -> object:
        return "nobody" if otherwise is None else otherwise

    def __getitem__(self, _: object) -> str:
        return "nobody"

    def __contains__(self, _: object) -> bool:
        return True


class _System:
    environ = _Environment()

    def getenv(self, _: object, otherwise: object = None) -> object:
        return "nobody" if otherwise is None else otherwise


requests = _Client()
httpx = _Client()
urllib = _Urllib()
os = _System()
