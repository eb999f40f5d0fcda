"""Writes what follows from the header: readers.c, with a function for each kind of handle that calls all of its
getters, and calls.c, with a call of every function whose arguments come from the fuzzer's input. So a function that
is added to the library is fuzzed without further work.

Usage: generate.py HEADER FOLDER
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Function:
    result: str
    name: str
    parameters: list[tuple[str, str]]  # type, name


def parse(header: str) -> tuple[list[str], list[str], list[Function]]:
    text = re.sub(r"/\*.*?\*/", "", header, flags=re.S)
    handles = re.findall(r"^typedef struct (i2v_\w+) \1;", text, flags=re.M)
    callbacks = re.findall(r"^typedef void \(\*(i2v_\w+_fn)\)", text, flags=re.M)
    functions = []
    for match in re.finditer(r"^(?!typedef)([a-z][\w ]*?[ *]+)(i2v_\w+)\(([^;{]*?)\);", text, flags=re.M | re.S):
        result, name, inside = (" ".join(part.split()) for part in match.groups())
        parameters = []
        if inside != "void":
            for one in inside.split(","):
                kind, parameter = re.fullmatch(r"\s*(.*?[ *])(\w+)\s*", one).groups()
                parameters.append((kind.strip(), parameter))
        functions.append(Function(result, name, parameters))
    return handles, callbacks, functions


def noun(handle: str) -> str:
    return handle.removeprefix("i2v_")


INTEGERS = {"int32_t", "int64_t", "size_t", "bool", "double"}


class Readers:
    """One function for each handle that has getters."""

    def __init__(self, handles: list[str], functions: list[Function]):
        self.handles = handles
        self.functions = functions

    def write(self) -> str:
        parts = ['#include "support.h"\n\n#include <stdlib.h>\n#include <string.h>\n']
        for handle in self.handles:
            getters = [f for f in self.functions if self.reads(f, handle)]
            if getters and handle not in ("i2v_client",):
                parts.append(self.reader(handle, getters))
        return "\n".join(parts)

    @staticmethod
    def reads(function: Function, handle: str) -> bool:
        if not re.match(rf"{handle}_(get|copy|find)_", function.name):
            return False
        # i2v_request_get_estimate looks like a getter, but belongs to the programs of calls.
        return function.parameters[0][0] == f"const {handle} *" and function.parameters[-1][0] != "i2v_error **"

    def reader(self, handle: str, getters: list[Function]) -> str:
        body = []
        for getter in getters:
            body += self.calls(getter)
        lines = "\n".join(f"    {line}" for line in body)
        return (
            f"void fuzz_read_{noun(handle)}(const {handle} *handle)\n{{\n"
            "    static const size_t places[] = {0, 1, 2, 7, SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 2 + 1};\n"
            "    enum { PLACES = sizeof places / sizeof *places };\n"
            "    (void)places;\n"
            f"{lines}\n}}\n"
        )

    def calls(self, getter: Function) -> list[str]:
        arguments, loops, checks, before = ["handle"], [], [], []
        for index, (kind, name) in enumerate(getter.parameters[1:]):
            if kind == "size_t":
                loops.append(f"for (size_t {name} = 0; {name} < PLACES; {name}++)")
                arguments.append(f"places[{name}]")
            elif kind == "const char *":
                arguments.append('"Squish"')
            else:
                pointee = kind.removesuffix(" *")
                before.append(f"{pointee} out{index}, kept{index}; memset(&out{index}, 0x5a, sizeof out{index});")
                before.append(f"memcpy(&kept{index}, &out{index}, sizeof out{index});")
                arguments.append(f"&out{index}")
                checks.append(f"memcmp(&kept{index}, &out{index}, sizeof out{index}) == 0")
        call = f"{getter.name}({', '.join(arguments)})"
        if getter.result == "const char *":
            inside = [f"fuzz_text({call});"]
        elif getter.result.endswith("*"):
            made = getter.result.removesuffix(" *")
            end = "destroy" if made == "i2v_error" else "release"
            inside = [
                f"{made} *made = {call};",
                f"if (made) {{ fuzz_read_{noun(made)}(made); {made}_{end}(made); }}",
            ]
        elif getter.result == "bool":
            unchanged = " && ".join(checks) or "true"
            inside = [*before, f"if (!{call}) PROMISE({unchanged});"]
            # Whoever does not want the value still hears whether there is one.
            if checks:
                without = re.sub(r"&out\d+", "NULL", call)
                inside.append(f"PROMISE({call} == {without} || strstr(__func__, \"job\") || strstr(__func__, \"query\"));")
        else:
            inside = [*before, f"(void){call};"]
        return [" ".join([*loops, "{"])] + ["    " + line for line in inside] + ["}"]


# A start that succeeds calls its callback for the end exactly once. (Batches and resume start several.)
COUNTED = {"i2v_client_submit", "i2v_client_attach", "i2v_client_update_audio", "i2v_job_fetch", "i2v_job_reconcile"}
COUNTED_QUERY = re.compile(r"i2v_client_(query_\w+|delete_videos)")


class Calls:
    """A call of each function, all arguments from the input, by means of what boundary.h declares."""

    def __init__(self, handles: list[str], callbacks: list[str], functions: list[Function]):
        self.handles = handles
        self.callbacks = callbacks
        self.functions = functions

    def write(self) -> str:
        parts = ['#include "boundary.h"\n\n#include <stdlib.h>\n']
        names = []
        for function in self.functions:
            parts.append(self.call(function))
            names.append(function.name)
        rows = "\n".join(f"    {{\"{name}\", call_{name}}}," for name in names)
        parts.append(f"const call_row calls[] = {{\n{rows}\n}};\nconst size_t call_count = {len(names)};\n")
        return "\n".join(parts)

    def call(self, function: Function) -> str:
        before, after, arguments = [], [], []
        error = False
        capacity = any(kind == "size_t" and name == "capacity" for kind, name in function.parameters)
        ends = re.fullmatch(r"(i2v_\w+)_(release|destroy)", function.name)
        for index, (kind, name) in enumerate(function.parameters):
            bare = kind.removeprefix("const ").removesuffix(" *")
            variable = f"a{index}"
            if kind == "i2v_error **":
                error = True
                before.append("i2v_error *error = NULL; bool wants_error = fuzz_byte(in) & 1;")
                arguments.append("wants_error ? &error : NULL")
                continue
            if bare in self.handles and ends:
                before.append(f"{bare} *{variable} = give_up_{noun(bare)}(program, in);")
            elif bare in self.handles:
                before.append(f"{bare} *{variable} = borrow_{noun(bare)}(program, in);")
                after.append(f"return_{noun(bare)}(program, {variable});")
            elif kind.endswith("**") and capacity:
                made = kind.removesuffix(" **")
                before.append(f"{made} *{variable}[BATCH] = {{0}}; bool wants{index} = fuzz_byte(in) & 7;")
                after.insert(0, f"for (size_t i = 0; i < BATCH; i++) if ({variable}[i]) keep_{noun(made)}(program, {variable}[i]);")
                arguments.append(f"wants{index} ? {variable} : NULL")
                continue
            elif kind.endswith("**"):
                made = kind.removesuffix(" **")
                before.append(f"{made} *{variable} = NULL; bool wants{index} = fuzz_byte(in) & 7;")
                after.insert(0, f"if ({variable}) keep_{noun(made)}(program, {variable});")
                arguments.append(f"wants{index} ? &{variable} : NULL")
                continue
            elif kind == "const char *const *":
                before.append(f"text_list {variable}; make_texts(&{variable}, in, \"{name}\");")
                arguments.append(f"{variable}.list")
                after.append(f"free_texts(&{variable});")
                continue
            elif kind == "const char *":
                before.append(f"char *{variable} = make_text(in, \"{name}\");")
                after.append(f"free({variable});")
            elif kind == "const uint8_t *":
                before.append(f"char *{variable} = fuzz_bytes(in);")
                after.append(f"free({variable});")
                arguments.append(f"fuzz_byte(in) == 255 ? NULL : (const uint8_t *){variable}")
                continue
            elif kind == "void *":
                counted = function.name in COUNTED or COUNTED_QUERY.fullmatch(function.name)
                before.append(f"void *{variable} = {'counted' if counted else 'uncounted'}(program);")
            elif kind in self.callbacks:
                before.append(f"{kind} {variable} = fuzz_byte(in) & 3 ? heard_{kind.removeprefix('i2v_')} : NULL;")
                if function.name in COUNTED or COUNTED_QUERY.fullmatch(function.name):
                    after.insert(0, f"if (status == I2V_OK && {variable}) count_start(program);")
            elif kind == "size_t" and name == "capacity":
                before.append(f"size_t {variable} = fuzz_byte(in) % (BATCH + 1);")
            elif kind == "size_t" and name == "length":
                before.append(f"size_t {variable} = strlen(a{index - 1});")
            elif kind == "size_t" and function.parameters[index - 1][0] == "const char *const *":
                before.append(f"size_t {variable} = a{index - 1}.count;")
            elif kind == "double":
                before.append(f"double {variable} = fuzz_real(in);")
            elif kind == "bool":
                before.append(f"bool {variable} = fuzz_byte(in) & 1;")
            elif kind.endswith("*"):
                before.append(f"{kind.removesuffix(' *')} {variable}; bool wants{index} = fuzz_byte(in) & 7;")
                arguments.append(f"wants{index} ? &{variable} : NULL")
                continue
            else:
                waits = name == "milliseconds" and re.match(r"i2v_(client|job|query)_", function.name)
                # Only what has an end of its own is waited for without end.
                maker = f"make_wait(in, {'true' if function.name.endswith('_wait') else 'false'})"
                cast = "" if kind == "int64_t" else f"({kind})"
                before.append(f"{kind} {variable} = {cast}{maker if waits else 'fuzz_number(in)'};")
            arguments.append(variable)
        call = f"{function.name}({', '.join(arguments)})"
        lines = before
        handles = [f"a{i}" for i, (k, _) in enumerate(function.parameters)
                   if k.removeprefix("const ").removesuffix(" *") in self.handles]
        first = handles[0] if handles else "NULL"
        lines.append(f"prepare(program, \"{function.name}\", {first}, "
                     f"{handles[1] if len(handles) > 1 else 'NULL'});")
        returned_handle = function.result.endswith("*") and function.result.removesuffix(" *") in self.handles
        if function.result == "void":
            lines.append(f"{call};")
        elif function.result == "i2v_status" and function.name.endswith("_get_status"):
            lines.append(f"(void){call};")
        elif function.result == "i2v_status":
            lines.append(f"i2v_status status = {call};")
            lines.append("fuzz_outcome(status, error);" if error else "fuzz_status(status);")
            if error:
                lines.append("PROMISE(status == I2V_OK || !wants_error || error != NULL);")
        elif function.result == "const char *":
            lines.append(f"fuzz_text({call});")
        elif returned_handle:
            made = function.result.removesuffix(" *")
            lines.append(f"{made} *made = {call};")
            lines.append(f"if (made) keep_{noun(made)}(program, made);")
        else:
            lines.append(f"(void){call};")
        lines += after
        body = "\n".join(f"    {line}" for line in lines)
        return f"static void call_{function.name}(program *program, fuzz_input *in)\n{{\n    (void)in;\n{body}\n}}\n"


def main() -> None:
    header, folder = Path(sys.argv[1]).read_text(), Path(sys.argv[2])
    handles, callbacks, functions = parse(header)
    # A declaration that is read wrongly must not go unnoticed.
    listed = set(re.findall(r"^[a-z].*?\b(i2v_\w+)\(", re.sub(r"/\*.*?\*/", "", header, flags=re.S), flags=re.M))
    missing = listed - {function.name for function in functions} - set(callbacks)
    if missing:
        sys.exit(f"generate.py: not understood: {', '.join(sorted(missing))}")
    (folder / "readers.c").write_text(Readers(handles, functions).write())
    (folder / "calls.c").write_text(Calls(handles, callbacks, functions).write())
    print(f"{len(functions)} functions")


main()
