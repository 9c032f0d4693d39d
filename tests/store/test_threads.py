"""Threads of the storage library: as many as there are cores, unless a person has said how many."""

import os
import subprocess
import sys

import pytest

ASKED = "import os; from personahub.store.guard import lance; lance(); print(os.environ['LANCE_CPU_THREADS'])"


@pytest.mark.parametrize("said", [None, "7"])
def test_what_a_person_set_stays(said: str | None) -> None:
    set_ = {**os.environ, **({"LANCE_CPU_THREADS": said} if said else {})}
    if said is None:
        set_.pop("LANCE_CPU_THREADS", None)
    told = subprocess.run([sys.executable, "-c", ASKED], env=set_, capture_output=True, text=True, check=True).stdout
    assert told.strip() == (said or str(os.cpu_count()))
