"""Ask the advisory service about every pinned package: .ci/audit.py LOCK.

pip-audit exits 0 when it could not look a package up; an audit that asked nobody must not pass.
Exit codes: 0 audited and clean, 1 vulnerable or not audited.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def main(lock: str) -> int:
    """Audit a lock file, print what was found and return the exit code."""
    program = Path(sys.executable).with_name("pip-audit")
    options = ["--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json"]
    done = subprocess.run([program, *options, "-r", lock], capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        sys.stderr.write(f"{lock}: not audited.\n{done.stderr}")
        return 1
    unknown = [package for package in packages if "skip_reason" in package]
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        names = ", ".join(advisory["id"] for advisory in package["vulns"])
        sys.stdout.write(f"{package['name']} {package['version']}: {names}\n")
    if unknown or not packages:
        sys.stderr.write(f"{lock}: not audited: {len(unknown)} of {len(packages)} packages\n")
        for package in unknown[:5]:
            sys.stderr.write(f"  {package['name']}: {package['skip_reason']}\n")
        sys.stderr.write("Run it where the advisory service answers.\n")
        return 1
    sys.stdout.write(f"{lock}: {len(packages)} packages, {len(vulnerable)} with advisories\n")
    return 1 if vulnerable else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
