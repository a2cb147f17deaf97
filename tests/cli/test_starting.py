import pytest

from realtime.cli.starting import starting
from realtime.errors import DeviceError


def test_a_missing_system_library_is_a_word_to_the_user() -> None:
    message = "libGL.so.1: cannot open shared object file: No such file or directory"
    with pytest.raises(DeviceError, match=r"\(libGL\.so\.1: .*\): `mimicam doctor`"), starting():
        raise ImportError(message)


def test_any_other_import_that_fails_keeps_its_traceback() -> None:
    with pytest.raises(ImportError, match="cannot import name"), starting():
        raise ImportError("cannot import name 'run' from 'realtime.pipeline'")
