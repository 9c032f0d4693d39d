"""How the process of a command is set: its memory, and the turns of its threads."""

import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of <malloc.h>, with M_ before


def little_memory(*, serving: bool = False) -> None:
    """Let what tables free go back to the system at once: few heaps, large blocks apart, no pool of Arrow's own.

    Measured over 200,000 samples: a peak of 304 MB instead of 412, at the same speed. Only this process is ours to
    set so; a Python program that embeds personahub can set MALLOC_ARENA_MAX=2 and ARROW_DEFAULT_MEMORY_POOL=system.

    Args:
        serving: keep what is small for the next answer, until no more is asked: of the 27 ms that a likeness among a
            million takes, 7 were the system's, which clears each page that it gives; for 13 MB more.
    """
    import ctypes
    import os

    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("LANCE_MEM_POOL_SIZE", str(8 * 2**20))  # for sorting; what is more goes to the disk
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_ARENA_MAX, 2)
        libc.mallopt(_MMAP_THRESHOLD, 2**21 if serving else 2**17)
        if serving:
            libc.mallopt(_TRIM_THRESHOLD, 2**23)


def swift_loop() -> None:
    """Look for circles of objects seldom, and let the loop of a run have its turn soon while other threads work.

    Measured with 256 in flight: of 8.8 s the collector took 0.26 s, up to 0.05 s at a time in which nobody was asked;
    the shorter turns are worth another hundredth.
    """
    import gc

    gc.set_threshold(50_000)
    sys.setswitchinterval(0.001)
