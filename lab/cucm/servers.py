"""Everything that a cluster listens with: AXL and RisPort, certificate API, command line, and its nodes' files."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from .. import ssh
from ..certs import Cert, build, new_key, parse_name, pem_of
from . import ris
from .axl import Axl, page
from .cli_ssh import CliServer
from .cluster import Cluster
from .files import OVERSIZE, NodeFiles
from .http import Answer, Handler, HttpServer, Request
from .rest import Rest
from .ris import Ris
from .tftp import Find, Served, TftpServer


def web_ca() -> Cert:
    """The CA of the clusters' HTTPS certificates, made anew for every lab."""
    now = datetime.now(UTC).replace(microsecond=0)
    name = parse_name("CN=Lab Web CA,O=Example Corp,C=US")
    return build(
        name, new_key("ec256"), ca=True, not_before=now - timedelta(days=1), not_after=now + timedelta(days=30)
    )


def web_certificate(cluster: Cluster, ca: Cert) -> Cert:
    """The tomcat certificate: of the cluster's nodes and of loopback, unless a fault has it otherwise."""
    now = datetime.now(UTC).replace(microsecond=0)
    name, san = cluster.name, (*(f"DNS:{node}" for node in cluster.nodes), "DNS:localhost", "IP:127.0.0.1")
    if cluster.has_fault("tls_wrong_host"):
        name = "other-cucm.example.net"
        san = (f"DNS:{name}",)
    end = now - timedelta(days=1) if cluster.has_fault("tls_expired") else now + timedelta(days=20)
    start = now - timedelta(days=40)
    return build(parse_name(f"CN={name}"), new_key("ec256"), issuer=ca, san=san, not_before=start, not_after=end)


class ClusterServers:
    """Open and close them from within the lab's loop; the cluster knows its ports afterwards."""

    def __init__(self, cluster: Cluster, log: ssh.Log) -> None:
        self.cluster = cluster
        self._log = log
        self._axl = Axl(cluster)
        self._http: list[HttpServer] = []
        self._tftp: list[TftpServer] = []
        self._cli = CliServer(cluster, self.log)

    async def open(self, ca: Cert, keys: Path) -> str:
        """Listen everywhere; returns the line for known_hosts. OSError where a fixed port is taken."""
        cluster = self.cluster
        cert = web_certificate(cluster, ca)
        cluster.stores["tomcat"].put(cert)
        context = _context(cert, ca, keys / f"{cluster.name}.pem")
        services = {path: Ris(cluster) for path in ris.PATHS}

        async def web(request: Request) -> Answer:
            self._tell(request)
            if request.path.startswith("/axl"):
                return await self._axl.answer(request)
            service = services.get(request.path.rstrip("/"))
            return page(404) if service is None else await service.answer(request)

        platform = Rest(cluster)

        async def certificates(request: Request) -> Answer:
            self._tell(request)
            return await platform.answer(request)

        cluster.axl_port = await self._serve(web, cluster.axl_port, context)
        cluster.platform_port = await self._serve(certificates, cluster.platform_port, context)
        for node in cluster.nodes.values():
            if node.tftp:
                files = NodeFiles(cluster, node.name)
                node.http_port = await self._serve(files.answer, node.http_port)
                by_tftp = TftpServer(_finder(files))
                node.tftp_port = await by_tftp.open(node.tftp_port)
                self._tftp.append(by_tftp)
        key = ssh.host_key(keys, cluster.name, "ssh-ed25519")
        cluster.os_port = await self._cli.open(cluster.os_port, key)
        public = key.export_public_key("openssh").decode().split()
        return f"[127.0.0.1]:{cluster.os_port} {public[0]} {public[1]}\n"

    async def _serve(self, handler: Handler, port: int, context: ssl.SSLContext | None = None) -> int:
        server = HttpServer(handler)
        port = await server.open(port, context)
        self._http.append(server)
        return port

    async def close(self) -> None:
        await self._cli.close()
        for tftp in self._tftp:
            tftp.close()
        for http in self._http:
            await http.close()
        self._axl.close()
        self._http, self._tftp = [], []

    def log(self, event: str, **details: Any) -> None:
        self._log.write(self.cluster.name, 0, event, **details)

    def _tell(self, request: Request) -> None:
        action = request.headers.get("soapaction", "").strip('"')[:100]
        self.log("request", method=request.method, path=request.path[:200], **({"action": action} if action else {}))


def _finder(files: NodeFiles) -> Find:
    def find(name: str) -> Served | None:
        content, endless = files.find(name)
        if endless:
            return Served(endless=OVERSIZE)
        return None if content is None else Served(content, stalls=files.stalls(name))

    return find


def _context(cert: Cert, ca: Cert, file: Path) -> ssl.SSLContext:
    """The key goes into the lab's own directory, since only files can be loaded."""
    if cert.key is None:
        raise ValueError("a web certificate without its key")
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(pem_of(cert.key) + cert.pem + ca.pem, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    return context
