"""The demo: the whole daemon on an embedded Asterisk, with invented people, faster than life."""
