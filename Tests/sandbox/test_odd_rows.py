"""Odd texts, numbers and rows in single rows of an answer, byte by byte as they go out."""

import json
import re

import pytest

from support import (
    AUDIO, BATCH, CREATE, CREDITS, DELETE, EFFECTS, INFO, KEY, LIST, MODELS, RESULTS, batch, create, single,
)  # fmt: skip

NOWHERE = "http://127.0.0.1:9/none.png"
DIGITS = b"9" * 400

IN_TEXT = {
    "high_surrogate": rb"\ud83d",
    "low_surrogate": rb"\ude00",
    "swapped_surrogates": rb"\uDE00\uD83D",
    "two_high_surrogates": rb"\ud83d\ud83d",
    "high_before_pair": rb"\ud83d\ud83d\ude00",
    "split_surrogates": rb"\ud83d \ude00",
    "high_before_escape": rb"\ud83d\n",
    "high_before_letter": rb"\ud83d\u0041",
    "escaped_nul": rb"\u0000",
    "noncharacters": rb"\uffff\ufffe\ufdd0",
    "unknown_escape": rb"\q",
    "hex_escape": rb"\x41",
    "short_escape": rb"\u12",
    "lone_continuation": b"\x80",
    "overlong": b"\xc0\xaf",
    "overlong_of_three": b"\xe0\x80\xaf",
    "cesu": b"\xed\xa0\xbd\xed\xb8\x80",
    "surrogate_bytes": b"\xed\xa0\xbd",
    "cut_utf8": b"\xf0\x9f\x98",
    "cut_utf8_inside": b"\xe2\x82x",
    "beyond_unicode": b"\xf4\x90\x80\x80",
    "no_utf8_at_all": b"\xff\xfe",
    "latin1": b"\xe9",
    "bom_inside": b"\xef\xbb\xbf",
    "line_separators": b"\xe2\x80\xa8\xe2\x80\xa9",
    "raw_nul": b"\x00",
    "raw_control": b"\x01\x1f",
    "raw_newline": b"\n",
    "raw_tab": b"\t",
}
VALUES = {
    "nan": b"NaN",
    "infinity": b"Infinity",
    "minus_infinity": b"-Infinity",
    "int64_and_one": b"9223372036854775808",
    "uint64_and_one": b"18446744073709551616",
    "minus_big": b"-9223372036854775809",
    "digits": DIGITS,
    "big_real": b"1e999",
    "minus_big_real": b"-1e999",
    "small_real": b"1e-999",
    "endless_exponent": b"1e99999999999999999999",
    "long_real": b"0." + b"3" * 400,
    "minus_zero": b"-0",
    "leading_zero": b"007",
    "plus": b"+1",
    "bare_point": b"1.",
    "hex": b"0x10",
    "undefined": b"undefined",
    "nothing": b"",
    "deep": b"[" * 100_000 + b"]" * 100_000,
}
ROWS = ["key_twice", "key_twice_escaped", "cut", "trailing_comma", "comment", "single_quotes"]


def ask(sandbox, *ids):
    return sandbox.send("POST", RESULTS, json.dumps({"_ids": ",".join(ids)}), KEY)[2]


@pytest.fixture
def pair(sandbox):
    return [create(sandbox, NOWHERE, prompt=f"video {name}")["_id"] for name in ("one", "two")]


def play(sandbox, form, bad, **more):
    sandbox.fault({"route": "results", "ids": [bad], "times": -1, "odd": form, **more})


@pytest.mark.parametrize("form", IN_TEXT)
def test_in_a_text(sandbox, pair, form):
    good, bad = pair
    play(sandbox, form, bad)
    whole = ask(sandbox, good, bad)
    assert whole.count(b'.mp4' + IN_TEXT[form] + b'"') == 1
    assert b'"file_name":"Image2Video_video two.mp4' + IN_TEXT[form] + b'"' in whole
    assert json.loads(ask(sandbox, good))["data"]["result"][0]["file_name"] == "Image2Video_video one.mp4"


@pytest.mark.parametrize("form", VALUES)
def test_in_place_of_a_number(sandbox, pair, form):
    good, bad = pair
    play(sandbox, form, bad)
    whole = ask(sandbox, good, bad)
    assert b'"deduction_credit":20,' in whole and b'"deduction_credit":' + VALUES[form] + b"," in whole
    assert json.loads(ask(sandbox, good))["code"] == 1000


def test_what_python_reads_of_them(sandbox, pair):
    for form in list(IN_TEXT)[:10] + ["bom_inside", "line_separators"]:
        play(sandbox, form, pair[1])
        assert json.loads(ask(sandbox, *pair))["code"] == 1000, form
    for form in list(VALUES)[:13]:
        if form != "digits":
            play(sandbox, form, pair[1])
            assert json.loads(ask(sandbox, *pair))["code"] == 1000, form
    for form in ["unknown_escape", "short_escape", "cut_utf8", "latin1", "raw_nul", "leading_zero", "nothing", "cut"]:
        play(sandbox, form, pair[1])
        with pytest.raises(ValueError):
            json.loads(ask(sandbox, *pair))


def test_the_field_can_be_named(sandbox, pair):
    play(sandbox, "low_surrogate", pair[1], field="_id")
    assert f'"_id":"{pair[1]}\\ude00"'.encode() in ask(sandbox, *pair)
    play(sandbox, "nan", pair[1], field="status")
    assert b'"status":NaN' in ask(sandbox, *pair)
    play(sandbox, "latin1", pair[1], field="new")
    assert b'"new":"\xe9"' in ask(sandbox, *pair)
    play(sandbox, "overlong", pair[1], field="create_time")
    assert re.search(rb'"create_time":"\d+\xc0\xaf"', ask(sandbox, *pair))


def test_odd_texts_add_up_with_half_an_emoji(sandbox):
    job = create(sandbox, NOWHERE, prompt="x" * 23 + "🐈")["_id"]
    play(sandbox, "cesu", job)
    assert b'x\\ud83d.mp4\xed\xa0\xbd\xed\xb8\x80"' in ask(sandbox, job)


def members(pairs):
    return pairs


@pytest.mark.parametrize("form", ["key_twice", "key_twice_escaped"])
def test_keys_twice(sandbox, pair, form):
    play(sandbox, form, pair[1])
    body = ask(sandbox, *pair)
    result = dict(dict(json.loads(body, object_pairs_hook=members))["data"])["result"]
    assert len({name for name, _ in result[0]}) == len(result[0])
    names = [name for name, _ in result[1]]
    assert len(names) == 2 * len(set(names)) and ("_id", "wrong") in result[1][: len(names) // 2]
    assert dict(result[1])["_id"] == pair[1] and dict(result[1])["prompt"] == "video two"
    assert (rb'"\u005fid":"wrong"' in body) == (form == "key_twice_escaped")


def test_one_key_twice(sandbox, pair):
    play(sandbox, "key_twice", pair[1], field="status")
    result = dict(dict(json.loads(ask(sandbox, *pair), object_pairs_hook=members))["data"])["result"][1]
    assert [name for name, _ in result].count("status") == 2
    assert len(result) == len({name for name, _ in result}) + 1 and result[0] == ("status", "wrong")


def test_rows_that_make_the_whole_answer_unreadable(sandbox, pair):
    whole = ask(sandbox, *pair)
    row = json.dumps(json.loads(whole)["data"]["result"][1], separators=(",", ":"), sort_keys=True).encode()
    shapes = {
        "cut": row[: len(row) // 2],
        "trailing_comma": row[:-1] + b",}",
        "comment": b"/* row */" + row,
        "single_quotes": row.replace(b'"', b"'"),
    }
    for form, shape in shapes.items():
        play(sandbox, form, pair[1])
        body = ask(sandbox, *pair)
        assert shape in body and body.startswith(b'{"code":1000,') and body.endswith(b'}]},"msg":"OK"}'[1:])
        with pytest.raises(ValueError):
            json.loads(body)
        assert json.loads(ask(sandbox, pair[0]))["code"] == 1000


def test_any_text_as_a_value(sandbox, pair):
    raw = {"deduction_credit": "1e12", "_id": "012", "note": '"\\ud83d"'}
    sandbox.fault({"route": "results", "ids": pair[1:], "raw": raw})
    body = ask(sandbox, *pair)
    for name, text in raw.items():
        assert f'"{name}":{text}'.encode() in body
    assert f'"_id":"{pair[0]}"'.encode() in body


def requests(sandbox, job):
    """A request of each route that answers with rows: its name, whether it knows the video, and how to send it."""
    return [
        ("create", "POST", CREATE, single(NOWHERE, prompt="video two")),
        ("batch", "POST", BATCH, batch(NOWHERE, prompt="video two")),
        ("results", "POST", RESULTS, {"_ids": job}),
        ("list", "GET", f"{LIST}?size=50", None),
        ("info", "GET", f"{INFO}?video_model_id={job}", None),
        ("effects", "GET", EFFECTS, None),
        ("models", "GET", f"{MODELS}?types[]=1501", None),
        ("credits", "GET", CREDITS, None),
        ("delete", "POST", DELETE, {"_ids": job}),
    ]


@pytest.mark.parametrize("form, odd", [("high_surrogate", rb"\ud83d"), ("latin1", b"\xe9"), ("nan", b"NaN"), ("cut", b"")])
def test_on_every_route(sandbox, pair, form, odd):
    for route, method, path, body in requests(sandbox, pair[1]):
        data = json.dumps(body).encode() if body else None
        sandbox.fault({"route": route, "odd": form, "index": 0})
        played = sandbox.send(method, path, data, KEY)[2]
        plain = sandbox.send(method, path, data, KEY)[2]
        assert odd in played and json.loads(plain)["code"] == 1000, route
        if form == "cut":
            with pytest.raises(ValueError):
                json.loads(played)


def test_in_new_sound(sandbox, pictures):
    old = create(sandbox, pictures["landscape"])["_id"]
    sandbox.finished(old)
    sandbox.fault({"route": "audio", "ids": [old], "odd": "high_surrogate"})
    body = json.dumps({"pre_video_id": old, "audio_type": 1})
    assert rb'.mp4\ud83d"' in sandbox.send("POST", AUDIO, body, KEY)[2]


def test_by_prompt_from_the_create_on(sandbox):
    """Every answer about one video, on all routes, with one rule."""
    sandbox.fault({"route": "*", "prompt": "odd one", "times": -1, "odd": "high_surrogate"})
    made = sandbox.send("POST", CREATE, json.dumps(single(NOWHERE, prompt="the odd one")), KEY)[2]
    assert rb'.mp4\ud83d"' in made
    odd = json.loads(made)["data"]["_id"]
    good = create(sandbox, NOWHERE, prompt="another")["_id"]
    assert ask(sandbox, good, odd).count(rb"\ud83d") == 1 and rb"\ud83d" not in ask(sandbox, good)
    assert sandbox.send("GET", f"{LIST}?size=50", None, KEY)[2].count(rb"\ud83d") == 1
    assert rb"\ud83d" not in sandbox.send("GET", f"{LIST}?size=1", None, KEY)[2]


# --- two rows of one id ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_first", [False, True])
def test_twins(sandbox, pictures, is_first):
    done = sandbox.finished(create(sandbox, pictures["landscape"])["_id"])
    other = create(sandbox, NOWHERE)["_id"]
    twin = {"status": 1, "video_url": None}
    sandbox.fault({"route": "results", "ids": [done["_id"]], "times": -1, "twin": twin, "twin_first": is_first})
    rows = sandbox.results(done["_id"], other)
    assert [row["_id"] for row in rows] == [done["_id"], done["_id"], other]
    assert [row["status"] for row in rows[:2]] == ([1, 3] if is_first else [3, 1])
    assert ["video_url" in row for row in rows[:2]] == [not is_first, is_first]


def test_twins_of_a_single_row(sandbox):
    sandbox.fault({"route": "create", "twin": {"_id": "other"}})
    rows = create(sandbox, NOWHERE)
    assert rows[1]["_id"] == "other" and rows[0]["prompt"] == rows[1]["prompt"]


@pytest.mark.parametrize(
    "rule, complaint",
    [
        ({"odd": "typo"}, "odd"),
        ({"odd": True}, "odd"),
        ({"odd": "nan", "field": 1}, "field"),
        ({"omit": True, "field": "x"}, "field"),
        ({"raw": {"x": 1}}, "raw"),
        ({"raw": "x"}, "raw"),
        ({"twin": True}, "twin"),
        ({"twin": {}, "twin_first": 1}, "twin_first"),
        ({"row": {}, "twin_first": True}, "twin_first"),
    ],
)
def test_malformed_rows(sandbox, rule, complaint):
    status, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", **rule}]))
    assert status == 400 and complaint in json.loads(body)["error"]


def test_every_form_is_tested(sandbox):
    _, _, body = sandbox.send("POST", "/_sandbox/faults", json.dumps([{"route": "*", "odd": ""}]))
    names = json.loads(body)["error"].partition("one of ")[2].split(", ")
    assert set(names) == set(IN_TEXT) | set(VALUES) | set(ROWS)


# --- whole answers in other encodings, only where a video is in them ------------------------------------------


@pytest.mark.parametrize("form, encoding", [("bom", "utf-8-sig"), ("utf16", "utf-16"), ("utf16be", "utf-16be"), ("utf32", "utf-32")])
def test_other_encodings_of_every_answer_about_one_video(sandbox, pair, form, encoding):
    good, bad = pair
    sandbox.fault({"route": "*", "prompt": "two", "times": -1, "when": "after", "json": form})
    for route, method, path, body in requests(sandbox, bad):
        data = json.dumps(body).encode() if body else None
        answer = sandbox.send(method, path, data, KEY)[2]
        is_about_it = route not in ("effects", "models", "credits")
        assert answer.startswith(b'{"code"') != is_about_it, route
        assert json.loads(answer.decode(encoding) if is_about_it else answer)["code"] == 1000, route
    assert ask(sandbox, good).startswith(b'{"code":1000,') and not ask(sandbox, good, bad).startswith(b'{"code"')


@pytest.mark.parametrize("route, method, path", [
    ("effects", "GET", EFFECTS), ("models", "GET", f"{MODELS}?types[]=1501"), ("credits", "GET", CREDITS),
])  # fmt: skip
def test_other_encodings_of_answers_without_videos(sandbox, route, method, path):
    sandbox.fault({"route": route, "when": "after", "json": "utf16"})
    answer = sandbox.send(method, path, None, KEY)[2]
    assert answer.startswith(b"\xff\xfe{\0") and json.loads(answer.decode("utf-16"))["code"] == 1000
