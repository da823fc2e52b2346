"""The OpenAPI document is the contract: thousands of requests, and every answer is held to it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

EXAMPLES = {"sqlite": 20, "postgresql": 5}
"""Made-up requests per address, beside those for every type and limit that the document names.

What is asked is read before any store is: on the second one, few find what the others do not."""

LEAST = 1000
"""Cases of a run that examined anything: a document without limits would pass with few."""

RUN = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"


@pytest.mark.timeout(600)
def test_no_answer_is_undocumented(
    caller: Callable[[str], httpx.Client], store: str, root: Path, tmp_path: Path
) -> None:
    client, here = caller("all"), root / "tests" / "serving"
    command = [sys.executable, "-c", RUN, "--config-file", str(here / "schemathesis.toml"), "run"]
    done = subprocess.run(
        [
            *(*command, str(client.base_url.join("/openapi.json")), "--no-color"),
            *("--header", f"Authorization: {client.headers['authorization']}"),
            *("--max-examples", str(EXAMPLES[store])),
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": str(here / "contract_hooks.py")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases
    assert cases[1] == cases[2]
    assert int(cases[1]) > LEAST
