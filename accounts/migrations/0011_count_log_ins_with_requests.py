from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_forget_the_log_ins_sweep")]

    operations = [migrations.DeleteModel(name="LoginAttempt")]
