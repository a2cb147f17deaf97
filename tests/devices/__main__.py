"""`python -m tests.devices`: the device tests, in a virtual machine that has the devices.

Arguments go to pytest: `python -m tests.devices -k unplug`.
"""

import sys
import tempfile
from pathlib import Path

from tests.devices.machine import Missing, best_accelerator, boot, find_kernel, write_memory_disk

LIMIT_S = 1500.0


def main() -> int:
    """Exit code of the tests; 0 where the machine cannot be built."""
    try:
        kernel = find_kernel()
    except Missing as missing:
        sys.stdout.write(f"skipped, a virtual machine cannot be built here: {missing}\n")
        return 0
    accelerator = best_accelerator(kernel)
    sys.stdout.write(f"booting Linux {kernel.release} with QEMU, {accelerator}\n")
    sys.stdout.flush()
    with tempfile.TemporaryDirectory() as folder:
        disk = write_memory_disk(kernel, Path(folder), accelerator, sys.argv[1:])
        code = boot(kernel, disk, accelerator, LIMIT_S)
    if code is None:
        sys.stdout.write(f"the machine ended, or {LIMIT_S} s did, before its tests\n")
        return 1
    return code


if __name__ == "__main__":
    sys.exit(main())
