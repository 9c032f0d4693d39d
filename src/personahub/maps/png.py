"""Pictures as PNG, and nothing else of that format: 8 bits of red, green, blue and cover."""

import zlib

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

_BEGIN = b"\x89PNG\r\n\x1a\n"
_RGBA = 6  # https://www.w3.org/TR/png-3/#11IHDR


def png(pixels: Pixels) -> bytes:
    """Args:
    pixels: shape (height, width, 4), the upper left first.
    """
    height, width, _ = pixels.shape
    lines = np.zeros((height, 1 + 4 * width), np.uint8)  # each begins with its filter: none
    lines[:, 1:] = pixels.reshape(height, 4 * width)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, _RGBA, 0, 0, 0])
    return _BEGIN + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(lines.tobytes(), 1)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")
