"""Secrets as devices print them, each with a canary in its place. Self-made from the command references and logs."""

from __future__ import annotations

CANARY = "CaNaRy"
CONFIG = """
enable password CaNaRy1 encrypted
passwd CaNaRy2 encrypted
username root password $sha512$5000$CaNaRy3==$CaNaRy3== pbkdf2 privilege 15
username plain password CaNaRy4
username phone1 attributes
 ssh authentication publickey CaNaRy5
snmp-server community CaNaRy6
snmp-server host inside 10.0.0.9 community CaNaRy7 version 2c
snmp-server user bob v3group v3 encrypted auth md5 CaNaRy8 priv aes 128 CaNaRy9
failover key CaNaRy10
failover ipsec pre-shared-key 8 CaNaRy11
aaa-server LDAP protocol ldap
aaa-server LDAP (inside) host 10.0.0.7
 ldap-login-password CaNaRy12
aaa-server TAC protocol tacacs+
aaa-server TAC (inside) host 10.0.0.8
 key CaNaRy13
aaa-server OLD (inside) host 10.0.0.9 CaNaRy14 timeout 5
ntp authentication-key 7 md5 CaNaRy15
vpn load-balancing
 cluster key CaNaRy16
crypto ca trustpoint SCEP
 enrollment url http://ra:CaNaRy17@ca.example.com:80/certsrv
 password CaNaRy18
tunnel-group Branch type ipsec-l2l
tunnel-group Branch ipsec-attributes
 ikev1 pre-shared-key CaNaRy19
 ikev2 remote-authentication pre-shared-key CaNaRy20
interface GigabitEthernet0/5
 nameif transit
 ospf message-digest-key 1 md5 CaNaRy21
 authentication key eigrp 10 CaNaRy22 key-id 1
 rip authentication key CaNaRy23 key_id 1
 isis password CaNaRy24 level-1
router ospf 1
 area 1 virtual-link 10.9.9.9 message-digest-key 1 md5 CaNaRy25
wccp web-cache redirect-list WCCP password CaNaRy26
key config-key password-encryption CaNaRy27 CaNaRy28
license smart register idtoken CaNaRy29
group-policy Partners external server-group RAD password CaNaRy30
group-policy Inner attributes
 webvpn
  auto-signon allow ip 10.0.0.0 255.0.0.0 auth-type basic username web password CaNaRy31
  post-parameter name pin value CaNaRy32
  sso-server SSO type siteminder
   policy-server-secret CaNaRy33
dns update method ddns
 ddns url https://user:CaNaRy34@ddns.example.com/
"""
LOG = """
Nov 24 2026 10:00:00 asa1 : %ASA-5-111008: User 'admin' executed the 'username bob password CaNaRy40\
 privilege 15' command.
Nov 24 2026 10:00:01 asa1 : %ASA-5-111010: User 'admin', running 'CLI' from IP 10.0.0.5, executed 'c\
rypto ca import TP pkcs12 CaNaRy41'
Nov 24 2026 10:00:02 asa1 : %ASA-5-111010: User 'admin', running 'CLI' from IP 10.0.0.5, executed 's\
nmp-server community CaNaRy42'
Nov 24 2026 10:00:03 asa1 : %ASA-6-725002: Device completed SSL handshake with client outside:172.16\
.250.9/50443 to 10.0.0.1/443 for TLSv1 session
http_parse_cstp_method()
...input: 'Cookie: webvpn=CaNaRy43@12288@1273588113@1C5DB3'
Processing CSTP header line: 'Cookie: webvpncontext=CaNaRy44@VPN; webvpn=CaNaRy45'
Found WebVPN cookie: 'webvpn=CaNaRy46@12288@1273588113@1C5DB3'
WebVPN Cookie: 'CaNaRy47@12288@1273588113@1C5DB3'
Processing CSTP header line: 'X-DTLS-Master-Secret: CaNaRy48'
Authorization: Basic CaNaRy49
username=bob&password=CaNaRy50&group_list=VPNPhone
<config-auth><session-id>CaNaRy51</session-id><session-token>CaNaRy52</session-token></config-auth>
<auth><username>bob</username><password>CaNaRy53</password><secondary_password>CaNaRy54</secondary_password></auth>
<device><sshPassword>CaNaRy55</sshPassword><userPassword>CaNaRy56</userPassword></device>
1234: NOT 10:00:04.000001 VPNC: do_login: password=CaNaRy57
1235: NOT 10:00:05.000001 VPNC: Set-Cookie: webvpn=CaNaRy58; path=/; secure
%ASA-5-734002: DAP: User CP-7962G-SEP8CB64F576113, Addr 172.16.250.9: Connection terminated by the f\
ollowing DAP records: DfltAccessPolicy
-----BEGIN RSA PRIVATE KEY-----
Q2FOYVJ5NTlDYU5hUnk1OQ==
-----END RSA PRIVATE KEY-----
"""
# What is in the key above, which has no room for a canary in plain letters.
KEY = "Q2FOYVJ5NTlDYU5hUnk1OQ=="
