"""in-toto-attestation reads the statement in a manifest and finds it valid.

usage: in_toto_validates.py MANIFEST      exit 0: valid, 1: not, 77: not here
"""

import base64
import json
import sys

try:
    from google.protobuf import json_format
    from in_toto_attestation.v1 import statement_pb2
    from in_toto_attestation.v1.statement import Statement
except ImportError as error:
    print(error)
    sys.exit(77)

with open(sys.argv[1], "rb") as file:
    payload = base64.b64decode(json.loads(file.read())["payload"], validate=True)
try:
    statement = Statement.copy_from_pb(json_format.Parse(payload, statement_pb2.Statement()))
    statement.validate()
except (ValueError, json_format.ParseError) as error:
    sys.exit(f"rejected: {error}")
if statement.pb.predicate_type != "urn:genki:contribution:v1" or not statement.pb.subject:
    sys.exit("another predicate, or no subjects")
