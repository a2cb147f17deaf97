"""The file below a fragmented MP4: what is whole in it survives a full disk.

A muxer must not go on after a failed write: its closing words would overwrite what was good. So
the first failure ends this file, cuts it back to its last whole fragment, and whatever the muxer
still says is let fall.
"""

import struct
from io import FileIO
from pathlib import Path


class FragmentFile:
    """A seekable binary file as PyAV wants it."""

    def __init__(self, path: Path) -> None:
        """Create or replace the file.

        Raises:
            OSError: the system's own reason.
        """
        self._path = path
        self._file = FileIO(path, "wb")
        self._abandoned = False

    def write(self, data: bytes) -> int:
        """Write all of it, or end the file and raise the OSError."""
        if self._abandoned:
            return len(data)
        left = memoryview(data)
        try:
            while left:
                # A nearly full disk takes less than it is given, once, before it refuses.
                left = left[self._file.write(left) :]
        except OSError:
            self.abandon()
            raise
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move; nowhere once the file is abandoned."""
        return offset if self._abandoned else self._file.seek(offset, whence)

    def tell(self) -> int:
        """Position in bytes."""
        return 0 if self._abandoned else self._file.tell()

    def abandon(self) -> None:
        """End the file at its last whole fragment; without any, remove it."""
        if self._abandoned:
            return
        self._abandoned = True
        self._file.close()
        end = _end_of_last_fragment(self._path)
        if end:
            with self._path.open("r+b") as file:
                file.truncate(end)
        else:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file; nothing more to do once it is abandoned."""
        self._file.close()


def _end_of_last_fragment(path: Path) -> int:
    """Where the last complete media box of an MP4 ends, in bytes; 0 when there is none."""
    size, start, end = path.stat().st_size, 0, 0
    with path.open("rb") as file:
        while start + 8 <= size:
            file.seek(start)
            length, kind = struct.unpack(">I4s", file.read(8))
            if length < 8 or start + length > size:
                break
            start += length
            if kind == b"mdat":
                end = start
    return end
