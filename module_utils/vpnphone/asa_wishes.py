"""What is wanted of one ASA's new certificate, from a module's options, and what it is held against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .assess import unit_of
from .controls.site import Site
from .controls.validity import clock_bounds
from .errors import BadInput, VpnPhoneError
from .model import X509, AsaState
from .model.renewal import AsaRenewal, Journal
from .plan.names import shown
from .predict.presented import issuers_of
from .renewal.certificate import Order
from .renewal.certificate_checks import Given, Scene, Stores, check_certificate, check_use, hosts_of, old_of
from .renewal.certificate_files import passphrase_of, read_file
from .renewal.checks import PreflightPage
from .renewal.gathered import Seen, read_site
from .renewal.opening import wishes_of
from .renewal.pages import PREFLIGHT, read_page
from .renewal.pem import Bag, check_passphrase, read_pkcs12
from .renewal.pinned import pins_one_of, sent_for_sure
from .renewal.stages import clusters_of
from .renewal.standing import Standing
from .renewal.store import VPN_TRUST
from .renewal.wishes import Wish, trial
from .rundir import GatheredCluster, read_kept


class Wanted:
    """The options of vpnphone_asa_certificate, and what of the renewal's directory they are joined with."""

    def __init__(self, name: str, directory: Path, params: Mapping[str, Any], site: Site) -> None:
        self._name, self._directory, self._params, self._site = name, directory, params, site
        self._new: dict[str, Any] = dict(params["new_certificate"] or {})
        self.context = str(params["context"] or "")
        self.accept_unsaved = bool(params["accept_unsaved"])
        self.certificate_file = str(params["certificate_file"] or "")
        self.chain_files: list[str] = list(params["chain_files"])
        self._seen: Seen | None = None
        self._looked = False

    # --- the order --------------------------------------------------------------------------------------------------

    def order(self, asa: AsaRenewal) -> Order:
        """BadInput bad_wish."""
        wish = self._wish(asa)
        return Order(
            asa=asa,
            method=self._params["method"],
            key=wish.key,
            bits=wish.bits,
            subject=str(self._params["subject"] or (f"CN={wish.cn}" if wish.cn else "")),
            fqdn=wish.names[0] if wish.names else wish.cn,
            save=self._params["save"] == "after_verify",
        )

    def _wish(self, asa: AsaRenewal) -> Wish:
        """What preflight judged, read in the same way; without it only the name of the trustpoint is known."""
        if not self._new:
            return Wish(self._name, asa.interface, asa.new_trustpoint)
        wish = wishes_of({self._name: self._new})[0][self._name]
        if wish.trustpoint != asa.new_trustpoint:
            raise BadInput(
                f"the renewal was opened with trustpoint {asa.new_trustpoint}, not {shown(wish.trustpoint)}.",
                where=self._name,
                todo="Correct vpnphone_new_certificate of this ASA, or open a renewal of another name.",
                code="bad_wish",
            )
        return wish._replace(interface=asa.interface)

    @property
    def passphrase(self) -> str:
        """BadInput passphrase."""
        return check_passphrase(passphrase_of(self._params["pkcs12_passphrase"]), self._name)

    def bag(self) -> Bag:
        """The PKCS12 file. BadInput pkcs12_file, passphrase, file_missing."""
        path = self._params["pkcs12_file"]
        if not path:
            raise BadInput(
                "no PKCS12 file is named.", where=self._name, todo="Set vpnphone_pkcs12_file.", code="file_missing"
            )
        data = read_file(Path(path).expanduser(), "vpnphone_pkcs12_file")
        return read_pkcs12(data, self.passphrase, str(path))

    # --- what it is held against ------------------------------------------------------------------------------------

    def hosts(self, journal: Journal) -> tuple[str, ...]:
        return hosts_of(journal, self._name)

    def seen(self, journal: Journal) -> Seen | None:
        """What preflight gathered, or the run that is named; None where there is none."""
        if not self._looked:
            self._looked = True
            run = self._run()
            if run is not None:
                self._seen = read_site(run, journal.asas, journal.clusters, self._site, datetime.now(UTC))
        return self._seen

    def _run(self) -> Path | None:
        if self._params["run_dir"]:
            return Path(self._params["run_dir"])
        try:
            page = read_page(self._directory, PREFLIGHT, PreflightPage)
        except VpnPhoneError:
            return None
        run = self._directory / "runs" / Path(page.run).name if page is not None and page.run else None
        return run if run is not None and run.is_dir() else None

    def _scene(self, journal: Journal, state: AsaState, sent: Sequence[X509], *, trial: bool) -> Scene:
        pin = self._wish(journal.asas[self._name]).pin
        proven = pins_one_of(journal, self.seen(journal), self._name, (one.sha1 for one in sent)).proven
        return Scene(
            asa=journal.asas[self._name],
            state=state,
            hosts=self.hosts(journal),
            stores=self._stores(journal),
            site=self._site,
            clock=clock_bounds(state.clock, self._site) if state.clock is not None else None,
            controller=datetime.now(UTC),
            pin=pin,
            # Which CA will sign is not known before.
            proven=proven or (trial and pin == "ca"),
            host_id_check=self._params["host_id_check"],
        )

    def _stores(self, journal: Journal) -> Stores:
        run = self._run()
        found: dict[str, Any] = {}
        for cluster in clusters_of(journal, self._name):
            state = read_kept(run, cluster, GatheredCluster).state if run is not None else None
            rows = state.trust if state is not None else None
            found[cluster] = tuple(row for row in rows if row.store == VPN_TRUST) if rows is not None else None
        return found

    def checked(
        self, journal: Journal, state: AsaState, given: Given, chain: Sequence[X509], *, spki: bytes | None
    ) -> tuple[str, ...]:
        """Warnings of a certificate that may be imported. ChangeRefused as certificate_checks.check_certificate."""
        sent = sent_for_sure(chain, chain[0] if chain else None, self.seen(journal), self._name)
        scene = self._scene(journal, state, sent, trial=False)
        return check_certificate(scene, given, chain, spki=spki, old=old_of(scene.asa))

    def tried(self, journal: Journal, state: AsaState, order: Order, now: Standing) -> tuple[str, ...]:
        """Warnings of the wish itself, on a certificate made for trial; dates and chain are not known yet."""
        wish = self._wish(order.asa)
        wish = wish._replace(names=tuple(dict.fromkeys((order.fqdn, *wish.names))))
        old = old_of(order.asa)
        above = issuers_of(old, now.authorities()) if old is not None else ()
        sent = sent_for_sure(above, now.ca(order.asa.old_trustpoint), self.seen(journal), self._name)
        scene = self._scene(journal, state, sent, trial=True)
        return check_use(scene, trial(wish, unit_of(state, self._site)), ())
