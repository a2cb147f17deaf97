"""The few errors that a user can meet.

A message says what failed, where, and what to do next, in one line. `realtime.cli` prints it and
exits with code 2; anything that is not a `MimicamError` is a bug and keeps its traceback.
"""


class MimicamError(Exception):
    """Base of every failure that is the input's or the machine's, not the program's."""


class InputError(MimicamError):
    """A file, folder, option or configuration that cannot be used."""


class DeviceError(MimicamError):
    """A camera, virtual camera, display or accelerator that is missing, busy or broken."""


class ModelError(MimicamError):
    """A model file that is missing, damaged or cannot be had."""


class OutputError(MimicamError):
    """A result that cannot be written."""
