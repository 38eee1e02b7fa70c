"""Django's PostgreSQL backend with a pool that fails fast: `ENGINE = "leadhub.lib.pooled"`."""
