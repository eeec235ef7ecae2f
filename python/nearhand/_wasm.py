"""What the wasm answers: the npm package, run by Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path as Folder
from typing import Any, Optional

from ._bundle import Bundle
from ._error import Error
from ._nearhand import VERSION
from ._run import Path
from ._sessions import Sessions

#: Where the clock stands for sessions that tell no times, as in the native engine's.
_START_MS = 1_600_000_000_000


def _package(given: Optional[Path]) -> Folder:
    """The folder of the npm package: the one that is named, else that of the nearest ``node_modules``."""
    here = Folder.cwd()
    places = [Folder(given)] if given is not None else [above / "node_modules" / "nearhand" for above in (here, *here.parents)]
    for place in places:
        try:
            about = json.loads((place / "package.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(about, dict) and about.get("name") == "nearhand":
            if about.get("version") != VERSION:
                why = "the npm package is of another version than the wheel: install the same"
                raise Error(why, "invalid-option", {"option": "package", "npm": str(about.get("version")), "wheel": VERSION})
            return place.resolve()
    why = "the npm package is not there: npm install nearhand, or name its folder with package="
    raise Error(why, "invalid-option", {"option": "package", "value": os.fspath(places[0])})


def _refuse_untimed(sessions: Sessions) -> None:
    """Refuses what the native engine refuses: events without a time, and ids beside events."""
    for number, session in enumerate(sessions.events):
        name, events = f"sessions[{number}]", [at for at, one in enumerate(session) if isinstance(one, dict)]
        untimed = [at for at in events if session[at].get("at") is None]
        if untimed:
            place = f"{name}[{untimed[0]}]"
            raise Error(f"{place}.at must be given", "invalid-option", {"option": place})
        if events and len(events) < len(session):
            why = f"{name} has ids and events: give all of them as events, with their times"
            raise Error(why, "invalid-option", {"option": name})


def slates(bundle: Bundle, sessions: Sessions, k: int, package: Optional[Path], timeout: float = 600) -> "list[list[str]]":
    """The slates of sessions as :meth:`Bundle.slates` gives them with nothing excluded, by the wasm of the npm package. Node may take
    ``timeout`` seconds."""
    _refuse_untimed(sessions)
    node = shutil.which("node")
    if node is None:
        why = "runtime wasm runs the npm package in Node 20 or later, which is not on the path"
        raise Error(why, "invalid-option", {"option": "runtime", "value": "wasm"})
    nearhand = _package(package)
    with tempfile.TemporaryDirectory(prefix="nearhand-") as name:
        folder = Folder(name).resolve()
        (folder / "node_modules").mkdir()
        (folder / "node_modules" / "nearhand").symlink_to(nearhand, target_is_directory=True)
        (folder / "bundle.safetensors").write_bytes(bundle.data)
        asked: "dict[str, Any]" = {
            "bundle": str(folder / "bundle.safetensors"),
            "tier": "lite" if bundle.runs_on is None else "full",
            "k": k,
            "sessions": sessions.events,
            "start": _START_MS,
        }
        if bundle.model_data is not None:
            (folder / "model.safetensors").write_bytes(bundle.model_data)
            asked["model"] = str(folder / "model.safetensors")
        (folder / "asked.json").write_text(json.dumps(asked, ensure_ascii=False), encoding="utf-8")
        shutil.copy(Folder(__file__).with_name("slates.mjs"), folder)
        try:
            done = subprocess.run(
                [node, "slates.mjs", "asked.json"],
                cwd=folder,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            why = "Node gave no answer in time: give fewer sessions, or a longer timeout in seconds"
            raise Error(why, "io", {"option": "timeout", "value": f"{timeout:g}"}) from None
    try:
        found = json.loads(done.stdout)
    except ValueError:
        why = "Node ended without an answer: the package may be broken, or Node older than 20"
        raise Error(why, "io", {"status": str(done.returncode), "said": done.stderr.strip()[-500:]}) from None
    if "slates" not in found:
        raise Error(str(found["message"]), str(found["code"]), {"option": "runtime", "value": "wasm"})
    return [[str(item) for item in slate] for slate in found["slates"]]
