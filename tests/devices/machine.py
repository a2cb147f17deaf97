"""A virtual machine with Debian's own kernel, a webcam driver, and this machine's files.

Its kernel, modules and QEMU are packages of this machine; its root is this machine's, which it
cannot write, so that it runs the very Python, packages and checkout that are here.
"""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

PACKAGES = {
    "qemu-system-x86_64": "qemu-system-x86",
    "busybox": "busybox-static",
    "cpio": "cpio",
    "modprobe": "kmod",
    "v4l2-ctl": "v4l-utils",
    "ffmpeg": "ffmpeg",
}
"""Debian's package by the program that is needed."""

KERNEL_PACKAGES = "linux-image-amd64 linux-headers-amd64 v4l2loopback-dkms"

_ROOT_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay")
_DEVICE_MODULES = ("vivid", "v4l2loopback")
_GIVES_UP_S = 20.0
_HERE = Path(__file__).parent
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Not every user's path holds modprobe."""


class Missing(Exception):  # noqa: N818 - a reason to skip, not an error
    """Something that the machine is built from is not here; says what brings it."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A kernel that is installed here."""

    release: str

    @property
    def image(self) -> Path:
        return Path("/boot") / f"vmlinuz-{self.release}"

    def files(self, *modules: str) -> list[Path]:
        """The modules and all that they need, in the order of loading; empty if one is missing."""
        found: list[Path] = []
        for module in modules:
            listed = _run("modprobe", "-S", self.release, "--show-depends", module)
            if listed is None:
                return []
            lines = (line.split() for line in listed.splitlines())
            found += [Path(words[1]) for words in lines if words[0] == "insmod"]
        return list(dict.fromkeys(found))


def find_kernel() -> Kernel:
    """The newest kernel here that has both drivers.

    Raises:
        Missing: a program, or such a kernel.
    """
    absent = [package for name, package in PACKAGES.items() if _which(name) is None]
    if absent:
        raise Missing(f"sudo apt-get install {' '.join(absent)} {KERNEL_PACKAGES}")
    for folder in sorted(Path("/lib/modules").glob("*"), reverse=True):
        kernel = Kernel(folder.name)
        if os.access(kernel.image, os.R_OK) and kernel.files(*_ROOT_MODULES, *_DEVICE_MODULES):
            return kernel
    raise Missing(f"no kernel with {_DEVICE_MODULES}: sudo apt-get install {KERNEL_PACKAGES}")


def write_memory_disk(
    kernel: Kernel, folder: Path, accelerator: str, pytest_options: Sequence[str]
) -> Path:
    """Put what the kernel starts with into `folder`; the file that QEMU wants."""
    root = folder / "memory-disk"
    for place in ("bin", "modules", "proc", "sys", "dev", "host", "memory", "root"):
        (root / place).mkdir(parents=True)
    shutil.copy(_which("busybox") or "", root / "bin" / "busybox")
    modules = kernel.files(*_ROOT_MODULES)
    for module in modules:
        shutil.copy(module, root / "modules")
    names = " ".join(module.name for module in modules)
    said = {
        "REPOSITORY": str(Path.cwd()),
        "PYTHON": sys.executable,
        "PYTEST_OPTIONS": shlex.join(pytest_options),
        "ACCELERATOR": accelerator,
    }
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in said.items())
    init = root / "init"
    init.write_text(
        f"#!/bin/busybox sh\nexport {exports}\nMODULES='{names}'\n"
        + (_HERE / "init.sh").read_text()
    )
    init.chmod(0o755)
    contents = "\n".join(str(path.relative_to(root)) for path in _walk(root))
    archive = subprocess.run(
        [_which("cpio") or "", "-o", "-H", "newc", "--quiet"],
        cwd=root,
        input=contents.encode(),
        capture_output=True,
        check=True,
    )
    disk = folder / "memory-disk.cpio"
    disk.write_bytes(archive.stdout)
    return disk


def best_accelerator(kernel: Kernel) -> str:
    """`kvm` where the processor itself can run the machine, else `tcg`, which emulates one."""
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    # Inside another virtual machine the device may be there and a guest never start, or QEMU die
    # of it. Without a memory disk the kernel gives up at once.
    try:
        tried = subprocess.run(
            _qemu(kernel, "kvm"), timeout=_GIVES_UP_S, check=False, capture_output=True
        )
    except subprocess.TimeoutExpired:
        return "tcg"
    return "tcg" if tried.returncode else "kvm"


def boot(kernel: Kernel, memory_disk: Path, accelerator: str, limit_s: float) -> int | None:
    """Run the machine to its end; the exit code of its tests, None if it did not get there.

    What the tests print goes to standard output. `accelerator` is QEMU's name of one.
    """
    command = [
        *(*_qemu(kernel, accelerator), "-serial", "stdio", "-initrd", str(memory_disk)),
        *("-virtfs", _SHARED_ROOT, "-device", "virtio-rng-pci"),
        *("-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"),
    ]
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=limit_s, check=False)
    except subprocess.TimeoutExpired:
        return None
    return ended.returncode // 2 if ended.returncode % 2 else None


def _qemu(kernel: Kernel, accelerator: str) -> list[str]:
    return [
        *("nice", "-n", "10", "qemu-system-x86_64", "-M", "q35", "-accel", accelerator),
        *("-cpu", "max", "-smp", "1", "-m", "3G", "-nodefaults", "-display", "none"),
        *("-no-reboot", "-kernel", str(kernel.image)),
        *("-append", "console=ttyS0 loglevel=2 panic=-1 mitigations=off"),
    ]


_SHARED_ROOT = "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap,id=root"


def _walk(root: Path) -> Iterator[Path]:
    yield from sorted(root.rglob("*"))


def _which(name: str) -> str | None:
    return shutil.which(name, path=_PATH)


def _run(name: str, *arguments: str) -> str | None:
    """What a program prints, None if it fails."""
    done = subprocess.run(
        [_which(name) or name, *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else None
