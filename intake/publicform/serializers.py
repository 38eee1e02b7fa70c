from rest_framework import serializers

from intake.fields import Choice, LeadRequest, Prose, Text, ValidEmail, Whence
from intake.publicform.asking import KINDS


class FormLeadRequest(LeadRequest):
    """A visitor's lead: an e-mail or a phone, and what else the form requires. What is unknown is kept with it."""

    form = Text(help_text="The form's public id, where the path does not name it.")
    email = ValidEmail()
    phone = Text()
    first_name = Text()
    last_name = Text()
    company = Text()
    message = Prose()
    consent = serializers.BooleanField(required=False, help_text="Whether the form's consent was ticked.")
    utm_source = Text()
    utm_medium = Text()
    utm_campaign = Text()
    utm_term = Text()
    utm_content = Text()
    landing_page = Whence(help_text="The page that the form was on.")
    referrer = Whence(help_text="The page before it.")
    redirect = Text(help_text="Where the browser is sent, at a host that the form allows.")
    token = Text(help_text="From the form's `config`; demanded of forms set to hosted.")
    homepage_url = Text(help_text="Left empty by people.")


class FormReceived(serializers.Serializer):
    status = Choice(["received"])


class FormFieldShown(serializers.Serializer):
    name = Choice(list(KINDS))
    label = serializers.CharField()  # type: ignore[assignment]
    required = serializers.BooleanField()  # type: ignore[assignment]
    type = Choice(["text", "email", "tel", "textarea", "checkbox"])
    autocomplete = serializers.CharField()


class FormConfig(serializers.Serializer):
    title = serializers.CharField()
    intro = serializers.CharField()
    button = serializers.CharField()
    thanks = serializers.CharField()
    redirect_url = serializers.CharField(allow_null=True)
    # DRF's metaclass takes declared fields out of the class, where `fields` is another thing.
    fields = FormFieldShown(many=True)  # type: ignore[assignment]
    trap = serializers.CharField(help_text="The name of the field that people do not see.")
    token = serializers.CharField()
    submit_path = serializers.CharField()
