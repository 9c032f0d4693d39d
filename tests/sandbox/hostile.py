"""Programs that mean harm, each ending in an error of its own where it is kept from it.

{secret} is a file that is there, {target} one that is not, {port} a server that listens, {home} a folder.
"""

SOURCES = {
    # time
    "endless_loop": "while True:\n    pass",
    "endless_loop_that_catches": "while True:\n    try:\n        while True:\n            pass\n"
    "    except BaseException:\n        pass",
    "endless_sum": "sum(iter(int, 1))",
    "endless_generator": "import itertools\nsum(1 for _ in itertools.count())",
    "endless_list": "import itertools\nlist(itertools.count())",
    "sleep_without_end": "import time\nwhile True:\n    time.sleep(10_000)",
    "factorial": "x = 1\nfor i in range(1, 10**7):\n    x *= i",
    "regex_bomb": "import re\nif re.match(r'(a+)+$', 'a' * 60 + 'b') is None:\n    raise ValueError('no match')",
    "regex_bomb_that_looks_back": "import re\nif re.match(r'(a*)*\\1b', 'a' * 9000) is None:\n    raise OSError",
    "closes_all_and_goes_on": "import os\nos.closerange(0, 1000)\nwhile True:\n    pass",
    # memory
    "ten_gigabytes": "x = bytearray(10 * 2**30)",
    "string_multiplication": "x = 'a' * 10**11",
    "list_multiplication": "x = [0] * 10**10",
    "growing_list": "x = []\nwhile True:\n    x.append('a' * 10_000)",
    "growing_list_that_catches": "x = []\nwhile True:\n    try:\n        x.append('a' * 10_000_000)\n"
    "    except Exception:\n        pass",
    "huge_power": "x = 9**9**9",
    "huge_shift": "x = 1 << 10**11",
    "huge_sort": "x = sorted(range(10**9))",
    "replace_bomb": "x = ('a' * 10**6).replace('a', 'b' * 10**6)",
    "format_bomb": "x = '{:>100000000000}'.format(1)",
    "memory_without_a_name": "import os\nf = os.memfd_create('x')\nwhile True:\n    os.write(f, b'x' * 10**6)",
    "threads": "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(99,)).start()",
    # depth
    "deep_recursion": "def f(n):\n    return f(n + 1)\nf(0)",
    "deep_value": "x = []\nfor i in range(60_000):\n    x = [x]\nx",
    "value_that_unfolds": "x = ['abc']\nfor i in range(50):\n    x = [x, x]\nx",
    "compares_what_holds_itself": "x, y = [], []\nx.append(x)\ny.append(y)\nx == y",
    "deep_parentheses": "(" * 50_000 + ")" * 50_000,
    "deep_signs": "-" * 200_000 + "1",
    "deep_json": "import json\njson.loads('[' * 10**6)",
    "long_number": "10**100_000",
    # output
    "gigabyte_of_output": "for i in range(10**6):\n    print('x' * 1000)",
    "gigabyte_at_once": "print('x' * 2**30)",
    "output_to_the_other_stream": "import sys\nwhile True:\n    print('x' * 1000, file=sys.stderr)",
    "long_value": "'x' * 10**7",
    # files
    "reads_a_secret": "open({secret!r}).read()",
    "reads_passwords": "open('/etc/shadow').read()",
    "lists_a_home": "import os\nos.listdir({home!r})",
    "reads_the_environment": "import os\nos.environ['PERSONAHUB_API_KEY']",
    "writes_a_file": "open({target!r}, 'w').write('x')",
    "writes_by_path": "from pathlib import Path\nPath({target!r}).write_text('x')",
    "removes_a_file": "import os\nos.remove({secret!r})",
    "links_to_a_secret": "import os\nos.symlink({secret!r}, {target!r})\nopen({target!r}).read()",
    "links_in_its_own_place": "import os\nos.symlink({secret!r}, 'here')\nopen('here').read()",
    # others
    "forks": "import os\nwhile True:\n    os.fork()",
    "runs_a_shell": "import subprocess\nsubprocess.run(['sh', '-c', 'echo > ' + {target!r}], check=True)",
    "runs_a_shell_by_system": "import os\nif os.system('echo > ' + {target!r}):\n    raise OSError('no shell')",
    "signals_the_parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "signals_everybody": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "connects": "import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=1)",
    "fetches": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=1).read()",
    "listens": "import socket\ns = socket.socket()\ns.bind(('', 0))\ns.listen()",
    "traces": "import ctypes\nif ctypes.CDLL(None).ptrace(16, 1, 0, 0):\n    raise OSError('no trace')",
    "unshares": "import ctypes\nif ctypes.CDLL(None).unshare(0x10000000):\n    raise OSError('no')",
    "mounts": "import ctypes\nif ctypes.CDLL(None).mount(b'x', b'/usr', b'tmpfs', 0, None):\n    raise OSError('no')",
    "reads_the_memory_of_its_parent": "import os\nopen('/proc/%d/mem' % os.getppid(), 'rb').read(1)",
    "raises_its_limits": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "breaks_its_process": "import ctypes\nctypes.string_at(0)",
    "ends_its_process": "import os\nos._exit(0)",
    # ways around
    "walks_the_classes": "for c in ().__class__.__base__.__subclasses__():\n    if c.__name__ == '_wrap_close':\n"
    "        if c.__init__.__globals__['system']('echo > ' + {target!r}):\n            raise OSError('no shell')",
    "imports_by_name": "if __import__('os').system('echo > ' + {target!r}):\n    raise OSError('no shell')",
    "evaluates": "eval('__import__(\"os\").remove(' + repr({secret!r}) + ')')",
    "looks_through_frames": "import sys\nsys._getframe().f_back.f_back.f_back.f_back.f_globals",
    "looks_through_a_traceback": "try:\n    1 / 0\nexcept Exception as e:\n    t = e.__traceback__\n"
    "t.tb_frame.f_back.f_back.f_back.f_back.f_back.f_globals['secret']",
    "unpickles": 'import pickle\nclass A:\n    def __reduce__(self):\n        return eval, ("open(%r)" % {secret!r},)\n'
    "pickle.loads(pickle.dumps(A()))",
}


def programs(places: dict[str, object]) -> dict[str, str]:
    """By name, with the places that they are after."""
    return {
        name: source.format(**places) if any("{" + place in source for place in places) else source
        for name, source in SOURCES.items()
    }
