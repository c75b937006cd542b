"""securesystemslib verifies the envelope of a manifest with the public key given.

usage: securesystemslib_verifies.py MANIFEST KEYID PUBLIC_HEX      exit 0: it holds, 1: it does not, 77: not here
"""

import json
import sys

try:
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey
    import cryptography  # noqa: F401  (what it verifies Ed25519 with)
except ImportError as error:
    print(error)
    sys.exit(77)

path, keyid, public = sys.argv[1:]
with open(path, "rb") as file:
    lines = file.read().splitlines()
if len(lines) != 1:
    sys.exit(f"{len(lines)} lines")
envelope = Envelope.from_dict(json.loads(lines[0]))
try:
    verified = envelope.verify([SSlibKey(keyid, "ed25519", "ed25519", {"public": public})], 1)
except VerificationError as error:
    sys.exit(f"rejected: {error}")
if list(verified) != [keyid]:
    sys.exit(f"verified by {list(verified)}")
