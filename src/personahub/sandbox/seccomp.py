"""What a program may not ask of the kernel, as a filter that bubblewrap loads: no processes, sockets, shared memory.

What it may not do anyway, without rights and in namespaces of its own, is refused here once more, before the kernel
looks at it. A filter is BPF: https://www.kernel.org/doc/html/latest/userspace-api/seccomp_filter.html
"""

import errno
import struct

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _END = 0x20, 0x15, 0x35, 0x45, 0x06
_KILL, _ERROR, _ALLOW = 0x8000_0000, 0x0005_0000, 0x7FFF_0000
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x4000_0000  # the same calls again by other numbers, on x86-64
_THREAD = 0x0001_0000  # CLONE_THREAD: threads are no processes, and count against the memory

# Numbers of the calls by machine: arch/x86/entry/syscalls/syscall_64.tbl, include/uapi/asm-generic/unistd.h.
_REFUSED = {
    "x86_64": {
        "processes": (57, 58),  # fork, vfork
        "signals": (62, 129, 297, 424, 434),  # kill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal, pidfd_open
        "other processes": (101, 310, 311, 298),  # ptrace, process_vm_readv, process_vm_writev, perf_event_open
        "sockets": (41, 425),  # socket, io_uring_setup
        "memory without an owner": (
            29,
            30,
            64,
            68,
            319,
            447,
        ),  # shmget, shmat, semget, msgget, memfd_create and _secret
        "mounts": (155, 161, 165, 166, 272, 308, 428, 429, 430, 442),  # pivot_root, chroot, mount, unshare, setns, ...
        "the kernel": (135, 175, 313, 246, 248, 249, 250, 303, 304, 321, 323),  # personality, modules, keys, bpf, ...
    },
    "aarch64": {
        "signals": (129, 138, 240, 424, 434),
        "other processes": (117, 270, 271, 241),
        "sockets": (198, 425),
        "memory without an owner": (194, 196, 190, 186, 279, 447),
        "mounts": (41, 51, 40, 39, 97, 268, 428, 429, 430, 442),
        "the kernel": (92, 105, 273, 104, 217, 218, 219, 264, 265, 280, 282),
    },
}
_AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435  # its flags lie in memory, where a filter cannot look; libraries take clone where there is none


def known(machine: str) -> bool:
    """Whether there is a filter for it."""
    return machine in _AUDIT


def refusals(machine: str) -> bytes:
    """The filter for a machine as `platform.machine` names it: struct sock_filter, eight bytes each."""
    steps = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, _AUDIT[machine], true=1),
        _step(_END, _KILL),
        _step(_LOAD, _NUMBER),
        _step(_AT_LEAST, _X32, false=1),
        _step(_END, _ERROR | errno.EPERM),
        *_refuse(_CLONE3, errno.ENOSYS),
    ]
    for numbers in _REFUSED[machine].values():
        for number in numbers:
            steps += _refuse(number, errno.EPERM)
    steps += [
        _step(_EQUAL, _CLONE[machine], false=3),
        _step(_LOAD, _FIRST_ARGUMENT),
        _step(_ANY_BIT, _THREAD, true=1),
        _step(_END, _ERROR | errno.EPERM),
        _step(_END, _ALLOW),
    ]
    return b"".join(steps)


def _refuse(number: int, code: int) -> list[bytes]:
    return [_step(_EQUAL, number, false=1), _step(_END, _ERROR | code)]


def _step(code: int, value: int, *, true: int = 0, false: int = 0) -> bytes:
    """One instruction; `true` and `false` are how many are skipped after a comparison."""
    return struct.pack("=HBBI", code, true, false, value)
