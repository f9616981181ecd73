"""A simulated site of Cisco ASAs on the loopback interface, to rehearse change windows and to test against.

It shares no code with the product that talks to it: an error in a parser must not be mirrored here.
"""
