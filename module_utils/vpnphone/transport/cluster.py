"""One CUCM cluster: AXL and RIS with the application user, CLI and snapshot with the platform user."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from ..errors import BadInput
from .axl import PATH as AXL_PATH
from .axl import Axl
from .certificate_api import CertificateApi
from .cucm_os import PlatformCli
from .https import HttpClient, Trust, origin
from .options import Connection
from .ris import PATH as RIS_PATH
from .ris import Ris
from .soap_client import Allowance, SoapClient

CLUSTER_SPEC: dict[str, dict[str, Any]] = {
    "host": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "axl_port": {"type": "int", "default": 8443},
    "ca_file": {"type": "path"},
    "pin": {"type": "str"},
    "tls_legacy": {"type": "bool", "default": False},
    "os_username": {"type": "str"},
    "os_password": {"type": "str", "no_log": True},
    "os_port": {"type": "int", "default": 22},
    "platform_port": {"type": "int", "default": 443},
    "known_hosts": {"type": "path"},
    "ssh_config": {"type": "path"},
    "ssh_legacy": {"type": "bool", "default": False},
    "connect_timeout": {"type": "int", "default": 20},
    "command_timeout": {"type": "int", "default": 60},
}
# Option to the inventory variables that it is taken from, the first that is set.
CLUSTER_VARIABLES: dict[str, tuple[str, ...]] = {
    "host": ("ansible_host", "inventory_hostname"),
    "username": ("ansible_user",),
    "password": ("ansible_password",),
    "axl_port": ("vpnphone_axl_port",),
    "ca_file": ("vpnphone_cucm_ca_file",),
    "pin": ("vpnphone_cucm_pin",),
    "tls_legacy": ("vpnphone_tls_legacy",),
    "os_username": ("vpnphone_os_user",),
    "os_password": ("vpnphone_os_password",),
    "os_port": ("vpnphone_os_port",),
    "platform_port": ("vpnphone_platform_port",),
    "known_hosts": ("vpnphone_known_hosts",),
    "ssh_config": ("vpnphone_ssh_config",),
    "ssh_legacy": ("vpnphone_ssh_legacy",),
    "connect_timeout": ("vpnphone_connect_timeout",),
    "command_timeout": ("vpnphone_command_timeout",),
}
_AXL_ADVICE = {
    "http_unauthorized": "Check ansible_user and ansible_password: the AXL application user (docs/cucm-access.md). It "
    "was tried once.",
    "http_forbidden": "Give the AXL user the access control group of docs/cucm-access.md.",
    "connection_refused": "Check ansible_host and vpnphone_axl_port, and that Cisco Tomcat runs on that node.",
    "tls_untrusted": "Give the CA of the publisher's tomcat certificate in vpnphone_cucm_ca_file, or its SHA-256 in "
    "vpnphone_cucm_pin (docs/cucm-access.md tells how to see it).",
    "tls_pin_differs": "Find out why first (renewed certificate, or somebody in between); then correct "
    "vpnphone_cucm_pin.",
    "tls_wrong_host": "Set ansible_host to the name in the tomcat certificate, or pin it in vpnphone_cucm_pin.",
}
_RIS_TODO = "Put the AXL user into the group Standard CCM Server Monitoring too (docs/cucm-access.md)."
_RIS_ADVICE = {"http_unauthorized": _RIS_TODO, "http_forbidden": _RIS_TODO}
_PLATFORM_ADVICE = {
    "http_unauthorized": "Check vpnphone_os_user and vpnphone_os_password. It was tried once.",
    "http_failed": "The certificate API comes with release 14; check vpnphone_platform_port.",
}


class ClusterOptions(NamedTuple):
    """Validated options of one cluster; times in seconds. Never printed whole: it holds passwords."""

    host: str
    username: str
    password: str
    axl_port: int
    trust: Trust
    os_username: str
    os_password: str
    os_port: int
    platform_port: int
    known_hosts: str
    ssh_config: str
    ssh_legacy: bool
    connect_timeout: int
    command_timeout: int

    def __repr__(self) -> str:
        return f"ClusterOptions({self.username}@{self.host}:{self.axl_port})"

    @classmethod
    def of(cls, params: Mapping[str, Any], name: str) -> ClusterOptions:
        """From validated module parameters. BadInput for what cannot be used."""
        text = {
            key: str(params.get(key) or "") for key in ("host", "username", "password", "known_hosts", "ssh_config")
        }
        if not text["host"]:
            raise BadInput("no address.", where=name, todo="Set ansible_host.", code="host_missing")
        for option in ("username", "password"):
            if not text[option]:
                raise BadInput(
                    f"no {option} for AXL.",
                    where=name,
                    todo="Set ansible_user and ansible_password (from a vault) to the AXL application user.",
                    code="login_missing",
                )
        for variable in ("connect_timeout", "command_timeout"):
            if params[variable] < 1:
                raise BadInput(
                    f"{params[variable]} seconds are no time to wait.",
                    where=name,
                    todo=f"Correct vpnphone_{variable}.",
                )
        return cls(
            **text,
            axl_port=params["axl_port"],
            trust=Trust(str(params.get("ca_file") or ""), str(params.get("pin") or ""), bool(params.get("tls_legacy"))),
            os_username=str(params.get("os_username") or ""),
            os_password=str(params.get("os_password") or ""),
            os_port=params["os_port"],
            platform_port=params["platform_port"],
            ssh_legacy=bool(params.get("ssh_legacy")),
            connect_timeout=params["connect_timeout"],
            command_timeout=params["command_timeout"],
        )


class ClusterSession:
    """Use as a context manager: its connections are closed in every case."""

    def __init__(self, options: ClusterOptions, *, name: str, allowance: Allowance | None = None) -> None:
        self._options = options
        self._name = name
        allowance = allowance or Allowance(connect=options.connect_timeout, read=options.command_timeout)
        self._allowance = allowance
        base = origin("https", options.host, options.axl_port)
        user = (options.username, options.password)
        self._http = HttpClient(name, trust=options.trust, auth=user, advice=_AXL_ADVICE)
        self._ris_http = HttpClient(name, trust=options.trust, auth=user, advice=_RIS_ADVICE)
        self.axl = Axl(SoapClient(self._http, base + AXL_PATH, name, allowance), name)
        self.ris = Ris(SoapClient(self._ris_http, base + RIS_PATH, f"{name} (RisPort70)", allowance), allowance)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._ris_http.close()

    @property
    def has_platform_login(self) -> bool:
        return bool(self._options.os_username and self._options.os_password)

    def cli(self) -> PlatformCli:
        """A session of the platform CLI. VpnPhoneError where there is none."""
        options = self._options
        connection = Connection(
            host=options.host,
            port=options.os_port,
            username=options.os_username,
            password=options.os_password,
            enable_password=None,
            private_key_file=None,
            known_hosts=options.known_hosts,
            ssh_config=options.ssh_config,
            ssh_legacy=options.ssh_legacy,
            context=None,
            connect_timeout=options.connect_timeout,
            command_timeout=options.command_timeout,
        )
        return PlatformCli(connection, name=f"{self._name} (platform)")

    def snapshot(self) -> bytes:
        """The certificate snapshot of release 14 and later: JSON."""
        with self.certificates() as api:
            return api.snapshot()

    def certificates(self) -> CertificateApi:
        """The certificate API of release 14 and later, with the platform login."""
        options = self._options
        name = f"{self._name} (certificate API)"
        user = (options.os_username, options.os_password)
        http = HttpClient(name, trust=options.trust, auth=user, advice=_PLATFORM_ADVICE)
        return CertificateApi(http, origin("https", options.host, options.platform_port), name, self._allowance)

    def pause(self, seconds: float) -> None:
        """Wait so long before the next question, of our own will."""
        self._allowance.pace(seconds)
