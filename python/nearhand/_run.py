"""Commands of the command line, run within Python; what they say is printed where Python prints."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Mapping, Union

from . import _nearhand
from ._error import Error

Path = Union[str, "os.PathLike[str]"]


def flags(options: Mapping[str, Any]) -> "list[str]":
    """Options of a command: ``min_item_count=5`` is ``--min-item-count 5``, ``True`` a flag, a list the option repeated."""
    argv: "list[str]" = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        if value is None or value is False:
            continue
        if value is True:
            argv.append(flag)
        elif isinstance(value, Mapping):
            argv.extend(f"{flag}={key}={of}" for key, of in value.items())
        elif isinstance(value, (list, tuple)):
            argv.extend(f"{flag}={one}" for one in value)
        else:
            # In one word, so that a value may begin with a dash.
            argv.append(f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return argv


def command(argv: "list[str]", *, progress: bool = True) -> str:
    """Runs a command and gives what it says on standard output; what it says beside that is printed as it comes, if ``progress``.

    Raises ``Error`` as the command refuses. An interrupt ends the command at the next line that it says.
    """
    said: "list[str]" = []

    def hear(text: str, aside: bool) -> None:
        if not aside:
            said.append(text)
        elif progress:
            sys.stdout.write(text)
            sys.stdout.flush()

    _nearhand.run([str(word) for word in argv], hear)
    return "".join(said)


def report(argv: "list[str]", *, progress: bool = True) -> "dict[str, Any]":
    """Runs a command that prints one JSON object, and reads it."""
    text = command([*argv, "--json"], progress=progress)
    try:
        found: "dict[str, Any]" = json.loads(text)
    except json.JSONDecodeError as error:
        raise Error(f"the command printed no JSON object: {text[:200]}", "data-invalid") from error
    return found
