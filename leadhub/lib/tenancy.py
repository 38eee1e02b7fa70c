"""What every tenant table shares: an account, rows reached through it, and foreign keys that cannot cross it."""

from typing import Any, Self

from django.db import models
from django.db.migrations.operations import RunSQL


class TenantQuerySet[M: models.Model](models.QuerySet[M]):
    def for_account(self, account: Any) -> Self:
        """The rows of one account (an Account or its id); every tenant query begins here."""
        return self.filter(account_id=getattr(account, "pk", account))

    def listed_for(self, account: Any) -> Self:
        """The same rows, to be listed in the order of (account_id, id), or backwards, a page at a time.

        Told that the account is one, PostgreSQL takes that order for the order of ids alone, and may read everybody's
        newest rows until it has a page of this account's. A range of accounts is read in the account's own index.
        """
        pk = getattr(account, "pk", account)
        return self.filter(account_id__gte=pk, account_id__lte=pk)


def same_account_key(
    name: str, *, table: str, column: str, to: str, to_column: str = "id", valid: bool = True
) -> RunSQL:
    """A foreign key over (account_id, column), so that a row of another account cannot be stored even by a bug.

    NOT DEFERRABLE, so that the statement that breaks it fails, and not the commit. With `valid` false the rows that
    are there are not looked at: for a big table, whose writers would wait for that.
    """
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (account_id, {column}) "
        f"REFERENCES {to} (account_id, {to_column}) ON DELETE NO ACTION NOT DEFERRABLE{'' if valid else ' NOT VALID'}",
        f"ALTER TABLE {table} DROP CONSTRAINT {name}",
    )
