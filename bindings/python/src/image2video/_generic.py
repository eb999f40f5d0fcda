"""typing.Generic for modules that do without importing typing, which would take longer than all of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic as Generic
else:

    class Generic:
        def __class_getitem__(cls, parameters):
            return cls
