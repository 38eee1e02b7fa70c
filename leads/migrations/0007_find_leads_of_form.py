from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    """Outside a transaction: leads keep coming in while the index is made."""

    atomic = False
    dependencies = [("leads", "0006_find_leads_of_source")]

    operations = [
        AddIndexConcurrently(
            model_name="lead",
            index=models.Index(
                models.F("account"),
                KeyTextTransform("form", "attribution"),
                models.F("created_at"),
                condition=models.Q(("door", "form")),
                name="lead_of_form",
            ),
        ),
    ]
