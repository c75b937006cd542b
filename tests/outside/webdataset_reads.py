"""webdataset reads a shard: its samples are the keys given, each with the extensions given, and nothing else.

usage: webdataset_reads.py SHARD EXTENSION,... KEY...      exit 0: so it is, 1: it is not, 77: webdataset is not here
"""

import sys

try:
    import webdataset
except ImportError as error:
    print(error)
    sys.exit(77)

shard, extensions, keys = sys.argv[1], sorted(sys.argv[2].split(",")), sys.argv[3:]
samples = list(webdataset.WebDataset(shard, shardshuffle=False, empty_check=False))
found = [sample["__key__"] for sample in samples]
if found != keys:
    sys.exit(f"samples {found}, expected {keys}")
for sample in samples:
    fields = sorted(name for name in sample if not name.startswith("__"))
    if fields != extensions:
        sys.exit(f"{sample['__key__']} has {fields}, expected {extensions}")
    if not all(isinstance(sample[name], bytes) and sample[name] for name in fields):
        sys.exit(f"{sample['__key__']} has a field without bytes")
