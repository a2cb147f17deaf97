from collections.abc import Callable

import pytest

from realtime.avatar import Avatar
from realtime.capture import cameras
from tests.faults.show import Show
from tests.faults.table import DOCUMENT, FAULTS, Row, rows_in, with_table

_ROWS = pytest.StashKey[dict[str, Row]]()

Tell = Callable[..., None]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--reliability",
        action="store_true",
        help="write what the tests saw into docs/reliability.md instead of comparing it",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    rows = session.config.stash[_ROWS]
    if session.config.getoption("reliability", False) and rows.keys() == set(FAULTS):
        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(with_table(text, rows), encoding="utf-8")


@pytest.fixture
def show(
    avatar: Avatar, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Show:
    """A run that nothing has broken yet."""
    monkeypatch.setattr(cameras, "_SYSFS", tmp_path_factory.mktemp("no cameras"))
    height, width = avatar.portrait.canvas.shape[:2]
    return Show(avatar.face, avatar.mesh, (width, height))


@pytest.fixture
def tell(pytestconfig: pytest.Config) -> Tell:
    """Puts a fault's row on record: compared with the document, or kept to be written there."""
    rows = pytestconfig.stash[_ROWS]

    def tell(fault: str, seen: str, normal: str, logged: str) -> None:
        row = Row(fault, seen, normal, logged or "nothing")
        assert fault in FAULTS
        rows[fault] = row
        if not pytestconfig.getoption("reliability", False):
            written = rows_in(DOCUMENT.read_text(encoding="utf-8"))
            assert written.get(fault) == str(row), "run pytest tests/faults --reliability"

    return tell
