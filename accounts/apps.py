from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.audit import register

        secret = ["password", "last_login", "secret_hash", "last_used_at"]
        register("accounts.Account", "accounts.Membership", "accounts.User", "accounts.ApiKey", exclude=secret)
        register("accounts.DayOff", "accounts.Holiday")
