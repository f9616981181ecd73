"""Each phone of a cluster at each moment: its files, its URLs in order, the ASAs behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from ..controls.site_context import AsaUnit, SiteContext
from ..model import X509, Attempt, Connection, CucmPhone, PhoneState, Prediction, Reason, VpnGroupConfig
from ..model.prediction import Moment
from . import head as heads
from .admission import Demand
from .attempt import World, attempt, decides
from .change import Change, HostIdCheck
from .files import Files, good_files, held, reachable, served
from .phones import PhoneKind, client_of, mac_name, rows_of, users_with_attributes
from .reach import answering

MOMENTS: tuple[Moment, ...] = ("now", "apply", "failover", "reload", "change")
NO_VPN = Reason(
    step="file",
    verdict="LOCKED OUT",
    text="its file has no vpnGroup: the VPN settings are not applied to it",
    features=("F-050",),
    fix=(
        "PERSON: give its Common Phone Profile a VPN group and a VPN profile, choose that profile for the phone, then"
        " Apply Config.",
    ),
)
NO_URL = Reason(step="file", verdict="LOCKED OUT", text="its file names no VPN gateway", features=("F-023", "F-050"))


def predict(
    site: SiteContext, moments: Iterable[Moment] = MOMENTS, change: Change | None = None
) -> tuple[Prediction, ...]:
    """Every VPN phone of the cluster, by name, at each of these moments; "change" only where there is one.

    A moment that no ASA of the site knows is left out: a failover where none has a mate.
    """
    wanted = [moment for moment in MOMENTS if moment in set(moments)]
    if change is None:
        wanted = [moment for moment in wanted if moment != "change"]
    if not any(unit.state.failover is None or unit.state.failover.enabled for unit in site.asas):
        wanted = [moment for moment in wanted if moment != "failover"]
    oracle = _Oracle(site, change)
    return tuple(oracle.of(name, moment) for name in oracle.names for moment in wanted)


class _Oracle:
    """What one call of predict shares over its phones: phones of one kind with one file share their attempts."""

    def __init__(self, site: SiteContext, change: Change | None) -> None:
        self._site, self._change = site, change
        self._switches = [step for step in (change.steps if change else ()) if isinstance(step, HostIdCheck)]
        cucm = site.cucm
        self._listed = {phone.name: phone for phone in cucm.phones or ()}
        self._states = {phone.name: phone for phone in site.phones}
        self._registered = {found.name: found for found in cucm.registrations or ()}
        self._users = users_with_attributes(site.asas)
        self._sessions = _sessions(site.asas)
        self._heads: dict[tuple[str, Moment], heads.Head] = {}
        self._attempts: dict[tuple[Moment, str, str, VpnGroupConfig, int], Attempt] = {}
        # Each kind of phone once, by its number: a kind is large, and would be hashed for every attempt.
        self._kinds: dict[str, tuple[int, PhoneKind]] = {}
        self._numbers: dict[PhoneKind, int] = {}
        self._held: dict[str, Files] = {}
        self._latest = max((unit.now for unit in site.asas), default=site.now)
        self._answering: dict[str, tuple[AsaUnit, ...]] = {}
        self._profiles = {found.name: found for found in cucm.common_profiles or ()}
        self.names = sorted(name for name in {*self._listed, *self._states} if self._is_vpn_phone(name))
        self._world = World(_known_certificates(site), self._demand())

    # --- which phones ---------------------------------------------------------------------------------------------

    def _is_vpn_phone(self, name: str) -> bool:
        """A desk phone without any sign of VPN is none of the audit's; where CUCM does not tell, the file decides."""
        state, listed = self._states.get(name), self._listed.get(name)
        if name.upper() in self._sessions:
            return True
        files = good_files(state) if state is not None else ()
        if any(found.vpn is not None for found in files):
            return True
        profile = self._profiles.get(listed.common_profile) if listed is not None else None
        if profile is not None:
            return bool(profile.vpn_group or profile.vpn_profile)
        # Its profile is not known: a file that was read and has no vpnGroup speaks for a desk phone.
        return not files

    def _demand(self) -> dict[str, Demand]:
        """Phones that have a URL of an ASA, wherever in their list: all may come to it when another one fails."""
        names = frozenset(name.upper() for name in self.names)
        counts: dict[str, int] = {}
        for name in self.names:
            state = self._states.get(name)
            files = good_files(state) if state is not None else ()
            urls = {url for found in files if found.vpn for url in found.vpn.urls}
            # A phone whose file could not be read may come to any of them.
            units = [unit for url in urls for unit in self._units(url)] if files else self._site.asas
            for asa in {unit.device for unit in units}:
                counts[asa] = counts.get(asa, 0) + 1
        return {asa: Demand(count, names) for asa, count in counts.items()}

    def _units(self, url: str) -> tuple[AsaUnit, ...]:
        if url not in self._answering:
            self._answering[url] = answering(self._site.asas, url)
        return self._answering[url]

    # --- one phone ------------------------------------------------------------------------------------------------

    def of(self, name: str, moment: Moment) -> Prediction:
        listed, state = self._listed.get(name), self._states.get(name)
        number, kind = self._kind(name, listed)
        files = self._files(name, listed, state, moment)
        tried = [self._tried(vpn, number, kind, moment) for vpn in files.variants]
        verdicts = [verdict for verdict, _, _ in tried] + ["UNKNOWN" for _ in files.unknown]
        verdict = _all_alike(verdicts)
        if verdict == "CONNECTS" and files.doubt:
            verdict, files = "UNKNOWN", files._replace(unknown=files.doubt)
        if len(set(verdicts)) > 1 and not files.unknown and "UNKNOWN" not in verdicts:
            files = files._replace(unknown=(_differently(tried),))
        return Prediction(
            phone=name,
            model=kind.model,
            moment=moment,
            verdict=verdict,
            first=_first(verdict, files, tried),
            attempts=_attempts(files, tried),
            connected=name.upper() in self._sessions,
        )

    def _kind(self, name: str, listed: CucmPhone | None) -> tuple[int, PhoneKind]:
        if name not in self._kinds:
            model = (listed.model if listed is not None else "") or self._sessions.get(name.upper(), "")
            client = client_of(listed, self._site.cucm)
            if client.valid_until is not None and client.valid_until > self._latest:
                # Good by every clock: its day must not make a kind of its own of each phone.
                client = client._replace(valid_until=None)
            kind = PhoneKind(model, rows_of(model, self._site.site), client, self._users.get(name.upper(), ""))
            self._kinds[name] = self._numbers.setdefault(kind, len(self._numbers)), kind
        return self._kinds[name]

    def _files(self, name: str, listed: CucmPhone | None, state: PhoneState | None, moment: Moment) -> Files:
        """The file it holds; after Apply Config the one it would fetch, where it can be reached."""
        registration = self._registered.get(name)
        if name not in self._held:
            self._held[name] = held(state, registration, self._site.cucm.tftp_nodes)
        holding = self._held[name]
        if moment == "change" and self._switches and not self._profile_known(listed):
            why = "its VPN profile is not known, so whether the change of the host-ID check reaches it is not either"
            return Files((), (*holding.unknown, Reason(step="file", verdict="UNKNOWN", text=why)))
        switch = self._host_id(listed) if moment == "change" else None
        if moment != "apply" and switch is None:
            return holding
        reached = reachable(registration, self._site.cucm.registrations is not None, name.upper() in self._sessions)
        fetched = served(state, self._site.cucm.tftp_nodes)
        if switch is not None:
            fetched = fetched._replace(variants=tuple(_switched(vpn, switch) for vpn in fetched.variants))
        if reached is None:
            return holding | fetched
        return fetched if reached else holding

    def _profile_known(self, listed: CucmPhone | None) -> bool:
        return listed is not None and listed.common_profile in self._profiles

    def _host_id(self, listed: CucmPhone | None) -> bool | None:
        """The host-ID check that a change gives this phone's VPN profile; None where it gives none."""
        profile = self._profiles.get(listed.common_profile) if listed is not None else None
        mine = [step.on for step in self._switches if profile is not None and step.profile == profile.vpn_profile]
        return mine[-1] if mine else None

    def _tried(
        self, vpn: VpnGroupConfig | None, number: int, kind: PhoneKind, moment: Moment
    ) -> tuple[Connection, str, tuple[Attempt, ...]]:
        """(verdict, the deciding sentence, attempts) of one content of the file: its URLs in order."""
        if vpn is None or not vpn.urls:
            reason = NO_VPN if vpn is None else NO_URL
            return "LOCKED OUT", reason.text, (Attempt(url="", asa="", verdict="LOCKED OUT", reasons=(reason,)),)
        urls = [self._at_url(url, vpn, number, kind, moment) for url in vpn.urls]
        attempts = tuple(one for _, found in urls for one in found)
        verdicts = [verdict for verdict, _ in urls]
        if "CONNECTS" in verdicts:
            at = verdicts.index("CONNECTS")
            text = decides(urls[at][1][0])
            if "UNKNOWN" in verdicts[:at]:
                text += "; a URL before it is UNKNOWN, which cannot keep the phone from going on to this one"
            return "CONNECTS", text, attempts
        if set(verdicts) == {"LOCKED OUT"}:
            return "LOCKED OUT", decides(attempts[0]), attempts
        open_one = next(found for verdict, found in urls if verdict == "UNKNOWN")
        worst = next((one for one in open_one if one.verdict == "UNKNOWN"), open_one[0])
        return "UNKNOWN", decides(worst), attempts

    def _at_url(
        self, url: str, vpn: VpnGroupConfig, number: int, kind: PhoneKind, moment: Moment
    ) -> tuple[Connection, tuple[Attempt, ...]]:
        """Every ASA that may answer: what holds for all of them, else UNKNOWN."""
        units = self._units(url)
        if not units:
            text = "no ASA that was read answers this URL"
            fix = ("PERSON: add the ASA behind it to the audit, or correct the URL of the VPN gateway in CUCM.",)
            reason = Reason(step="reach", verdict="UNKNOWN", text=text, features=("F-014",), fix=fix)
            return "UNKNOWN", (Attempt(url=url, asa="", verdict="UNKNOWN", reasons=(reason,)),)
        found = tuple(self._attempt(unit, url, vpn, number, kind, moment) for unit in units)
        return _all_alike([one.verdict for one in found]), found

    def _attempt(
        self, unit: AsaUnit, url: str, vpn: VpnGroupConfig, number: int, kind: PhoneKind, moment: Moment
    ) -> Attempt:
        key = (moment, unit.device, url, vpn, number)
        if key not in self._attempts:
            self._attempts[key] = attempt(self._world, self._head(unit, moment), url, vpn, kind)
        return self._attempts[key]

    def _head(self, unit: AsaUnit, moment: Moment) -> heads.Head:
        if (unit.device, moment) not in self._heads:
            found = heads.now(unit)
            match moment:
                case "failover":
                    found = heads.after_failover(found)
                case "reload":
                    found = heads.after_reload(found)
                case "change" if self._change is not None:
                    found = heads.changed(found, self._change)
            self._heads[unit.device, moment] = found
        return self._heads[unit.device, moment]


# --- small parts ------------------------------------------------------------------------------------------------------


def _all_alike(verdicts: list[Connection]) -> Connection:
    """What holds in every case, else UNKNOWN."""
    return verdicts[0] if verdicts and len(set(verdicts)) == 1 else "UNKNOWN"


def _switched(vpn: VpnGroupConfig | None, on: bool) -> VpnGroupConfig | None:
    return msgspec.structs.replace(vpn, host_id_check=on) if vpn is not None else None


def _sessions(units: Iterable[AsaUnit]) -> dict[str, str]:
    """Phones with a session, by SEP<MAC> in capitals: their model as the user name has it ("7962G")."""
    found: dict[str, str] = {}
    for unit in units:
        for session in unit.state.sessions or ():
            if name := mac_name(session.username):
                found[name] = session.username.upper().removeprefix("CP-").partition("-SEP")[0]
    return found


def _known_certificates(site: SiteContext) -> Mapping[str, X509]:
    """Every certificate whose content is known, by SHA-1: what a pin of a file can be told from."""
    found = [held.x509 for held in site.cucm.trust or () if held.x509 is not None]
    for unit in site.asas:
        found += [one.x509 for one in unit.state.certificate_chain or ()]
        found += [one for probe in unit.probes for shake in probe.handshakes for one in shake.chain]
    return {one.sha1: one for one in found}


def _differently(tried: list[tuple[Connection, str, tuple[Attempt, ...]]]) -> Reason:
    """The nodes serve files of which one lets the phone in and another does not."""
    texts = "; ".join(f"{found}: {text}" for found, text, _ in tried)
    return Reason(
        step="file",
        verdict="UNKNOWN",
        text=f"the nodes serve files that come out differently ({texts})",
        features=("F-021",),
        fix=("PERSON: see VPNP-322: every TFTP node must serve the same file before anything is applied.",),
    )


def _first(verdict: Connection, files: Files, tried: list[tuple[Connection, str, tuple[Attempt, ...]]]) -> str:
    if verdict == "UNKNOWN" and files.unknown:
        return files.unknown[0].text
    return next((text for found, text, _ in tried if found == verdict), "nothing is proven")


def _attempts(files: Files, tried: list[tuple[Connection, str, tuple[Attempt, ...]]]) -> tuple[Attempt, ...]:
    """The attempts of every variant, each once; what is unknown of the file stands before them, without a URL."""
    unknown = (Attempt(url="", asa="", verdict="UNKNOWN", reasons=files.unknown),) if files.unknown else ()
    return tuple(dict.fromkeys((*unknown, *(one for _, _, found in tried for one in found))))
