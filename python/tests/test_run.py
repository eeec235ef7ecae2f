"""Commands within Python: where they print, how they fail, and that other threads go on."""

import multiprocessing
import os
import signal
import threading

import pytest
from conftest import SMALL

import nearhand as nh


def test_a_command_prints_nothing_by_itself(root, capfd, program):
    text = nh.command(["inspect", str(root / "models/sample/sample.safetensors")])
    assert text == program("inspect", root / "models/sample/sample.safetensors")
    assert capfd.readouterr() == ("", "")


def test_a_command_line_that_is_none_does_not_end_python():
    for argv in (["inspekt"], ["inspect"], ["--help"], ["train", "--seed", "x"]):
        with pytest.raises(nh.Error) as error:
            nh.command(argv)
        assert error.value.code == "invalid-option" and "\\x" not in error.value.message
        assert "--help" in error.value.message or "Usage: nearhand" in error.value.message


def test_an_error_has_code_and_details(tmp_path):
    with pytest.raises(nh.Error) as error:
        nh.inspect(tmp_path / "no such file")
    assert (error.value.code, error.value.details["path"]) == ("io", str(tmp_path / "no such file"))
    assert issubclass(nh.Error, ValueError) and "[io] path=" in str(error.value)


def test_threads_take_turns_and_python_goes_on(root):
    path = str(root / "models/sample/sample.safetensors")
    want, found = nh.command(["inspect", path]), []
    threads = [threading.Thread(target=lambda: found.append(nh.command(["inspect", path]))) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert found == [want] * 4


def test_an_interrupt_from_the_keyboard_ends_a_command(sessions, capsys):
    """The signal comes while Rust runs: it is seen at the next line that is said, and the next command is none the wiser."""
    timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        nh.train(sessions * 20, **{**SMALL, "epochs": 500})
    timer.join()
    assert "train sessions=" in capsys.readouterr().out
    assert nh.train(sessions, progress=False, **SMALL)[1].trials


def inspected(path):
    return nh.command(["inspect", path])


@pytest.mark.parametrize("how", ["fork", "spawn"])
def test_processes_of_a_pool_run_commands(root, how):
    path = str(root / "models/sample/sample.safetensors")
    want = inspected(path)
    with multiprocessing.get_context(how).Pool(2) as pool:
        assert pool.map_async(inspected, [path] * 4).get(120) == [want] * 4


def test_a_command_within_a_command_is_refused(root):
    """By what hears the first one, and by a signal's handler that runs there: either would wait for what waits for it."""
    path, found = str(root / "models/sample/sample.safetensors"), []

    def call(*_):
        with pytest.raises(nh.Error) as error:
            inspected(path)
        found.append(error.value.code)

    before = signal.signal(signal.SIGUSR1, call)
    try:
        nh._nearhand.run(["inspect", path], call)
        direct = len(found)
        nh._nearhand.run(["inspect", path], lambda *_: os.kill(os.getpid(), signal.SIGUSR1))
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert 0 < direct < len(found) and set(found) == {"invalid-option"}


def test_a_child_forked_while_another_thread_runs_one_runs_commands(root):
    path, lines, end = str(root / "models/sample/sample.safetensors"), [], threading.Event()
    want = inspected(path)

    def hear(_text, _aside):
        # The command waits here, with its turn, until the child has ended.
        lines.append(1)
        end.wait(120)

    other = threading.Thread(target=nh._nearhand.run, args=(["inspect", path], hear))
    other.start()
    try:
        while not lines:
            other.join(0.01)
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(inspected, [path]).get(60) == want
    finally:
        end.set()
        other.join()


def test_the_package_is_typed_and_whole():
    import importlib.metadata
    import importlib.resources

    files = {path.name for path in importlib.resources.files("nearhand").iterdir()}
    assert {"py.typed", "_nearhand.pyi", "__init__.py"} <= files
    assert importlib.metadata.version("nearhand") == nh.__version__
    assert all(hasattr(nh, name) for name in nh.__all__)
    # All that Rust offers stands in the stubs, and nothing else.
    stubs = (importlib.resources.files("nearhand") / "_nearhand.pyi").read_text()
    for name in ("Engine", "Assessor", "Model", "Windows"):
        offered = {method for method in vars(getattr(nh._nearhand, name)) if not method.startswith("_")}
        stated = stubs.split(f"class {name}:")[1].split("\nclass ")[0]
        assert offered == {line.split("def ")[1].split("(")[0] for line in stated.splitlines() if "def " in line} - {"__new__"}, (
            name
        )
