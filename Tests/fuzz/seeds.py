"""Writes the first inputs of each target, from the samples of the service's page and a few bodies of the tests.
run.sh minimises what the fuzzers make of them into Tests/fuzz/corpus.

Usage: seeds.py FOLDER
"""

import hashlib
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests/Image2VideoTests/Fixtures"


def samples() -> dict[str, bytes]:
    found = {path.stem: path.read_bytes() for path in sorted(FIXTURES.glob("*-answer.json"))}
    model = {
        "value": "seedance2", "label": "Seedance 2", "provider": "P", "group": "G", "sort": "7", "isPro": 1, "type": 1,
        "description": "d", "requiresPay": False, "supportedLastFrame": True, "supportedExtendPrompt": True,
        "maxImageCount": 1, "maxCount": 4, "unit_credit": 2.5, "tags": ["new", {"value": "x"}], "ratioList": ["16:9"],
        "generate_audio": {"required": True, "default": False, "extra_credit_multiplier": 1.5},
        "durationList": [5, {"value": "10"}],
        "resolutionList": [{"value": "720p", "label": "HD", "unit_credit": "3", "width": 1280, "height": 720,
                            "durationList": [5, 8]}, "1080p"],
    }
    found["models"] = json.dumps({"code": 1000, "msg": "OK", "data": [model, {**model, "sort": 9}]}).encode()
    found["models-result"] = json.dumps({"code": 1000, "data": {"result": [model]}}).encode()
    found["credits"] = b'{"code":1000,"msg":"OK","data":{"uid":1,"credit":"12.5","expire":1}}'
    found["token"] = b'{"code":1000,"token":"abc.def","data":{"token":"other"}}'
    found["refused"] = b'{"code":1005,"msg":"too fast s3cr3t-k3y-012345"}'
    found["escaped"] = b'{"code":"1000","data":{"_id":"s3cr3t-\\u006b3y-012345","url":"a\\/b\\"c\\\\d"}}'
    found["odd"] = ('{"code":1000,"code":1000.0,"data":[{"_id":99999999999999999999,"status":NaN,"prompt":"a \\ud83d",'
                    '"n":[1e999,-Infinity],"a\\u0000b":"\x01"},{"_id":7,"prompt":"a dog","model_name":"x"}]}').encode()
    found["odd-bytes"] = b'\xef\xbb\xbf{"code":1000,"msg":"\xff\xed\xa0\x80","data":{"_id":"s3cr3t-k3y-012345\xc3"}}'
    found["utf-16"] = '{"code":1000,"data":{"_id":"a"}}'.encode("utf-16")
    found["partial"] = json.dumps(
        {"code": 1000, "data": {"successList": [{"_id": "a1", "status": 1}],
                                "errorList": [{"code": 1104, "error_msg": {"detail": ["none left"]}}]}}).encode()
    found["failed"] = json.dumps(
        {"code": 1000, "data": {"result": [{"_id": "a1", "status": 4, "error_reason": "no face", "create_time": 1,
                                            "deduction_credit": 10.5, "only_add_audio": "1"}]}}).encode()
    return found


def decoders() -> list[bytes]:
    lines = [b"bytes 0-99/100", b"bytes */100", b"bytes 5-9/*", b"https://user@example.com:8080/a?b#c",
             b"\0\0\0\x10ftypmp42abcd" + b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x14abcd\0\0\0\0free"]
    return [bytes([choice | flag, 0x02]) + body for body in samples().values() for choice in range(10)
            for flag in (0, 0x80)] + [b"\xff\0" + line for line in lines]


def webhooks() -> list[bytes]:
    inside = b'{"_id":"6901a2b3","status":3,"type":"image2video","url":"https://a/b.mp4","deduction_credit":10}'
    body = b'{"signature":"04e3","dataEncrypt":"L1F=","timestamp":1710757900459,"nonce":"1529"}'
    return [bytes([first, 7]) + inside for first in range(1, 80, 2)] + [b"\x01\x07" + b'{"_id":"abc"}', b"\x00" + body]


def reply(head: str, body: bytes = b"") -> bytes:
    return head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def answers() -> list[bytes]:
    found = []
    video = bytes(range(256)) * 2
    for body in (samples()["credits"], samples()["refused"], samples()["results-answer"]):
        ok = reply(f"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {len(body)}", body)
        found += [bytes([mode]) + ok for mode in range(4)]
    heads = [
        "HTTP/1.1 200 OK\nContent-Length: 512\nETag: \"one\"",
        "HTTP/1.1 200 OK\nContent-Length: 600\nETag: \"one\"\nAccept-Ranges: bytes",
        "HTTP/1.1 206 Partial Content\nContent-Range: bytes 88-599/600\nContent-Length: 512\nETag: \"one\"",
        "HTTP/1.1 206 Partial Content\nContent-Range: bytes 512-1023/*\nETag: W/\"two\"",
        "HTTP/1.1 416 Range Not Satisfiable\nContent-Range: bytes */512\nContent-Length: 0",
        "HTTP/1.1 429 Too Many Requests\nRetry-After: 1\nContent-Length: 0",
        "HTTP/1.1 503 Busy\nRetry-After: Wed, 21 Oct 2099 07:28:00 GMT\nContent-Length: 0",
        "HTTP/1.1 503 Busy\nRetry-After: 99999999999999999999\nConnection: close",
        "HTTP/1.1 302 Found\nLocation: http://127.0.0.1/elsewhere\nContent-Length: 0",
        "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT",
        "HTTP/1.1 200 OK\nContent-Encoding: gzip",
        "HTTP/1.1 403 Forbidden\nContent-Length: 0", "HTTP/1.1 404 Not Found\nContent-Length: 0", "HTTP/1.0 200",
        "HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nContent-Length: 3",
    ]
    for head in heads:
        tail = b"200\r\n" + video + b"\r\n0\r\n\r\n" if "chunked" in head else video
        one = reply(head, tail if "Content-Length: 0" not in head else b"")
        found += [bytes([mode]) + one for mode in range(4)]
        # The next answer, to whoever asks again, follows the mark.
        found += [bytes([first]) + one + b"\xff\xfe" + reply(heads[2], video) for first in (2, 0xfa, 0xfb)]
    return found


def noise(seed: int, length: int) -> bytes:
    state, found = hashlib.sha256(bytes([seed])).digest(), b""
    while len(found) < length:
        state = hashlib.sha256(state).digest()
        found += state
    return found[:length]


def boundary() -> list[bytes]:
    # Programs are numbers of functions and their arguments; any bytes are one.
    return [noise(seed, 416) for seed in range(60)]


def ledger() -> list[bytes]:
    kinds, columns, tamperings = 10, 33, 15
    every = [bytes([flags, 0]) + bytes(rows) for flags in range(0, 256, 2) for rows in (range(5), range(5, kinds + 1))]
    # One value of a job that is in the making: NULL, the least and the largest number, a text.
    values = [b"\0", bytes([1, 21]), bytes([1, 22]), bytes([5, 3])]
    odd = [bytes([flags, 0, 16 | 5, column]) + value for column in range(columns) for value in values for flags in (0, 2)]
    done = [bytes([0, 0, 0, 0, 5, 15, number]) for number in range(tamperings)]
    changed = [bytes([1 | seed * 2 % 256, 0, 16]) + noise(seed, 40) for seed in range(60)]
    return every + odd + done + changed


def dictionary() -> str:
    """Every name the decoders look for, as the sources spell it, and the lines of headers."""
    names = set()
    for path in sorted((ROOT / "Sources").rglob("*.swift")):
        names |= set(re.findall(r'"([A-Za-z_][A-Za-z0-9_]{1,24})"', path.read_text()))
    lines = [f'"\\"{name}\\":"' for name in sorted(names)]
    lines += ['"NaN"', '"-Infinity"', '"99999999999999999999"', '"\\\\ude00"', '"\\xef\\xbb\\xbf"', '"\\xed\\xa0\\x80"',
              '"\\\\u0000\\":"', '"\\x00"']
    lines += ['"1000"', '"{\\"code\\":1000,\\"data\\":"', '"9223372036854775807"', '"-9223372036854775808"', '"1e308"',
              '"1e999"', '"\\\\u0000"', '"\\\\ud800"', '"s3cr3t-k3y-012345"', '"a/b\\\\\\"c\\\\\\\\d/0123456789"', '"Content-Range: bytes "',
              '"Content-Length: "', '"Retry-After: "', '"ETag: "', '"Location: "', '"Transfer-Encoding: chunked"',
              '"HTTP/1.1 "', '"HTTP/1.1 206"', '"\\x0d\\x0a"', '"\\xff\\xfe"', '"null"', '"true"', '"Last-Modified: "']
    return "\n".join(lines) + "\n"


def main() -> None:
    folder = Path(sys.argv[1])
    for make in (decoders, webhooks, answers, boundary, ledger):
        place = folder / make.__name__
        place.mkdir(parents=True, exist_ok=True)
        for content in make():
            (place / hashlib.sha1(content).hexdigest()).write_bytes(content)
    (folder / "dictionary").write_text(dictionary())


main()
