from django.db import models


class LoginAttempt(models.Model):
    """How many log-ins of one subject failed, or are being looked at, in one minute; a subject is kept as a hash.

    What people type as an e-mail address is sometimes their password.
    """

    subject = models.CharField(max_length=64)
    minute = models.BigIntegerField(help_text="Minutes since 1970.")
    failures = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["subject", "minute"], name="loginattempt_once")]

    def __str__(self) -> str:
        return f"{self.failures} in minute {self.minute}"
