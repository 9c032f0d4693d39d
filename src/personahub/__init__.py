"""Texts to personas, personas to more personas, personas to diverse synthetic data, with any LLM.

import personahub as ph

hub = ph.open("my.hub")
hub.extract(["notes/*.txt"], model="offline")
hub.synthesize("math", model="openai:gpt-4o", limit=500)
hub.export("math", output="math.jsonl")
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Loaded when first used: `import personahub` alone costs a few milliseconds.
_HOMES = {
    "open": "api",
    "Hub": "api",
    "dedup_files": "dedup.files",
    "serve_offline": "serve",
    "ui": "web",
    "run_recipe": "recipe",
    "list_templates": "wordings",
    "show_template": "wordings",
    "check_template": "wordings",
    "list_runs": "history",
    "show_run": "history",
    "retry_run": "retry",
    "Report": "events",
    "Tally": "events",
    "PersonahubError": "errors",
}
__all__ = sorted(_HOMES)  # noqa: PLE0605 - ruff wants a literal


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'personahub' has no attribute {name!r}")
    return getattr(import_module(f"personahub.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
