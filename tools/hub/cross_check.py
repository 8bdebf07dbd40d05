"""Checks that @mokus/checkpoint and Python's huggingface_hub share one cache and read what the other uploads, against a hub
on the loopback.

    python tools/hub/cross_check.py        # from the repository's root, after an install

writes tools/hub/cross_check.json, with every check and its verdict, and packages/checkpoint/test/fixtures/hub-python.json:
what huggingface_hub makes of environment variables and patterns, for the tests, which need no Python.
Needs huggingface_hub 2.4.0.
"""

import fnmatch
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import huggingface_hub
from huggingface_hub import HfApi, constants, get_cached_repo_tree, hf_hub_download, scan_cache_dir, snapshot_download

ROOT = Path(__file__).resolve().parents[2]
NODE = ["node", "--import", "tsx"]
DOWNLOAD = "packages/checkpoint/test/support/hub-process.ts"
PUSH = "packages/checkpoint/test/support/push-process.ts"
FIXTURE = ROOT / "packages/checkpoint/test/fixtures/hub-python.json"
RESULT = Path(__file__).with_suffix(".json")

HOME = "/home/someone"
ENVIRONMENTS = [
    {},
    {"XDG_CACHE_HOME": "/x"},
    {"HF_HOME": "/h", "XDG_CACHE_HOME": "/x"},
    {"HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/h"},
    {"HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HOME": "/h"},
    {"HF_HUB_CACHE": "~"},
    {"HF_HOME": "~/models"},
    {"XDG_CACHE_HOME": "~/x"},
    {"HF_HUB_CACHE": "/a/~/b"},
    {"HF_HOME": "$DISK/hf", "DISK": "/d"},
    {"HF_HUB_CACHE": "/a/${DISK}b$DISK", "DISK": "d"},
    {"HF_HUB_CACHE": "/a/$NONE/${NONE}"},
    {"HF_TOKEN": " hf_a\n"},
    {"HUGGING_FACE_HUB_TOKEN": "hf_b"},
    {"HF_TOKEN": "hf_a", "HUGGING_FACE_HUB_TOKEN": "hf_b"},
    {"HF_ENDPOINT": "http://mirror:8080/hf/"},
    *({"HF_HUB_OFFLINE": value} for value in ("1", "on", "True", "0", "2", "")),
    {"TRANSFORMERS_OFFLINE": "yes"},
    {"HF_HUB_OFFLINE": "0", "TRANSFORMERS_OFFLINE": "1"},
]
PROBE = """
import json
from huggingface_hub import constants, get_token
print(json.dumps(dict(cacheDir=constants.HF_HUB_CACHE, endpoint=constants.ENDPOINT, offline=constants.HF_HUB_OFFLINE,
                      token=get_token())))
"""
PATTERNS = ["*", "*.json", "vae/", "vae/*.json", "v?e/*", "[!v]*", "[a-c]*", "[]]", "[", "a[", "a.b", "a+b", "*-*", "**/x", "(a|b)", "$^"]
PATHS = ["a.json", "vae/a.json", "vae/b/c.json", "config", "]", "[", "a[", "a.b", "axb", "a+b", "aab", "m-1", "x", "a/x", "(a|b)", "a", "$^", "a\nb"]


def python_fixture() -> dict:
    environments = []
    for environment in ENVIRONMENTS:
        clean = {"PATH": os.environ["PATH"], "HOME": HOME, **environment}
        output = subprocess.run([sys.executable, "-c", PROBE], env=clean, check=True, capture_output=True, text=True)
        expected = json.loads(output.stdout)
        if expected["cacheDir"].startswith(HOME):
            expected["cacheDir"] = "~" + expected["cacheDir"].removeprefix(HOME)
        environments.append({"environment": environment, "expected": expected})
    patterns = {
        pattern: [path for path in PATHS if fnmatch.fnmatchcase(path, pattern + "*" if pattern.endswith("/") else pattern)]
        for pattern in PATTERNS
    }
    return {"huggingface_hub": huggingface_hub.__version__, "environments": environments, "paths": PATHS, "patterns": patterns}


def node_download(identifier: str, environment: dict | None = None, **options) -> subprocess.Popen:
    command = [*NODE, DOWNLOAD, identifier, json.dumps({"token": False, **options})]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, text=True)


def outcome(process: subprocess.Popen) -> dict:
    return json.loads(process.communicate(timeout=300)[0])


def digests(folder: str | Path) -> dict[str, str]:
    files = (path for path in Path(folder).rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def blob_stamps(cache: Path) -> dict[str, tuple[int, int]]:
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in cache.glob("models--*/blobs/*")}


def fails_with(name: str, run) -> bool:
    try:
        run()
    except Exception as error:  # the class is what is checked
        return type(error).__name__ == name
    return False


def cross_checks(endpoint: str, identifier: str, commit: str, place: Path) -> dict[str, bool]:
    checks: dict[str, bool] = {}
    online = dict(endpoint=endpoint, token=False)

    cache = place / "by-python"
    folder = snapshot_download(identifier, cache_dir=cache, **online)
    content, stamps = digests(folder), blob_stamps(cache)
    checks["what Python's snapshot_download wrote is read offline"] = (
        outcome(node_download(identifier, cacheDir=str(cache), localFilesOnly=True)) == {"folder": folder}
    )
    checks["what Python wrote is not fetched again"] = (
        outcome(node_download(identifier, cacheDir=str(cache), endpoint=endpoint)) == {"folder": folder}
        and blob_stamps(cache) == stamps
    )

    cache = place / "by-python-file-by-file"
    for path in content:
        hf_hub_download(identifier, path, cache_dir=cache, **online)
    result = outcome(node_download(identifier, cacheDir=str(cache), localFilesOnly=True))
    checks["what Python's hf_hub_download wrote is read offline"] = digests(result["folder"]) == content

    cache = place / "part-by-python"
    snapshot_download(identifier, cache_dir=cache, allow_patterns=["*.json"], **online)
    part = dict(cacheDir=str(cache), localFilesOnly=True)
    checks["a part that Python wrote is read offline as that part"] = (
        "folder" in outcome(node_download(identifier, allowPatterns=["*.json"], **part))
    )
    checks["a part that Python wrote is not taken for the whole"] = (
        outcome(node_download(identifier, **part)).get("code") == "offline"
    )

    cache = place / "by-node"
    folder = outcome(node_download(identifier, cacheDir=str(cache), endpoint=endpoint))["folder"]
    stamps = blob_stamps(cache)
    checks["the same files, byte for byte"] = digests(folder) == content
    checks["what we wrote is read offline by snapshot_download"] = (
        snapshot_download(identifier, cache_dir=cache, local_files_only=True) == folder
    )
    checks["what we wrote is read offline by commit"] = (
        snapshot_download(identifier, revision=commit, cache_dir=cache, local_files_only=True) == folder
    )
    checks["what we wrote is read offline by hf_hub_download"] = all(
        hf_hub_download(identifier, path, cache_dir=cache, local_files_only=True) == f"{folder}/{path}" for path in content
    )
    checks["what we wrote is not fetched again"] = (
        snapshot_download(identifier, cache_dir=cache, **online) == folder and blob_stamps(cache) == stamps
    )
    checks["get_cached_repo_tree reads our listing"] = (
        {file.path for file in get_cached_repo_tree(identifier, cache_dir=cache)} == set(content)
    )
    scan = scan_cache_dir(cache)
    checks["scan_cache_dir finds our repository without a warning"] = (
        not scan.warnings
        and [repo.repo_id for repo in scan.repos] == [identifier]
        and [sorted(revision.refs) for repo in scan.repos for revision in repo.revisions] == [["main"]]
        and {file.file_name for repo in scan.repos for revision in repo.revisions for file in revision.files}
        == {Path(path).name for path in content}
    )

    cache = place / "part-by-node"
    outcome(node_download(identifier, cacheDir=str(cache), endpoint=endpoint, allowPatterns=["*.json"]))
    part = dict(cache_dir=cache, local_files_only=True)
    checks["a part that we wrote is read offline as that part"] = bool(
        snapshot_download(identifier, allow_patterns=["*.json"], **part)
    )
    checks["a part that we wrote is not taken for the whole"] = fails_with(
        "IncompleteSnapshotError", lambda: snapshot_download(identifier, **part)
    )

    cache = place / "both-at-once"
    process = node_download(identifier, cacheDir=str(cache), endpoint=endpoint)
    folder = snapshot_download(identifier, cache_dir=cache, **online)
    checks["Python and we at once"] = outcome(process) == {"folder": folder} and digests(folder) == content

    home = place / "home"
    process = node_download(identifier, {"HF_HOME": str(home), "HF_ENDPOINT": endpoint})
    checks["HF_HOME and HF_ENDPOINT lead to the place where Python looks"] = (
        outcome(process)["folder"]
        == snapshot_download(identifier, cache_dir=home / "hub", local_files_only=True)
    )
    offline = {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1"}
    checks["HF_HUB_OFFLINE uses the cache"] = "folder" in outcome(node_download(identifier, offline))
    return checks | upload_checks(endpoint, folder, content, place)


def upload_checks(endpoint: str, folder: str, content: dict[str, str], place: Path) -> dict[str, bool]:
    """The hub of the tests takes uploads of both, so it speaks the protocol that Python does; each reads the other's."""
    checks: dict[str, bool] = {}
    ours, theirs = "someone/by-node", "someone/by-python"
    extra = place / "extra"
    extra.mkdir()
    (extra / "new.safetensors").write_bytes(os.urandom(300_000))
    push = [*NODE, PUSH, folder, ours, json.dumps({"token": "hf_x", "endpoint": endpoint})]
    made = json.loads(subprocess.run(push, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout)
    got = snapshot_download(ours, revision=made["commit"], cache_dir=place / "pushed", endpoint=endpoint, token=False)
    checks["Python downloads what we pushed, by its commit"] = content.items() <= digests(got).items()

    constants.HF_HUB_DISABLE_XET = True
    api = HfApi(endpoint=endpoint, token="hf_x")
    api.create_repo(theirs, private=True)
    for path in (folder, extra):
        api.upload_folder(repo_id=theirs, folder_path=path, commit_message="by Python")
    cache = str(place / "pushed-by-python")
    got = outcome(node_download(theirs, cacheDir=cache, endpoint=endpoint))["folder"]
    checks["we download what Python uploaded to the same hub"] = (content | digests(extra)).items() <= digests(got).items()
    push = [*NODE, PUSH, folder, theirs, json.dumps({"token": "hf_x", "endpoint": endpoint})]
    subprocess.run(push, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    checks["a push into what Python made replaces its files and keeps the others"] = (
        set(api.list_repo_files(theirs)) == {*content, "new.safetensors", ".gitattributes"}
    )
    return checks


def main() -> None:
    FIXTURE.parent.mkdir(parents=True, exist_ok=True)
    FIXTURE.write_text(json.dumps(python_fixture(), indent=1) + "\n")
    server = subprocess.Popen(
        [*NODE, "tools/hub/serve.ts"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        served = json.loads(server.stdout.readline())
        with tempfile.TemporaryDirectory() as place:
            checks = cross_checks(served["endpoint"], served["id"], served["commit"], Path(place).resolve())
    finally:
        server.stdin.close()
        server.wait(timeout=60)
    node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    result = {"huggingface_hub": huggingface_hub.__version__, "node": node, "checks": checks}
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))
    if not all(checks.values()):
        sys.exit("a check failed")


if __name__ == "__main__":
    main()
