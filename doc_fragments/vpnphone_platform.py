"""How a module reaches the platform of a CUCM cluster: its command line and its certificate API."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that names this fragment; their argument spec stands beside the code that reads them."""

    DOCUMENTATION = r"""
options:
  os_username:
    description: The platform (OS) administrator, another account than the AXL user. From C(vpnphone_os_user).
    type: str
  os_password:
    description: Its password. From C(vpnphone_os_password).
    type: str
  os_port:
    description: SSH port of the platform CLI. From C(vpnphone_os_port).
    type: int
    default: 22
  platform_port:
    description: HTTPS port of the certificate API of release 14 and later. From C(vpnphone_platform_port).
    type: int
    default: 443
  known_hosts:
    description:
      - File of accepted SSH host keys. From C(vpnphone_known_hosts); the user's own C(~/.ssh/known_hosts) by default.
    type: path
  ssh_config:
    description: OpenSSH client configuration, for jump hosts. From C(vpnphone_ssh_config), else C(~/.ssh/config).
    type: path
  ssh_legacy:
    description: Allow SHA-1 key exchange and C(ssh-rsa) for the platform CLI. From C(vpnphone_ssh_legacy).
    type: bool
    default: false
"""
