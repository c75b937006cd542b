"""Pillow, pypng and OpenEXR decode every image of a shard to the pixels whose digest its receipts name.

usage: images_agree.py SHARD IMAGES      exit 0: they do, 1: they do not, 77: not here
"""

import hashlib
import io
import json
import struct
import sys
import tarfile
import tempfile

try:
    import numpy
    import OpenEXR
    import png as pypng
    from PIL import Image
except ImportError as error:
    print(error)
    sys.exit(77)


def png(data):
    # Pillow makes 8 bits of 16 where there are several channels.
    width, height, rows, info = pypng.Reader(bytes=data).read()
    if info["bitdepth"] == 16 and info["planes"] > 1:
        return numpy.array([list(row) for row in rows], dtype="<u2").reshape(height, width, info["planes"])
    image = Image.open(io.BytesIO(data))
    pixels = numpy.asarray(image)
    return pixels.astype("<u2") if image.mode.startswith("I") else pixels


def exr(data):
    with tempfile.NamedTemporaryFile(suffix=".exr") as file:
        file.write(data)
        file.flush()
        with OpenEXR.File(file.name, separate_channels=True) as image:
            channels = {name: channel.pixels for name, channel in image.channels().items()}
    order = [name for name in "RGBAXYZ" if name in channels]
    if sorted(order) != sorted(channels):
        sys.exit(f"channels {sorted(channels)}")
    return numpy.stack([channels[name] for name in order], axis=-1)


def digest(pixels):
    height, width = pixels.shape[:2]
    n_channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    header = b"genki/pixels/v1\0" + struct.pack("<3I", width, height, n_channels) + pixels.dtype.name.encode() + b"\0"
    little_endian = pixels.astype(pixels.dtype.newbyteorder("<"))
    return hashlib.sha256(header + little_endian.tobytes()).hexdigest()


count = 0
with tarfile.open(sys.argv[1]) as archive:
    for line in archive.extractfile("__receipts__").read().splitlines():
        for output in json.loads(line)["outputs"]:
            if "pixels" not in output:
                continue
            data = archive.extractfile(output["name"]).read()
            try:
                pixels = (png if output["name"].endswith(".png") else exr)(data)
            except (OSError, RuntimeError, SyntaxError, ValueError) as error:
                sys.exit(f"{output['name']}: {error}")
            if digest(pixels) != output["pixels"]:
                sys.exit(f"{output['name']}: other pixels ({pixels.shape}, {pixels.dtype})")
            count += 1
if count != int(sys.argv[2]):
    sys.exit(f"{count} images, expected {sys.argv[2]}")
