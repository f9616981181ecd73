"""The logs of a lab as an engineer gets them: `show logging` of an ASA, and what a phone's web server serves."""

from __future__ import annotations

from collections.abc import Iterable

from ansible.module_utils.vpnphone.assess import assess_device, unit_of
from ansible.module_utils.vpnphone.controls.site import Site
from ansible.module_utils.vpnphone.diagnose.read import Reading, read_texts
from ansible.module_utils.vpnphone.diagnose.site import SiteNames, site_names
from ansible.module_utils.vpnphone.gather import live_state
from ansible.module_utils.vpnphone.gather_logs import fetch_phone
from ansible.module_utils.vpnphone.model.diagnosis import Cause, Diagnosis
from ansible.module_utils.vpnphone.transport.phone_web import PhonePages

from lab.testing import RunningLab


def of_asa(site: RunningLab, name: str) -> dict[str, str]:
    site.logged()
    return {f"{name}/show_logging.txt": site.type(name, "show logging")}


def forget(site: RunningLab, name: str) -> None:
    """What the ASA has logged so far is gone from its buffer."""
    site.logged()
    site.inside(site.device(name).login_context.log.lines.clear)


def of_phone(site: RunningLab, name: str) -> dict[str, str]:
    """Its console logs and status messages, by the product's own way of reading them."""
    address = f"127.0.0.1:{site.lab.phones.web[name].port}"
    with PhonePages(name, address) as pages:
        fetched = fetch_phone(pages, name, address)
    assert not fetched.facts
    return {f"{name}/{file}": text for file, text in fetched.files}


def reading(site: RunningLab, asas: Iterable[str] = (), phones: Iterable[str] = ()) -> Reading:
    """Everything of these devices. Whose a file is, its path says."""
    read = [read_texts(of_asa(site, name), device=name, side="asa") for name in asas]
    read += [read_texts(of_phone(site, name)) for name in phones]
    return Reading(
        tuple(source for one in read for source in one.sources),
        tuple(event for one in read for event in one.events),
        tuple(note for one in read for note in one.notes),
    )


class _Typed:
    """A session of the lab's own, as gathering wants one."""

    privilege = 15

    def __init__(self, site: RunningLab, name: str) -> None:
        self._site, self._name = site, name

    def run(self, command: str) -> str:
        text = self._site.type(self._name, command)
        return text.partition(f"# {command}\n")[2].rpartition("\n")[0]


def names_of(site: RunningLab, name: str, tunnel_group: str, url: str) -> SiteNames:
    """What an audit of that ASA alone knows, gathered and judged as in life."""
    state, _ = live_state(_Typed(site, name), name)
    declared = Site(tunnel_groups=(tunnel_group,), gateway_urls=(url,))
    return site_names((), (unit_of(state, declared),), assess_device(state, declared).findings)


def told(found: Diagnosis, cause: Cause) -> str:
    """The lines that a cause is shown by."""
    return "\n".join(found.events[index].text for index in cause.evidence)
