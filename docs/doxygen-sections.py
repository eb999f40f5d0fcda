"""Shows Doxygen the header's sections as groups, each with its introduction: doxygen-sections.py HEADER"""

import re
import sys

RULE = r" \* =+\n"
SECTION = re.compile(r"/\* =+\n \* (.+)\n" + RULE + r"((?: \*.*\n)*?) \*/\n")


def group(match):
    title, introduction = match.groups()
    group.is_open, ends = True, "/** @} */\n" if group.is_open else ""
    return f"{ends}/**\n * @name {title}\n{introduction} */\n/** @{{ */\n"


group.is_open = False
with open(sys.argv[1], encoding="utf-8") as file:
    header = SECTION.sub(group, file.read())
closing = header.rindex("#ifdef __cplusplus")
sys.stdout.write(header[:closing] + "/** @} */\n" + header[closing:])
