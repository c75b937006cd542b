"""pymerkle computes the root given over the lines of a receipts file.

usage: pymerkle_agrees.py RECEIPTS ROOT_HEX      exit 0: it does, 1: it computes another, 77: not here
"""

import sys

try:
    from pymerkle import InmemoryTree
except ImportError as error:
    print(error)
    sys.exit(77)

tree = InmemoryTree(algorithm="sha256")
with open(sys.argv[1], "rb") as file:
    for line in file.read().splitlines():
        tree.append_entry(line)
root = tree.get_state().hex()
if root != sys.argv[2]:
    sys.exit(f"root {root}, expected {sys.argv[2]}")
