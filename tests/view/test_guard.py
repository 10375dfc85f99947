"""Nothing outside the folder is served, to nobody but this machine, whatever is asked."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.view.application import chosen

from .conftest import SECRET, Served

UP = (
    "..", "../secret", "../../secret", "..%2fsecret", "%2e%2e/secret", "%2e%2e%2fsecret", ".%2e/secret",
    "..%252fsecret", "%252e%252e%252fsecret", "..%5csecret", r"..\secret", "%c0%ae%c0%ae%c0%afsecret",
    "%uff0e%uff0e/secret", "good/../../secret", "good/%2e%2e/%2e%2e/secret", "./../secret", "....//secret",
    "..;/secret", "%00../secret", "../secret%00", "good%00/../../secret", "/etc", "//etc", "%2fetc",
    "{outside}/secret", "%2f%2f{outside}/secret", "file://{outside}/secret", "~", "~root", "link",
    "link/", "./link", "good/../link", "linked-samples", "linked-scores", "linked-run", "linked-prompts", ".hidden",
    "./.hidden", "good/.", "./good", "good//", "", "%20", "good%0a", "nothing", "a" * 5000,
)  # fmt: skip
"""Names of runs that are none, or not to be reached: every one of them in every way of asking."""

QUERIES = (
    "/run?run={name}",
    "/report?run={name}",
    "/report?run=good&run={name}",
    "/progress?run={name}",
    "/samples?column=0&run={name}",
    "/sample?row=0&run={name}",
)

PATHS = ("/{name}", "/view.css/{name}", "/templates/{name}", "/good/{name}", "/chains/{name}")

FILES = ("/secret.txt", "/run.json", "/samples.jsonl", "/scores.json")


def refused(served: Served, target: str) -> None:
    # spaces and such would end the target of a request
    answer = served.raw(re.sub(r"\s", "%20", target), [f"Host: localhost:{served.port}"])
    assert answer.status in (400, 403, 404), target[:200]
    assert SECRET not in answer.text, target[:200]
    assert "root:" not in answer.text, target[:200]


@pytest.mark.parametrize("query", QUERIES)
def test_no_name_of_a_run_leaves_the_folder(served: Served, root: Path, query: str) -> None:
    for name in UP:
        refused(served, query.format(name=name.format(outside=root.parent)))


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leaves_the_folder(served: Served, root: Path, path: str) -> None:
    for name in UP:
        if path != "/{name}" or name not in ("", "/", ".."):
            for file in ("", *FILES):
                refused(served, path.format(name=name.format(outside=root.parent)) + file)


def test_no_choice_of_chains_leaves_the_folder(served: Served, root: Path) -> None:
    for name in UP:
        choice = chosen([name.format(outside=root.parent)])
        refused(served, f"/chains/{choice}?column=0&problem={SECRET}")
    for choice in ("", "!!", "AA", "bnVsbA", "WzFd", "W1tbW1tbW1tb", "e30", "x" * 50_000):
        refused(served, f"/chains/{choice}?column=0&problem=a")


def test_a_link_out_of_the_folder_is_told_and_never_followed(served: Served) -> None:
    answer = served.get("/")
    assert answer.status == 200
    assert SECRET not in answer.text
    assert answer.text.count("is a link that leads out of the folder") == 4
    assert "link</a>" not in answer.text  # a folder elsewhere is not even listed


def test_a_link_inside_the_folder_is_followed(served: Served, root: Path) -> None:
    (root / "again").symlink_to(root / "good")
    assert served.get("/run", run="again").status == 200


HOSTS = (
    "evil.example", "evil.example:{port}", "localhost", "127.0.0.1", "[::1]", "localhost:1", "127.0.0.1:80",
    "localhost:{port}.evil.example", "localhost.evil.example:{port}", "127.0.0.1.nip.io:{port}",
    "127.0.0.2:{port}", "0.0.0.0:{port}", "127.1:{port}", "2130706433:{port}", "0x7f000001:{port}",
    "localhost.:{port}", "user@localhost:{port}", "localhost:{port}@evil.example", "localhost:{port}/",
    "localhost:{port}, evil.example", "localhost:{port} evil", "localhost:0{port}", "[::]:{port}",
    "[::ffff:127.0.0.1]:{port}", "::1:{port}", "localhost:", "", "http://localhost:{port}", "*", "null",
)  # fmt: skip


@pytest.mark.parametrize("target", ["/", "/run?run=good", "/view.js", "/chains/x"])
def test_only_the_own_names_of_this_machine_are_answered(served: Served, target: str) -> None:
    for host in HOSTS:
        answer = served.raw(target, [f"Host: {host.format(port=served.port)}"])
        assert answer.status == 400, host
        assert "good" not in answer.text
    assert served.raw(target, []).status == 400
    own = f"Host: localhost:{served.port}"
    assert served.raw(target, [own, "Host: evil.example"]).status == 400
    forwarded = [f"X-Forwarded-Host: localhost:{served.port}", "Host: evil.example"]
    assert served.raw(target, forwarded).status == 400


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]"])
def test_these_are_they(served: Served, host: str) -> None:
    assert served.raw("/", [f"Host: {host}:{served.port}"]).status == 200


def test_a_target_with_another_host_in_it_is_no_page(served: Served) -> None:
    answer = served.raw("http://evil.example/", [f"Host: localhost:{served.port}"])
    assert answer.status in (400, 404)


@pytest.mark.parametrize(
    "method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "X"]
)
def test_nothing_but_reading_is_answered(served: Served, method: str) -> None:
    answer = served.raw("/", [f"Host: localhost:{served.port}", "Origin: http://evil"], method)
    assert answer.status in (400, 405)
    assert "access-control-allow-origin" not in answer.headers


def test_head_has_the_headers_alone(served: Served) -> None:
    answer = served.raw("/", [f"Host: localhost:{served.port}"], "HEAD")
    assert (answer.status, answer.text) == (200, "")


@pytest.mark.parametrize("target", ["/", "/nothing", "/run?run=nothing", "/view.css", "/view.js"])
def test_every_answer_has_the_headers_that_protect(served: Served, target: str) -> None:
    headers = [f"Host: localhost:{served.port}", "Origin: http://evil.example"]
    found = served.raw(target, headers).headers
    assert "frame-ancestors 'none'" in found["content-security-policy"]
    assert "unsafe" not in found["content-security-policy"]
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "no-referrer"
    assert found["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in found if name.startswith("access-control")]
    assert "server" not in found
