import os
from collections.abc import Callable
from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_LIMIT_S = 300
_FIGURES = pytest.StashKey[list[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """These tests pull cameras out, and want drivers that few machines have."""
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.device)
            item.add_marker(pytest.mark.timeout(_LIMIT_S))
            if "MIMICAM_GUEST" not in os.environ:
                reason = "runs in the virtual machine of `python -m tests.devices`"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def least_rate() -> float:
    """The share of its nominal rate that is asked for; an emulated processor is a slow one."""
    return 0.2 if os.environ["MIMICAM_GUEST"] == "tcg" else 0.9


@pytest.fixture
def note(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Keeps a figure for the end of the report."""
    return pytestconfig.stash.setdefault(_FIGURES, []).append


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    figures = config.stash.get(_FIGURES, [])
    if figures:
        terminalreporter.section("figures")
    for figure in figures:
        terminalreporter.line(figure)
