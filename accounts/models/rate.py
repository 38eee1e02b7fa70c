from django.db import models


class RateCount(models.Model):
    """How often one subject (a key, an address, a form, a log-in that failed) came in one minute.

    The table is UNLOGGED: a crash of the database forgets the running minute, and counting waits for no disk.
    """

    pk = models.CompositePrimaryKey("minute", "subject")
    minute = models.BigIntegerField(help_text="Minutes since 1970, by the database's clock.")
    subject = models.CharField(max_length=200)
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ["minute", "subject"]

    def __str__(self) -> str:
        return f"{self.count} in minute {self.minute}"
