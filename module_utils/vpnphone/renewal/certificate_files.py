"""Files of stage certificate: what a person brings, and what is laid out for one. Only public things are written."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import BadInput
from ..files import file_stem, private_directory, write_private
from ..model import X509
from ..predict.identity import public_key
from .certificate_checks import Given
from .pem import MAX_FILE, read_certificates

FILES = "files"
ENVIRONMENT = "VPNPHONE_PKCS12_PASSPHRASE"


def read_file(path: Path, option: str) -> bytes:
    """BadInput file_missing. At most one byte more than any such file may have."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_FILE + 1)
    except OSError as error:
        raise BadInput(
            f"the file cannot be read: {error.strerror}.", where=str(path), todo=f"Correct {option}.",
            code="file_missing",
        ) from error  # fmt: skip


class RenewalFiles:
    """<renewal>/files: <asa>.csr, <asa>.pem (signed, brought by a person), <asa>-chain.pem, <asa>-exported.pem."""

    def __init__(self, directory: Path, asa: str) -> None:
        self._folder = directory / FILES
        self._stem = file_stem(asa)

    @property
    def request(self) -> Path:
        return self._folder / f"{self._stem}.csr"

    @property
    def certificate(self) -> Path:
        return self._folder / f"{self._stem}.pem"

    @property
    def chain(self) -> Path:
        return self._folder / f"{self._stem}-chain.pem"

    def lay_out(self, end: str, text: str) -> Path:
        """Write <asa><end>, where it does not say that already."""
        path = private_directory(self._folder) / f"{self._stem}{end}"
        try:
            if path.read_bytes() == text.encode():
                return path
        except OSError:
            pass  # not there yet
        return write_private(path, text.encode())

    def signed(self, certificate: str, chain: Iterable[str], spki: bytes | None) -> Given | None:
        """What a person brought: by the options, else under the names above; None where there is nothing yet.

        Of several certificates in a file the one with the wanted key is the new one, else the first.
        """
        path = Path(certificate).expanduser() if certificate else self.certificate
        if not certificate and not os.path.lexists(path):
            return None
        found = read_certificates(read_file(path, "vpnphone_certificate_file"), str(path))
        leaf = next((one for one in found if spki is not None and public_key(one) == spki), found[0])
        return Given(leaf, (*(one for one in found if one is not leaf), *self.chain_files(chain)))

    def chain_files(self, chain: Iterable[str]) -> tuple[X509, ...]:
        """CA certificates of the named files, else of <asa>-chain.pem where that is there."""
        paths = [Path(one).expanduser() for one in chain]
        if not paths and os.path.lexists(self.chain):
            paths = [self.chain]
        found = [one for path in paths for one in read_certificates(read_file(path, "vpnphone_chain_files"), str(path))]
        return tuple(dict.fromkeys(found))


def passphrase_of(given: str | None) -> str:
    """The option's, else of the environment variable; "" where neither is set."""
    return given or os.environ.get(ENVIRONMENT, "")
