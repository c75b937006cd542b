"""The loader in the README reads a shard as what its layers are: ids of 16 bits, colours with alpha, depths in float32.

usage: readme_loads.py README SHARD VIEWS      exit 0: it does, 1: it does not, 77: not here
"""

import re
import sys

try:
    import numpy
    import OpenEXR  # noqa: F401
    import png  # noqa: F401
    import webdataset  # noqa: F401
    from PIL import Image  # noqa: F401
except ImportError as error:
    print(error)
    sys.exit(77)

readme, shard, views = sys.argv[1:]
text = open(readme, encoding="utf-8").read()
[loader] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
loader, replaced = re.subn(r'"out/[^"]*\.tar"', repr(shard), loader)
if replaced != 1:
    sys.exit("the README's loader names no shard")
printed = []
names = {"print": lambda *words: printed.append(words)}
exec(compile(loader, readme, "exec"), names)
if len(printed) != int(views):
    sys.exit(f"{len(printed)} views, not {views}")
last = names["view"]
found = {layer: (last[layer].dtype.name, last[layer].ndim) for layer in ("rgb.png", "instance.png", "depth.exr")}
if found != {"rgb.png": ("uint8", 3), "instance.png": ("uint16", 2), "depth.exr": ("float32", 2)}:
    sys.exit(f"{found}")
if last["rgb.png"].shape[2] != 4 or not numpy.isfinite(names["points"]).all():
    sys.exit(f"{last['rgb.png'].shape}, {names['points']}")
