"""The SSL VPN side of a simulated ASA: its TLS listener, the certificate it presents, and who may log in."""
