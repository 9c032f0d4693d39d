"""Loops compiled to machine code, and the few instructions that the compiler has no Python for.

The only file that knows the compiler. Code is kept in its cache beside the source, so that a process compiles
nothing that an earlier one compiled.
"""

from collections.abc import Callable
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

P = ParamSpec("P")
R = TypeVar("R")

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
Shorts = npt.NDArray[np.uint32]
Whole = npt.NDArray[np.int64]

whole = cast("Callable[[object], int]", np.int64)  # what compiled code makes of a 64-bit number that is to be a place


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """The same function in machine code: no bounds are checked, the interpreter's lock is not held.

    It makes no array: uses of arrays are not counted in it, because counts that threads share are waited for.
    """
    return _made(function, {})


def summing(function: Callable[P, R]) -> Callable[P, R]:
    """The same, with sums of fractions taken in whichever order is quickest: their last bits may differ."""
    return _made(function, {"fastmath": {"reassoc", "contract"}})


def _made(function: Callable[P, R], more: dict[str, Any]) -> Callable[P, R]:
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False, **more}
    try:
        made: Any = njit(**options, cache=True)(function)
    except RuntimeError:  # there is no folder that a cache could be written to
        made = njit(**options)(function)
    kept = getattr(getattr(made, "_cache", None), "_cache_file", None)
    if kept is not None:
        # machine code holds that of functions in other files, and the cache looks at the time of one file only
        kept._source_stamp = (kept._source_stamp, _sources(Path(__file__).parent), _sources(_folder_of(function)))
    # numba is untyped: what it returns is called as the function was
    return cast("Callable[P, R]", made)


def is_kept(function: Callable[..., Any]) -> bool:
    """Whether it was compiled, by this process or an earlier one that left it in the cache."""
    made: Any = function
    kept = getattr(getattr(made, "_cache", None), "_cache_file", None)
    # numba has no open door to its cache; where there is none, what is kept is what this process made
    return bool(made.signatures) or bool(kept is not None and kept._load_index())


def _folder_of(function: Callable[P, R]) -> Path:
    return Path(function.__code__.co_filename).parent


@cache
def _sources(folder: Path) -> str:
    """What the files of a package say, in 32 hexadecimal digits."""
    digest = blake2b(digest_size=16)
    for path in sorted(folder.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _instruction(build: Callable[..., Any]) -> Any:
    return intrinsic(build)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    held = _make_array(kind)(context, builder, array)
    place = builder.gep(held.data, [at])
    return builder.bitcast(place, ir.IntType(64).as_pointer())


def _load8(typing: Any, data: Any, at: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.load(_pointer(context, builder, signature.args[0], values[0], values[1]), align=1)

    return types.uint64(data, types.int64), emit


def _set_bits(typing: Any, bits: Any, at: Any, mask: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _pointer(context, builder, signature.args[0], values[0], values[1])
        return builder.atomic_rmw("or", place, values[2], "monotonic")

    return types.uint64(bits, types.int64, types.uint64), emit


_declared = cast("Callable[..., Any]", cgutils.get_or_insert_function)
_make_array = cast("Callable[..., Any]", make_array)
_BLOCK = ir.VectorType(ir.IntType(8), 64)


def _block(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """Where 64 bytes start."""
    held = _make_array(kind)(context, builder, array)
    return builder.bitcast(builder.gep(held.data, [at]), _BLOCK.as_pointer())


def _same(byte: int) -> Any:
    return ir.Constant(_BLOCK, [byte] * 64)


def _within(builder: Any, block: Any, first: int, last: int) -> Any:
    """One bit for each byte that lies in the range."""
    return builder.icmp_unsigned("<=", builder.sub(block, _same(first)), _same(last - first))


def _lower(builder: Any, block: Any) -> Any:
    capital = builder.zext(_within(builder, block, ord("A"), ord("Z")), _BLOCK)
    return builder.add(block, builder.shl(capital, _same(5)))


def _bits(typing: Any, data: Any, at: Any, *ranges: tuple[int, int]) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = _block(context, builder, signature.args[0], values[0], values[1])
        block = _lower(builder, builder.load(place, align=1))
        found = _within(builder, block, *ranges[0])
        for others in ranges[1:]:
            found = builder.or_(found, _within(builder, block, *others))
        return builder.bitcast(found, ir.IntType(64))

    return types.uint64(data, types.int64), emit


def _alphanumeric(typing: Any, data: Any, at: Any) -> Any:
    return _bits(typing, data, at, (ord("a"), ord("z")), (ord("0"), ord("9")))


def _quotes(typing: Any, data: Any, at: Any) -> Any:
    return _bits(typing, data, at, (ord("'"), ord("'")))


def _above_ascii(typing: Any, data: Any, at: Any) -> Any:
    return _bits(typing, data, at, (0x80, 0xFF))


def _copy_lower(typing: Any, data: Any, at: Any, target: Any, to: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        block = builder.load(_block(context, builder, signature.args[0], values[0], values[1]), align=1)
        place = _block(context, builder, signature.args[2], values[2], values[3])
        builder.store(_lower(builder, block), place, align=1)
        return context.get_dummy_value()

    return types.void(data, types.int64, target, types.int64), emit


def _wide(builder: Any, values: Any) -> Any:
    wide = ir.IntType(128)
    return builder.mul(builder.zext(values[0], wide), builder.zext(values[1], wide))


def _high(typing: Any, one: Any, two: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        product = builder.lshr(_wide(builder, values), ir.Constant(ir.IntType(128), 64))
        return builder.trunc(product, ir.IntType(64))

    return types.uint64(types.uint64, types.uint64), emit


def _ones(typing: Any, value: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        return builder.ctpop(values[0])

    return types.int64(types.uint64), emit


def _zeros_below(typing: Any, value: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:  # noqa: ARG001
        return builder.cttz(values[0], cgutils.false_bit)

    return types.int64(types.uint64), emit


def _fetch(typing: Any, bits: Any, at: Any) -> Any:  # noqa: ARG001
    def emit(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        number = ir.IntType(32)
        place = _pointer(context, builder, signature.args[0], values[0], values[1])
        byte = builder.bitcast(place, ir.IntType(8).as_pointer())
        kind = ir.FunctionType(ir.VoidType(), [byte.type, number, number, number])
        call = _declared(builder.module, kind, "llvm.prefetch.p0")
        builder.call(call, [byte, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(bits, types.int64), emit


load8 = _instruction(_load8)  # (bytes, at): eight bytes as one number, wherever they lie
alphanumeric = _instruction(_alphanumeric)  # (bytes, at): a bit for each of 64 bytes that is an ASCII letter or digit
quotes = _instruction(_quotes)  # (bytes, at): or an apostrophe
above_ascii = _instruction(_above_ascii)  # (bytes, at): or none of ASCII
copy_lower = _instruction(_copy_lower)  # (bytes, at, target, to): 64 bytes of ASCII in lower case
set_bits = _instruction(_set_bits)  # (words, at, mask): sets them in one step for all threads; what stood there before
fetch = _instruction(_fetch)  # (words, at): it will be read soon
high = _instruction(_high)  # (one, two): the upper 64 bits of the product
ones = _instruction(_ones)  # (value): how many bits are set
zeros_below = _instruction(_zeros_below)  # (value): how many bits below the lowest one that is set
