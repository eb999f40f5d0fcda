#!/usr/bin/env python3
"""Documents as no two servers write them, and what Python's json reads of them: the measure for the library's
reading, which takes what Python takes, and besides U+FFFD for bytes that are no text.

    reference.py make SEED COUNT      a document a line, in hexadecimal
    reference.py judge DOCUMENTS READ the documents, and what was read of each: a line of JSON, or -
"""

import json
import random
import sys

WORDS = ["_id", "status", "data", "result", "a cat", "😀", "é", "\0", "\n", "\u2028", "猫", '"', "\\", "/", ""]
NUMBERS = ["0", "-0", "7", "-12.5", "1e5", "1E-400", "1e400", "-1e999999999999999999999", "9223372036854775807",
           "9223372036854775808", "-9223372036854775809", "9" * 60, "0.1", "1.0e+2", "NaN", "Infinity", "-Infinity"]
SCRAPS = [b"NaN", b"-Infinity", b"1e999", b"\\ud83d", b"\\ude00", b"\\u0000", b"\\u12", b"\\x", b"\x01", b"\0", b"\xff",
          b"\xed\xa0\x80", b"\xf0\x9f\x98", b"\xe2\x82", b"\xef\xbb\xbf", b"9" * 30, b"01", b"-", b".5", b"1.", b'"', b"{",
          b"]", b",", b":", b" ", b"+1", b"nul", b"//", b"\\", b"tru", b"\xc0\xaf", b"\xf4\x90\x80\x80"]
ENCODINGS = ["utf-8"] * 12 + ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


def text(chance: random.Random) -> str:
    """A text, each character as it is or as an escape; half characters among them."""
    spelled = []
    for letter in "".join(chance.choices(WORDS, k=chance.randrange(4))):
        must = letter in '"\\' or ord(letter) < 32
        units = letter.encode("utf-16-be")
        escapes = [f"\\u{units[at] << 8 | units[at + 1]:04{chance.choice('xX')}}" for at in range(0, len(units), 2)]
        if must or chance.random() < 0.3:
            chance.random() < 0.1 and chance.shuffle(escapes)
            spelled += escapes[: 1 if chance.random() < 0.1 else 2]
        else:
            spelled.append(letter)
    return '"' + "".join(spelled) + '"'


def value(chance: random.Random, depth: int = 0) -> str:
    kind = chance.random()
    if depth < 5 and kind < 0.3:
        gap = chance.choice(["", " ", "\n\t"])
        members = (text(chance) + gap + ":" + value(chance, depth + 1) for _ in range(chance.randrange(5)))
        return "{" + gap + ("," + gap).join(members) + "}"
    if depth < 5 and kind < 0.5:
        return "[" + ", ".join(value(chance, depth + 1) for _ in range(chance.randrange(5))) + "]"
    if kind < 0.7:
        return text(chance)
    return chance.choice(NUMBERS) if kind < 0.9 else chance.choice(["true", "false", "null"])


def document(chance: random.Random) -> bytes:
    made = value(chance).encode(chance.choice(ENCODINGS), "surrogatepass")
    for _ in range(chance.choice([0, 0, 1, 1, 2, 4])):
        start = chance.randrange(len(made) + 1)
        end = min(len(made), start + chance.choice([0, 0, 1, 2]))
        made = made[:start] + (chance.choice(SCRAPS) if chance.random() < 0.8 else b"") + made[end:]
    return made


def tidy(read: str, is_name: bool = False) -> str:
    """As the library keeps texts: valid UTF-8, and no NUL in names."""
    whole = read.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\ufffd") if is_name else whole


def tidied(read):
    if isinstance(read, str):
        return tidy(read)
    return [tidied(item) for item in read] if isinstance(read, list) else read


def integer(digits: str):
    return int(digits) if len(digits) < 30 and -(2**63) <= int(digits) < 2**63 else digits


def real(digits: str):
    return digits if abs(float(digits)) == float("inf") else float(digits)


def reference(made: bytes):
    """What Python reads; raises ValueError where it reads nothing."""
    whole = made.decode(json.detect_encoding(made), "replace")
    return tidied(
        json.JSONDecoder(
            strict=False,
            parse_int=integer,
            parse_float=real,
            parse_constant=lambda _: None,
            object_pairs_hook=lambda pairs: {tidy(name, True): tidied(item) for name, item in pairs},
        ).decode(whole)
    )


def same(one, other) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return repr(one) == repr(other)


def judge(documents: str, read: str) -> int:
    made = [bytes.fromhex(line) for line in open(documents, encoding="ascii").read().split("\n")]
    lines = open(read, encoding="utf-8").read().split("\n")
    assert len(made) == len(lines)
    readable = plain = bad = 0
    for one, line in zip(made, lines):
        try:
            wanted, is_read = reference(one), True
        except ValueError:
            wanted, is_read = None, False
        readable += is_read
        try:
            json.loads(one)
            plain += 1
        except ValueError:
            pass
        if is_read != (line != "-") or (is_read and not same(json.loads(line), wanted)):
            bad += 1
            if bad < 10:
                print(f"{one!r}\n  Python: {wanted if is_read else 'refused'!r}\n  read:   {line[:200]}")
    print(f"{len(made)} documents, {readable} readable, {plain} of them by Python as it is; {bad} read differently")
    return 1 if bad or readable < len(made) // 5 or readable > len(made) * 4 // 5 or plain == readable else 0


def main() -> int:
    if sys.argv[1] == "judge":
        return judge(sys.argv[2], sys.argv[3])
    chance = random.Random(int(sys.argv[2]))
    print("\n".join(document(chance).hex() for _ in range(int(sys.argv[3]))), end="")
    return 0


sys.exit(main())
