from django.contrib.auth.backends import ModelBackend


class EmailBackend(ModelBackend):
    """Log-in by e-mail and password; what a person may do then, the role in the account says."""
