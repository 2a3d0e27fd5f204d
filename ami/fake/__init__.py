"""The embedded Asterisk: a switch as seen through AMI, on a real socket, over virtual time."""
