from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Outside a transaction: what is refused meanwhile is still kept."""

    atomic = False
    dependencies = [("intake", "0006_public_forms_same_account")]

    operations = [
        AddIndexConcurrently(
            model_name="quarantinedlead",
            index=models.Index(
                condition=models.Q(("form__isnull", False)),
                fields=["account", "form", "created_at"],
                name="quarantine_of_form",
            ),
        ),
    ]
