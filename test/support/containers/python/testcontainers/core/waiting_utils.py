"""With --json, which the fake adds, the ready line is what is waited for."""


def wait_for_logs(container, predicate):
    assert predicate == "Ctrl-C ends it"
    assert container.ready["box"].startswith("http://")
