"""A PostgreSQL server that starts by itself, for development and tests: no TCP, durable, stopped by the last one out.

`ENGINE = "leadhub.lib.embedded"` is Django's way in (base.py); `server.server_for(root)` is everybody else's.
"""
