"""The clusters of a lab together: their listeners, their files in the lab's directory, their part of the inventory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from .. import ssh
from .cluster import Cluster
from .servers import ClusterServers, web_ca

CA_FILE = "cucm-ca.pem"


class ClusterSite:
    """Open and close it from within the lab's loop."""

    def __init__(self, clusters: Mapping[str, Cluster], directory: Path) -> None:
        self._clusters = clusters
        self._directory = directory
        self._servers: list[ClusterServers] = []

    async def open(self, log: ssh.Log) -> list[str]:
        """Everything listens; returns the lines for known_hosts. OSError where a fixed port is taken."""
        if not self._clusters:
            return []
        ca = web_ca()
        file = self._directory / CA_FILE
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text(ca.pem, encoding="ascii")
        lines = []
        for cluster in self._clusters.values():
            servers = ClusterServers(cluster, log)
            self._servers.append(servers)
            lines.append(await servers.open(ca, self._directory / "keys"))
        return lines

    def follow(self, loop: asyncio.AbstractEventLoop) -> None:
        """Write the state of every cluster, now and after each change."""
        for cluster in self._clusters.values():
            write = partial(cluster.write_state, self._directory / "state")
            cluster.on_change = ssh.deferred(loop, write)
            write()

    async def close(self) -> None:
        for servers in self._servers:
            await servers.close()
        self._servers = []

    def hostvars(self, phone_web: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Any]]:
        """Inventory variables by cluster. phone_web: where the phones of each cluster show their pages."""
        return {
            name: {
                "ansible_host": "127.0.0.1",
                "ansible_user": cluster.spec.axl_user.name,
                "ansible_password": cluster.spec.axl_user.password,
                "vpnphone_axl_port": cluster.axl_port,
                "vpnphone_cucm_ca_file": str(self._directory / CA_FILE),
                "vpnphone_os_user": cluster.spec.os_user.name,
                "vpnphone_os_password": cluster.spec.os_user.password,
                "vpnphone_os_port": cluster.os_port,
                "vpnphone_platform_port": cluster.platform_port,
                "vpnphone_known_hosts": str(self._directory / "known_hosts"),
                "vpnphone_tftp_nodes": _nodes(cluster),
                "vpnphone_phone_web": True,
                "vpnphone_phone_web_addresses": dict(phone_web.get(name, {})),
                **cluster.spec.vars,
            }
            for name, cluster in self._clusters.items()
        }

    def described(self) -> Iterable[tuple[str, str]]:
        """(name, one line) of each cluster."""
        for name, cluster in self._clusters.items():
            notes = [f"CUCM {cluster.spec.version}", f"{len(cluster.nodes)} nodes", f"{len(cluster.phones)} phones"]
            if cluster.spec.export == "unrestricted":
                notes.append("export unrestricted")
            if cluster.spec.faults:
                notes.append("faults: " + ", ".join(fault.kind for fault in cluster.spec.faults))
            yield name, f"{name:<16} 127.0.0.1:{cluster.axl_port:<6} {', '.join(notes)}"


def _nodes(cluster: Cluster) -> list[dict[str, Any]]:
    return [
        {"name": node.name, "host": "127.0.0.1", "http_port": node.http_port, "tftp_port": node.tftp_port}
        for node in cluster.nodes.values()
        if node.tftp
    ]
