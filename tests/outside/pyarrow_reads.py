"""pyarrow reads an index, whose rows lead to the members of their views in the shards.

usage: pyarrow_reads.py DIR ROWS MEMBERS_PER_VIEW      exit 0: they do, 1: they do not, 77: not here
"""

import io
import json
import sys
import tarfile
from pathlib import Path

try:
    import pyarrow
    import pyarrow.parquet
except ImportError as error:
    print(error)
    sys.exit(77)

folder, n_rows, n_members = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
try:
    rows = pyarrow.parquet.read_table(folder / "index.parquet").to_pylist()
except pyarrow.ArrowException as error:
    sys.exit(f"rejected: {error}")
if len(rows) != n_rows:
    sys.exit(f"{len(rows)} rows, expected {n_rows}")
for row in rows:
    shard = (folder / "shards" / f"{row['shard']}.tar").read_bytes()
    piece = shard[row["offset"] : row["offset"] + row["size"]] + bytes(1024)
    with tarfile.open(fileobj=io.BytesIO(piece)) as archive:
        names = archive.getnames()
        if len(names) != n_members or not all(name.startswith(row["key"] + ".") for name in names):
            sys.exit(f"{row['key']} leads to {names}")
        record = json.load(archive.extractfile(f"{row['key']}.json"))
    if [sum(record["K"], []), sum(record["cam2world"], [])] != [row["K"], row["cam2world"]]:
        sys.exit(f"{row['key']}: another camera")
    if json.loads(row["drawn"]) != record["drawn"] or row["coverage"] != record["coverage"]:
        sys.exit(f"{row['key']}: other values")
    if row["assets"] != [o["asset"]["sha256"] for o in record["objects"]] or row["licenses"] != ["CC0-1.0"]:
        sys.exit(f"{row['key']}: other assets")
