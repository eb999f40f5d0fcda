"""The faults of the matrix. A `before` one strikes before the service acts, an `after` one when it has. What
refuses in plain words is only played before: no client can see that a service does what it says it did
not."""

ROWS = {"results", "list"}
# What always strikes shows nothing more where every answer can be read, or none, as with a truncated one.
SAME_EVERY_TIME = {"deep", "huge_number", "duplicate_keys", "invalid_utf8"}


class Fault:
    """`routes` are where it is played, None for all; `then` is what strikes the request after it; `once`: not
    always, which would show nothing that others do not; `slow`: the sandbox needs time to make it; `stalls`: only the
    time-out of a request ends it."""

    def __init__(self, name, forms="-", routes=None, then=None, once=False, slow=False, stalls=False, **action):
        self.name, self.forms, self.routes, self.then, self.action = name, forms, routes, then, action
        self.once_only, self.slow, self.stalls = once, slow, stalls

    def rules(self, route, form, is_always, elsewhere):
        action = {name: elsewhere if value == "ELSEWHERE" else value for name, value in self.action.items()}
        when = {"b": {"when": "before"}, "a": {"when": "after"}, "-": {}}[form]
        rules = [{"route": route, "times": -1 if is_always else 1, **when, **action}]
        return rules + ([{"route": route, "times": 1, **self.then}] if self.then else [])

    def label(self, form):
        return self.name + {"b": ", before", "a": ", after", "-": ""}[form]

    def applies(self, operation, form, is_always):
        """For what only reads, when the service acted makes no difference, but for what an answer is made
        from."""
        if is_always and (self.once_only or operation.once_only):
            return False
        if is_always and "json" in self.action and form == "b":
            return False
        if self.routes is not None and operation.route not in self.routes:
            return False
        return form != "a" or not operation.is_read or "json" in self.action or self.routes == {"video"}


ALL = (
    Fault("none", once=True, latency_ms=0),
    Fault("latency", "ba", latency_ms=300),
    Fault("hang", "ba", stalls=True, hang=True),
    Fault("close", "ba", close=True),
    Fault("reset", "ba", reset=True),
    Fault("broken header", break_header=30),
    Fault("broken body", break_after=20),
    Fault("stalled body", stalls=True, stall_after=20),
    Fault("drip", stalls=True, drip_ms=25),
    Fault("endless body", "ba", slow=True, endless=True),
    Fault("length too large", stalls=True, length_off=50),
    Fault("length too small", length_off=-50),
    Fault("429", "b", rate_limit=True),
    Fault("429, Retry-After 1", "b", rate_limit=True, retry_after=1),
    Fault("429, Retry-After a date", "b", once=True, rate_limit=True, retry_after="date:+1"),
    Fault("429, Retry-After a week", "b", rate_limit=True, retry_after=604800),
    Fault("HTTP 500", "ba", reply={"status": 500, "body": ""}),
    Fault("HTTP 502, a page", "ba", once=True, html=True),
    Fault("HTTP 503", "ba", reply={"status": 503, "body": "busy"}),
    Fault(
        "HTTP 503, in words",
        "ba",
        routes={"create", "list"},
        once=True,
        reply={"status": 503, "body": '{"msg":"busy, please try again"}'},
    ),
    Fault("code 1003", "b", code=1003, msg="a parameter is wrong"),
    Fault("code 1005", "b", code=1005, msg="too frequent"),
    Fault("code 1015", "ba", code=1015, msg="it could not be processed"),
    Fault("code 1101", "b", code=1101, msg="the token has expired"),
    Fault("code 7777", "ba", code=7777, msg="nobody knows this"),
    Fault("redirect to another host", "ba", redirect="ELSEWHERE"),
    *(
        Fault(f"JSON: {form.replace('_', ' ')}", "ba", once=form in SAME_EVERY_TIME, json=form)
        for form in (
            "deep",
            "huge_number",
            "duplicate_keys",
            "invalid_utf8",
            "truncated",
            "nul",
            "wrong_types",
        )
    ),
    Fault("JSON: huge string", "a", routes={"create", "effects"}, once=True, slow=True, json="huge_string"),
    Fault("rows left out", routes=ROWS, omit=True),
    Fault("address expired", "ba", routes={"video"}, expire=True),
    Fault("video gone", "ba", routes={"video"}, gone=True),
    Fault("video changed", "ba", routes={"video"}, change_entity=True),
    Fault("broken off, then changed", routes={"video"}, break_after=9_000, then={"change_entity": True}),
)
