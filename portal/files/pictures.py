"""Pictures drawn anew, point by point, so that nothing else that was in the file is left. Works apart: see kernel/apart.

Where it was taken, by what, when, of what it was a part, what was hidden behind it: all of that goes, and which way up it
is held is put into the points themselves. Of a photograph with more points than are kept every second or fourth is.
"""

from collections.abc import Mapping
from typing import Any, BinaryIO

from PIL import Image

BYTES = 44_000_000
"""Of points, of what a decoder keeps beside them, and twice the file, which is read and written: with the process that
does it, 64 MiB in all."""
LEAST = 1_000_000
"""With fewer points than these a photograph is refused rather than made smaller: nobody could read what is on it."""
PREVIEW = (480, 480)
_WAYS_UP = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112
_EACH = {"1": 1, "L": 1, "P": 1, "I;16": 2}
"""Bytes of a point; four in any other mode."""
_BESIDE = {"WEBP": 12}
"""Bytes that a decoder of the format has for each point beside the points themselves."""


class _Not(Exception):
    """Why a picture is not taken."""


def work(source: BinaryIO, out: BinaryIO) -> Mapping[str, Any]:
    """Writes the picture anew, and a small one behind it; says what it has become, or ``no`` and why not."""
    # How many points there may be is reckoned below, before any is read.
    Image.MAX_IMAGE_PIXELS = None
    try:
        return _drawn(source, out)
    except _Not as why:
        return {"no": str(why)}
    except MemoryError:
        return {"no": "points"}
    except Exception:
        # What is broken breaks its decoder in many ways: none of them is ours.
        return {"no": "broken"}


def _drawn(source: BinaryIO, out: BinaryIO) -> Mapping[str, Any]:
    room = BYTES - 2 * source.seek(0, 2)
    image: Image.Image = Image.open(source, formats=("JPEG", "PNG", "WEBP"))
    was = image.format
    if was != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise _Not("animated")
    # Of a PNG which way up it is may stand behind its points.
    turn = None if was == "PNG" else _turn_of(image)
    _reckon(image, room, turned=turn is not None)
    image.load()
    if was == "PNG" and (turn := _turn_of(image)) is not None:
        _reckon(image, room, turned=True)
    # What is written of a picture beside its points would be taken over by whatever saves it.
    image.info = {name: value for name, value in image.info.items() if name == "transparency" and was == "PNG"}
    if turn is not None:
        image = image.transpose(turn)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return _saved(image, "jpeg" if was != "PNG" and image.mode in ("L", "RGB") else "png", out)


def _turn_of(image: Image.Image) -> Image.Transpose | None:
    try:
        return _WAYS_UP.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        # Whatever is wrong with what stands beside a picture, its points may be whole.
        return None


def _reckon(image: Image.Image, room: int, *, turned: bool) -> None:
    """Sees to it that the points find room: a JPEG's decoder can leave out points as it reads, no other can."""
    copies = 2 if turned or image.mode == "CMYK" else 1
    each = _EACH.get(image.mode, 4) * copies + _BESIDE.get(image.format or "", 0)
    if image.format not in ("JPEG", "MPO"):
        if image.width * image.height * each > room:
            raise _Not("points")
        return
    left = room - _kept_whole(image)
    for part in (1, 2, 4, 8):
        points = -(-image.width // part) * -(-image.height // part)
        if points * each <= left and (part == 1 or points >= LEAST):
            image.draft(None, (image.width // part, image.height // part))
            return
    raise _Not("points")


def _kept_whole(image: Image.Image) -> int:
    """What the decoder of a progressive JPEG keeps of all points, however few of them are wanted."""
    if not image.info.get("progressive"):
        return 0
    layers = [(across, down) for _, across, down, *_ in getattr(image, "layer", [])]
    most = max((across for across, _ in layers), default=1) * max((down for _, down in layers), default=1)
    return 2 * image.width * image.height * sum(int(across * down) for across, down in layers) // int(most)


def _saved(image: Image.Image, kind: str, out: BinaryIO) -> Mapping[str, Any]:
    if kind == "jpeg":
        image.save(out, "JPEG", quality=90)
    else:
        image.save(out, "PNG", compress_level=2)
    size = out.seek(0, 2)
    _small(image).save(out, "JPEG", quality=80)
    return {"kind": kind, "size": size, "preview": out.seek(0, 2) - size, "across": image.width, "down": image.height}


def _small(image: Image.Image) -> Image.Image:
    """The picture made small, on white where one could see through it."""
    if image.mode not in ("L", "RGB", "RGBA", "LA"):
        # These have no points between two others: they are picked first, which needs no room.
        share = max(1.0, image.width / PREVIEW[0] / 2, image.height / PREVIEW[1] / 2)
        size = max(1, int(image.width / share)), max(1, int(image.height / share))
        image = image.resize(size, Image.Resampling.NEAREST)
        image = image.convert("L") if image.mode.startswith("I") else image.convert("RGBA")
    else:
        image = image.reduce(max(1, image.width // PREVIEW[0] // 2, image.height // PREVIEW[1] // 2))
    image.thumbnail(PREVIEW)
    if image.mode in ("RGBA", "LA"):
        seen_through = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(seen_through, mask=seen_through)
    return image
