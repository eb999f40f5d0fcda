"""Checks docs/service.md: what it names exists, no cell is empty, and nothing is left out.

Left out would be an attribute of one of the page's samples (the fixtures of the Swift tests), or a function of
the C API that gives or takes an attribute. Needs nothing but Python and this repository.
"""

import inspect
import json
import re
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "bindings/python/src"))
import image2video  # noqa: E402

FIXTURES = {
    "create-request": ("Create", "Request"),
    "create-answer": ("Create", "Reply"),
    "batch-request": ("Batch create", "Request"),
    "batch-answer": ("Batch create", "Reply"),
    "results-request": ("Results", "Request"),
    "results-answer": ("Results", "Reply"),
    "effects-answer": ("Effects", "Reply"),
    "audio-request": ("New sound", "Request"),
    "audio-answer": ("New sound", "Reply"),
    "delete-request": ("Delete", "Request"),
    "delete-answer": ("Delete", "Reply"),
}
# Every answer's, and in a section of its own.
ENVELOPE = {"code", "msg", "data"}
# Functions whose every member is about an attribute of the service, but for those that are the library's own.
ATTRIBUTES = re.compile(
    r"i2v_(video|effect|model|webhook_event)_get_\w+|i2v_request_(set|add|clear)_\w+|i2v_service_code_get_\w+"
    r"|i2v_query_(get|copy|find)_\w+"
    r"|i2v_client_(query_\w+|update_audio|delete_videos|attach|submit\w*|notify)"
)
OWN = {
    "i2v_request_set_target",
    "i2v_request_set_replace_target",
    "i2v_request_set_deadline",
    "i2v_query_get_done",
    "i2v_query_copy_error",
}


def keys(value):
    """The names of all members in a document."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def read_table(lines):
    """The rows by (section, subsection), each as (line number, cells); and what stands outside of tables."""
    tables, prose, section, part = {}, [], "", ""
    for number, line in enumerate(lines, 1):
        if line.startswith("## "):
            section, part = line[3:], ""
        elif line.startswith("### "):
            part = line[4:]
        elif line.startswith("| attribute") or line.startswith("|---"):
            continue
        elif line.startswith("|"):
            cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
            tables.setdefault((section, part), []).append((number, cells))
        else:
            prose.append((number, line))
    return tables, prose


def names_in(cell):
    return re.findall(r"`([^`]+)`", cell)


def python_problem(name):
    """Why a Python name means nothing; None when it does."""
    path, _, parameter = name.rstrip(")").partition("(")
    owner = image2video
    for step in path.split("."):
        if not hasattr(owner, step) and step not in getattr(owner, "__annotations__", {}):
            return f"there is no {path}"
        owner = getattr(owner, step, None)
    if parameter and parameter not in inspect.signature(owner).parameters:
        return f"{path} takes no {parameter}"
    return None


def c_problem(name, functions, header):
    if name.startswith("I2V_"):
        return None if re.search(rf"\b{name}\b", header) else f"the header has no {name}"
    return None if name in functions else f"packaging/symbols.txt has no {name}"


def main():
    document = (TOP / "docs/service.md").read_text(encoding="utf-8")
    header = (TOP / "include/image2video.h").read_text(encoding="utf-8")
    functions = set(re.findall(r"^(i2v_\w+) ", (TOP / "packaging/symbols.txt").read_text(), re.M))
    c_tests, python_tests = set(), set()
    for file in (TOP / "Tests/c").glob("test_*.c"):
        c_tests.update(re.findall(r"\bRUN\((\w+)\)", file.read_text(encoding="utf-8")))
    for file in (TOP / "bindings/python/tests").glob("test_*.py"):
        text = file.read_text(encoding="utf-8")
        python_tests.update(re.findall(r"^(?:async )?def (test_\w+)\(", text, re.M))
    problems = []

    def check_test(number, name):
        if name not in (python_tests if name.startswith("test_") else c_tests):
            problems.append(f"line {number}: there is no test {name}")

    tables, prose = read_table(document.splitlines())
    count = 0
    for rows in tables.values():
        for number, cells in rows:
            count += 1
            if len(cells) != 4 or not all(names_in(cell) for cell in cells):
                problems.append(f"line {number}: a cell is missing or empty")
                continue
            found = [c_problem(name, functions, header) for name in names_in(cells[1])]
            found += [python_problem(name) for name in names_in(cells[2])]
            problems += [f"line {number}: {problem}" for problem in found if problem]
            for name in names_in(cells[3]):
                check_test(number, name)
    for number, line in prose:
        for name in names_in(line):
            if re.fullmatch(r"i2v_\w+|I2V_\w+", name):
                if problem := c_problem(name, functions, header):
                    problems.append(f"line {number}: {problem}")
            elif re.fullmatch(r"[A-Z]\w+(\.\w+)+(\(\w+\))?|[A-Z][a-z]\w+\(\w+\)|open_webhook", name):
                if problem := python_problem(name):
                    problems.append(f"line {number}: {problem}")
            elif re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){3,}|test_\w+", name):
                check_test(number, name)

    for fixture, place in FIXTURES.items():
        text = (TOP / f"Tests/Image2VideoTests/Fixtures/{fixture}.json").read_text(encoding="utf-8")
        listed = {name for _, cells in tables.get(place, []) for name in names_in(cells[0])}
        for name in sorted(keys(json.loads(text)) - listed - ENVELOPE):
            problems.append(f"{' / '.join(place)}: {name} of {fixture}.json is missing")
    named = set(re.findall(r"i2v_\w+", document))
    for name in sorted(functions - named - OWN):
        if ATTRIBUTES.fullmatch(name) and not name.endswith(("_retain", "_release")):
            problems.append(f"{name} is nowhere")

    for problem in problems:
        print(f"docs/service.md: {problem}")
    print(f"{count} attributes, {len(problems)} problems")
    return 1 if problems or count < 150 else 0


sys.exit(main())
