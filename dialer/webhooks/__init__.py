"""Webhooks: other systems are told over HTTP of what happened, at least once, and never on the path of a call."""
