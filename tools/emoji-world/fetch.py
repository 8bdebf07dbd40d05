"""Fetches the 64 x 64 Noto Emoji pictures (Apache-2.0) from the npm package emoji-datasource-google.

    python fetch.py
"""

import subprocess
import tarfile

from common import PICTURES, WORK

PACKAGE_NAME = "emoji-datasource-google@16.0.0"


def main() -> None:
    WORK.mkdir(parents=True, exist_ok=True)
    archive = WORK / "emoji-datasource-google-16.0.0.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", PACKAGE_NAME, "--silent"], cwd=WORK, check=True)
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            name = member.name.removeprefix("package/")
            if name == "emoji.json" or (name.startswith("img/google/64/") and name.endswith(".png")):
                target = PICTURES / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(tar.extractfile(member).read())
    print(len(list((PICTURES / "img/google/64").glob("*.png"))), "pictures")


if __name__ == "__main__":
    main()
