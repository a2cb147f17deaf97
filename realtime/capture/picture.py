"""Pictures from files: portraits, and the frames of an image folder."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from realtime.errors import InputError
from realtime.types import RGB

_MAX_SIDE_PX = 16_384
_MAX_PIXELS = 80_000_000  # below Pillow's own alarm, so that it never speaks first
_BEHIND_ALPHA = (128, 128, 128, 255)  # mid-grey: shows dark hair and white collars alike

# Named, because Pillow's list also holds formats that run other programs (EPS).
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF")

_QUARTER_TURNED = range(5, 9)  # EXIF orientations that swap width and height

# Pillow's decoders have no common error: these are what damaged files raise.
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error)


def read_picture(path: Path) -> RGB:
    """The picture in a file, upright as its EXIF says, in 8 bits a channel.

    Transparent parts are laid over mid-grey; of an animation the first picture is taken.

    Raises:
        InputError: no such file, not a picture, damaged, or too large (told before decoding).
    """
    with _opened(path) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            return _from_16_bits(upright)
        if upright.mode == "F":
            raise InputError(f"{path} holds floating-point pixels: save it with 8 or 16 bits first")
        if upright.has_transparency_data:
            layer = upright.convert("RGBA")
            upright = Image.alpha_composite(Image.new("RGBA", layer.size, _BEHIND_ALPHA), layer)
        return np.array(upright.convert("RGB"))


def read_picture_size(path: Path) -> tuple[int, int]:
    """Width and height that `read_picture` will give, without decoding; raises as it does."""
    with _opened(path) as image:
        width, height = image.size
        turned = image.getexif().get(ExifTags.Base.Orientation) in _QUARTER_TURNED
        return (height, width) if turned else (width, height)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    """The file, opened and of a bearable size; errors of opening and decoding as InputError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what matters is raised; the rest is Pillow's chatter
            Image.init()  # naming a format whose plug-in is not loaded yet is a KeyError
            with Image.open(path, formats=_FORMATS) as image:
                _check_size(path, image.size)
                yield image
    except FileNotFoundError as error:
        raise InputError(f"no picture at {path}: check the path") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder: give a picture file") from error
    except PermissionError as error:
        raise InputError(f"{path} may not be read: check its permissions") from error
    except Image.DecompressionBombError as error:
        raise InputError(f"{path} is far too large: {_LIMIT}") from error
    except UnidentifiedImageError as error:
        what = "is not a picture" if path.stat().st_size else "is empty (0 bytes)"
        raise InputError(f"{path} {what}: give a JPEG, PNG, WebP, TIFF, BMP or GIF") from error
    except _DAMAGED as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is damaged ({reason}): use another copy of it") from error


_LIMIT = (
    f"make it smaller, at most {_MAX_SIDE_PX} pixels a side "
    f"and {_MAX_PIXELS // 1_000_000} megapixels in all"
)


def _check_size(path: Path, size: tuple[int, int]) -> None:
    width, height = size
    if max(size) > _MAX_SIDE_PX or width * height > _MAX_PIXELS:
        raise InputError(f"{path} is too large ({width} x {height} pixels): {_LIMIT}")


def _from_16_bits(image: Image.Image) -> RGB:
    deep = np.asarray(image).astype(np.int64).clip(0, 65_535)
    grey = ((deep + 128) // 257).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
