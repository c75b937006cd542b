"""Vectors for tests/draws.rs, computed from the description of draws alone (src/plan/draw.rs, value.rs, pick.rs).

Nothing here is shared with the Rust code: hashlib, math, and statistics.NormalDist of Python's standard library.
Run `python3 golden.py > golden.json` when the description changes.
"""
import hashlib
import json
import math
import struct
from statistics import NormalDist

NONE = 0xFFFFFFFF


def numbers(seed, variation, attempt, view, path):
    """The endless list of 32-bit numbers of one value."""
    block = 0
    while True:
        message = b"genki/draw/v1\0" + struct.pack(">QQIII", seed, variation, attempt, view, NONE)
        message += struct.pack(">I", len(path.encode())) + path.encode() + struct.pack(">I", block)
        yield from struct.unpack(">8I", hashlib.sha256(message).digest())
        block += 1


def unit(stream):
    return (next(stream) >> 8) * 2.0**-24


def below(stream, n):
    wide = n > 2**32
    limit = (2**64 if wide else 2**32) // n * n
    while True:
        x = next(stream) << 32 | next(stream) if wide else next(stream)
        if x < limit:
            return x % n


def weighted(stream, weights):
    x, total, so_far = next(stream), sum(weights), 0.0
    for i, weight in enumerate(weights):
        so_far += weight
        if x < math.floor(2**32 * (so_far / total)):
            return i
    return len(weights) - 1


def cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def value(key, path, number):
    stream = numbers(*key, path)
    if not isinstance(number, dict):
        return number
    (kind, spec), = number.items()
    if kind == "uniform":
        return spec[0] + (spec[1] - spec[0]) * unit(stream)
    if kind == "uniform_int":
        return spec[0] + below(stream, spec[1] - spec[0] + 1)
    if kind == "log_uniform":
        a, b = math.log(spec[0]), math.log(spec[1])
        return math.exp(a + (b - a) * unit(stream))
    if kind == "normal":
        low = cdf((spec["min"] - spec["mean"]) / spec["std"]) if "min" in spec else 0.0
        high = cdf((spec["max"] - spec["mean"]) / spec["std"]) if "max" in spec else 1.0
        u = unit(stream) + 2.0**-25
        return spec["mean"] + spec["std"] * NormalDist().inv_cdf(low + u * (high - low))
    if kind == "choice":
        i = below(stream, len(spec))
        return value(key, f"{path}[{i}]", spec[i])
    if kind == "weighted":
        i = weighted(stream, [w for _, w in spec])
        return value(key, f"{path}[{i}]", spec[i][0])
    raise ValueError(kind)


def bits(x):
    return "f32:" + struct.pack(">f", x).hex()


def quaternion(key, path):
    stream = numbers(*key, path)
    u0, u1, u2 = unit(stream), unit(stream), unit(stream)
    a, b = 2 * math.pi * u1, 2 * math.pi * u2
    return [math.sqrt(1 - u0) * math.sin(a), math.sqrt(1 - u0) * math.cos(a), math.sqrt(u0) * math.sin(b), math.sqrt(u0) * math.cos(b)]


def shuffled(seed, path, place, n):
    key = (seed, place // n, 0, NONE)
    if n <= 256:
        order, stream = list(range(n)), numbers(*key, path)
        for i in range(n - 1, 0, -1):
            j = below(stream, i + 1)
            order[i], order[j] = order[j], order[i]
        return order[place % n]
    stream = numbers(*key, path)
    block = b"".join(struct.pack(">I", next(stream)) for _ in range(8))
    h = 1
    while 4**h < n:
        h += 1
    x, mask = place % n, 2**h - 1
    while True:
        left, right = x >> h, x & mask
        for r in range(8):
            f = hashlib.sha256(block + bytes([r]) + struct.pack(">I", right)).digest()[:4]
            left, right = right, left ^ (int.from_bytes(f, "big") & mask)
        x = left << h | right
        if x < n:
            return x


NUMBERS = [
    {"uniform": [0.8, 1.25]},
    {"uniform": [-180, 180]},
    {"uniform_int": [0, 6]},
    {"uniform_int": [-3000000000, 3000000000]},
    {"log_uniform": [0.01, 100]},
    {"normal": {"mean": 0, "std": 12}},
    {"normal": {"mean": 1, "std": 0.5, "min": 0.5, "max": 1.25}},
    {"choice": [1, 2.5, {"uniform": [10, 20]}]},
    {"weighted": [[1, 1], [{"normal": {"mean": 5, "std": 1}}, 2.5], [{"choice": [7, {"uniform": [8, 9]}]}, 0.7]]},
]
KEYS = [(0, 0, 0, NONE), (7, 42, 0, NONE), (7, 42, 3, NONE), (7, 42, 0, 5), (2**64 - 1, 10**9, 1, NONE)]


def main():
    values = []
    for key in KEYS:
        for path in ["objects.hero.scale", "cameras.größer.fov_deg"]:
            for number in NUMBERS:
                x = value(key, path, number)
                drawn = f"i64:{x}" if "uniform_int" in number else bits(x)
                values.append({"key": [str(k) for k in key], "path": path, "number": number, "drawn": drawn})
    rotations = [{"key": [str(k) for k in key], "path": "objects.hero.rotation",
                  "drawn": [bits(x) for x in quaternion(key, "objects.hero.rotation")]}
                 for key in KEYS if key[3] == NONE]
    shuffles = [{"seed": str(seed), "n": n, "places": [str(p) for p in places],
                 "order": [shuffled(seed, "objects.hero.from", p, n) for p in places]}
                for seed, n, places in [(7, 5, range(12)), (7, 256, range(250, 262)), (7, 257, range(250, 262)),
                                        (9, 5000, range(10**9, 10**9 + 12))]]
    print(json.dumps({"values": values, "rotations": rotations, "shuffles": shuffles}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
