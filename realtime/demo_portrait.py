"""The portrait that is there when nobody brings one."""

import importlib.util
from pathlib import Path

from realtime.errors import InputError


def demo_portrait() -> Path:
    """A public-domain photograph (US Navy: Grace Hopper) that matplotlib ships.

    Raises:
        InputError: this matplotlib has no sample pictures.
    """
    package = importlib.util.find_spec("matplotlib")
    if package is not None and package.origin is not None:
        file = Path(package.origin).parent / "mpl-data" / "sample_data" / "grace_hopper.jpg"
        if file.is_file():
            return file
    raise InputError("the built-in portrait is missing (matplotlib's sample data); name a portrait")
