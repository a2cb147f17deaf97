"""The command as a user calls it."""

import pytest

from realtime.cli import main


def run(*arguments: str) -> int:
    """Run `mimicam` with these arguments, in this process; its exit code."""
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    code = exit_.value.code
    assert isinstance(code, int)
    return code
