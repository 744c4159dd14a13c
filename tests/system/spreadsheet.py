"""LibreOffice without a window: tables saved as it saves them."""
import os
import shutil
import subprocess

from harness import DIES_WITH_US

SOFFICE = shutil.which("soffice")
# Numbers of LibreOffice's own for encodings.
_CHARSET = {"utf-8": 76, "utf-16": 65535, "cp1252": 1}
_TEXT, _STANDARD = 2, 1
_EXPORT = "Text - txt - csv (StarCalc)"


def why_left_out():
    """Why nothing can be saved here; empty where it can."""
    return "" if SOFFICE else "NOT TESTED: what LibreOffice saves; soffice is not installed: ./dev setup"


class LibreOffice:
    """Opens tables in UTF-8 with commas, and saves them again. `folder` is its own, and lives as long as it does."""

    def __init__(self, folder):
        self.folder = folder
        self._runs = 0

    def save(self, tables, separator, encoding, as_text=True, seconds=120):
        """`tables`: {name: bytes}; the same names with what was saved. `as_text`: each column is opened as text (what the
        dialog calls so), so that nothing in it is changed; else as LibreOffice recognises it, in American English."""
        self._runs += 1
        given, saved = (os.path.join(self.folder, f"{what}{self._runs}") for what in ("given", "saved"))
        os.makedirs(given)
        for name, content in tables.items():
            with open(os.path.join(given, name), "wb") as out:
                out.write(content)
        kinds = "/".join(f"{column}/{_TEXT if as_text else _STANDARD}" for column in range(1, 65))
        american = 1033
        done = subprocess.run(
            [*DIES_WITH_US, SOFFICE, f"-env:UserInstallation=file://{self.folder}/settings", "--headless", "--norestore",
             f"--infilter=CSV:44,34,76,1,{kinds},{american},false,{'false' if as_text else 'true'},false",
             "--convert-to", f"csv:{_EXPORT}:{ord(separator)},34,{_CHARSET[encoding]},1,,{american},false,true,false",
             "--outdir", saved, *(os.path.join(given, name) for name in tables)],
            capture_output=True, timeout=seconds)
        out = {}
        for name in tables:
            try:
                with open(os.path.join(saved, name), "rb") as file:
                    out[name] = file.read()
            except FileNotFoundError:
                raise AssertionError(f"LibreOffice did not save {name}\n{done.stdout.decode()}\n{done.stderr.decode()}") from None
        return out
