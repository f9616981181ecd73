"""How a module reaches an ASA: one SSH session, strict host keys."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of every module that names this fragment; their argument spec stands beside the code that reads them."""

    DOCUMENTATION = r"""
options:
  host:
    description: Address of the device. From C(ansible_host), else the inventory name.
    type: str
  port:
    description: SSH port. From C(ansible_port).
    type: int
    default: 22
  username:
    description: Account. From C(ansible_user), else the user's ssh config.
    type: str
  password:
    description: Its password. From C(ansible_password).
    type: str
  private_key_file:
    description: Private key to log in with. From C(ansible_ssh_private_key_file).
    type: path
  enable_password:
    description: The enable secret. From C(ansible_become_password). Needed only where the login ends in user mode.
    type: str
  known_hosts:
    description:
      - File of accepted host keys. From C(vpnphone_known_hosts); the user's own C(~/.ssh/known_hosts) by default.
      - An unknown or changed host key is refused, always.
    type: path
  ssh_config:
    description: OpenSSH client configuration, for jump hosts. From C(vpnphone_ssh_config), else C(~/.ssh/config).
    type: path
  ssh_legacy:
    description:
      - Allow SHA-1 key exchange, C(ssh-rsa) host keys and CBC ciphers for this device. From C(vpnphone_ssh_legacy).
      - Only for old releases that speak nothing else.
    type: bool
    default: false
  connect_timeout:
    description: Seconds to wait for the connection and the login. From C(vpnphone_connect_timeout).
    type: int
    default: 20
  command_timeout:
    description: Seconds without a byte after which a command is given up. From C(vpnphone_command_timeout).
    type: int
    default: 60
"""
