from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Outside a transaction: leads keep coming in while the indexes are made and the rows are checked."""

    atomic = False
    dependencies = [("leads", "0004_held_contact_clock_notices")]

    operations = [
        migrations.RunSQL("ALTER TABLE leads_lead VALIDATE CONSTRAINT lead_rotation_of_account", migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(condition=models.Q(('archived_at', None), ('deleted_at', None), ('owner', None), ('rotation__isnull', False)), fields=['account', 'rotation', 'id'], name='lead_held'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(condition=models.Q(('remind_at__isnull', False)), fields=['remind_at'], name='lead_remind_due'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(condition=models.Q(('contact_due_at__isnull', False)), fields=['contact_due_at'], name='lead_contact_due'),
        ),
        AddIndexConcurrently(
            model_name='lead',
            index=models.Index(condition=models.Q(('deleted_at__isnull', False)), fields=['deleted_at'], name='lead_deleted'),
        ),
    ]
