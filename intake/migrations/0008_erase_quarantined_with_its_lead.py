import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Outside a transaction: what is refused meanwhile is still kept."""

    atomic = False
    dependencies = [
        ("intake", "0007_find_quarantined_of_form"),
        ("leads", "0007_find_leads_of_form"),
    ]

    operations = [
        # Django's word alone: nothing in the database changes.
        migrations.AlterField(
            model_name="quarantinedlead",
            name="lead",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="leads.lead",
            ),
        ),
        AddIndexConcurrently(
            model_name="quarantinedlead",
            index=models.Index(condition=models.Q(("lead__isnull", False)), fields=["lead"], name="quarantine_of_lead"),
        ),
    ]
