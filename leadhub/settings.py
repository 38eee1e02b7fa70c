"""All settings, in one file. docs/settings.md lists the environment variables."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from leadhub import env
from leadhub.lib.pooled.checking import check_connection
from leadhub.lib.pooled.reconnecting import try_again
from leadhub.unfold import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = env.folder("LEADHUB_DATA", BASE_DIR / "var")

PRODUCTION = env.choice("LEADHUB_ENV", "development", "production") == "production"
DEBUG = env.flag("DEBUG", default=False)
DEVELOPMENT_SECRET = "for-development-only-and-refused-in-production-0123456789"  # noqa: S105
SECRET_KEY = env.text("SECRET_KEY") or DEVELOPMENT_SECRET
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "" if PRODUCTION else "localhost,127.0.0.1,[::1],testserver")
CSRF_TRUSTED_ORIGINS = env.origins("CSRF_TRUSTED_ORIGINS")
SITE_URL = env.origin("SITE_URL", f"http://localhost:{env.port('PORT', 8000)}")
# Addresses of the proxies in front of us; only these may say whom they speak for.
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.inlines",
    "leadhub.console.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "auditlog",
    "procrastinate.contrib.django",
    "accounts",
    "teams",
    "leads",
    "intake",
    "leadhub",
]

MIDDLEWARE = [
    "leadhub.middleware.RequestContextMiddleware",
    "leadhub.middleware.HostMiddleware",
    "leadhub.https.HttpsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "leadhub.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "leadhub.middleware.WorkingAccountMiddleware",
]

ROOT_URLCONF = "leadhub.urls"
WSGI_APPLICATION = "leadhub.wsgi.application"
# A redirected POST is repeated as a GET, and the lead is lost: our paths take both forms themselves.
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------------

# The web server's processes, and the threads of each; every thread may hold one connection.
WEB_WORKERS = env.number("WEB_WORKERS", min(os.cpu_count() or 1, 4), least=1)
WEB_THREADS = env.number("WEB_THREADS", 32, least=1)
# Only the web server bounds its statements: a migration or a command may take its time.
SERVING = env.flag("LEADHUB_SERVING", default=False)
SERVING_LIMITS = "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s"

DATABASE_URL = env.text("DATABASE_URL")
CONNECTION_OPTIONS = {
    "server_side_binding": True,
    "prepare_threshold": 0,
    "connect_timeout": "5",
    # A host that is gone without a word, whoever waits for its answer, is noticed within the last of these.
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
    "application_name": "leadhub",
}
if SERVING:
    CONNECTION_OPTIONS["options"] = SERVING_LIMITS
    # A pool that tries to reconnect for long waits longer each time, and does not notice that the database is back.
    CONNECTION_OPTIONS["pool"] = {
        "min_size": 4,
        "max_size": WEB_THREADS + 2,
        "timeout": 5.0,
        "max_lifetime": 3600.0,
        "reconnect_timeout": 1.0,
        "reconnect_failed": try_again,
        # One that died in the pool (a restart of the database) is replaced before a request gets it.
        "check": check_connection,
    }

if DATABASE_URL:
    DATABASES = {"default": {"ENGINE": "leadhub.lib.pooled", **env.database(DATABASE_URL)}}
    own: dict[str, Any] = DATABASES["default"]["OPTIONS"]  # type: ignore[assignment]
    limits = " ".join(filter(None, [str(CONNECTION_OPTIONS.get("options", "")), own.pop("options", "")]))
    DATABASES["default"]["OPTIONS"] = CONNECTION_OPTIONS | own | ({"options": limits} if limits else {})
elif PRODUCTION:
    raise ImproperlyConfigured("Production needs DATABASE_URL, such as postgresql://user:password@host/leadhub")
else:
    DATABASES = {
        "default": {
            "ENGINE": "leadhub.lib.embedded",
            "NAME": "leadhub",
            "OPTIONS": CONNECTION_OPTIONS,
            "LEADHUB_DATA_ROOT": str(DATA_DIR),
        }
    }

# --- Background work ------------------------------------------------------------------------------------------------

# Jobs that a worker does at once, each with a connection of its own; sweeps have their own threads beside them.
WORKER_CONCURRENCY = env.number("WORKER_CONCURRENCY", 2, least=1)
# A worker says every so often that it lives; after so long without a word another takes over what it held.
WORKER_HEARTBEAT_SECONDS = 5
WORKER_SILENT_SECONDS = 20
# Ours are found by leadhub.lib.jobs; the library looks for modules of this name, and finds none.
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None

# --- E-mail ---------------------------------------------------------------------------------------------------------

# Development prints its mails; production without a server sends none, and says so at the start.
EMAIL_URL = env.text("EMAIL_URL") or ("" if PRODUCTION else "console://")
MAILERS = env.mailers(EMAIL_URL)
DEFAULT_FROM_EMAIL = env.sender("EMAIL_FROM", f"LeadHub <leadhub@{urlsplit(SITE_URL).hostname or 'localhost'}>")

# --- People ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["accounts.hashing.BoundedArgon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_ENGINE = "accounts.sessions"

AUDITLOG_LOGENTRY_MODEL = "accounts.AuditEntry"
AUDITLOG_STORE_JSON_CHANGES = True
# Its own table is swapped out for ours; its migrations would make it all the same.
MIGRATION_MODULES = {"auditlog": None}

# --- Words, times, files --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "static/"
# Development serves static files from where they are; production collects them.
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["leadhub.lib.api.Refused"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "LeadHub",
    "VERSION": "0.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": False,
        "tryItOutEnabled": True,
        "docExpansion": "none",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Several things have a status, and each its own.
    "ENUM_NAME_OVERRIDES": {
        "RotationStatus": "teams.models.RotationStatus",
        "LeadStatus": "leads.models.LeadStatus",
        "FormKind": "intake.api.serializers.forms.KINDS_OF_FORM",
        "ApiKeyKind": ["account", "source"],
        "NoticeKind": "leads.models.NoticeKind",
        "OwnKeyKind": ["user"],
        "PlatformStatus": "intake.doors.platform.wire.STATUSES",
    },
    "SORT_OPERATIONS": False,
    "PREPROCESSING_HOOKS": ["intake.documentation.documented"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "intake.examples.with_examples",
        "intake.chapters.in_chapters",
    ],
}

# --- How often one may come ------------------------------------------------------------------------------------------

# Requests a minute, counted in the database; off for load tests.
RATE_LIMITS = env.flag("LEADHUB_RATE_LIMITS", default=True)
# Of a key or session, at the platform door and at every other; and of an account by all its keys together.
RATE_LIMIT_PLATFORM = env.number("RATE_LIMIT_PLATFORM", 1000, least=1)
RATE_LIMIT_DOORS = env.number("RATE_LIMIT_DOORS", 6000, least=1)
RATE_LIMIT_ACCOUNT = env.number("RATE_LIMIT_ACCOUNT", 12_000, least=1)
# Of an address where no credential is asked for, and of wrong credentials.
RATE_LIMIT_ADDRESS = env.number("RATE_LIMIT_ADDRESS", 600, least=1)
RATE_LIMIT_GUESSES = env.number("RATE_LIMIT_GUESSES", 20, least=1)
# Of an address at one public form, and of all addresses at it.
RATE_LIMIT_FORM = env.number("RATE_LIMIT_FORM", 60, least=1)
RATE_LIMIT_FORM_TOTAL = env.number("RATE_LIMIT_FORM_TOTAL", 600, least=1)

# --- How long refused payloads are kept -----------------------------------------------------------------------------

# Days, where nobody deals with them; and how many of one source or form, the latest.
QUARANTINE_DAYS = env.number("QUARANTINE_DAYS", 90, least=1)
QUARANTINE_ROWS = env.number("QUARANTINE_ROWS", 100_000, least=1)

# --- Safety ---------------------------------------------------------------------------------------------------------

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
# The console's library evaluates its attributes (Alpine) and sets inline styles.
CONSOLE_CSP = SECURE_CSP | {
    "script-src": [CSP.SELF, CSP.UNSAFE_INLINE, CSP.UNSAFE_EVAL],
    "style-src": [CSP.SELF, CSP.UNSAFE_INLINE],
    # A public form is previewed on its page.
    "frame-src": [CSP.SELF],
}
CSRF_FAILURE_VIEW = "leadhub.handlers.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    # A door must not redirect (a redirected POST is a lost lead), so the proxy in front does it for people.
    SILENCED_SYSTEM_CHECKS = ["security.W008"]
    if not EMAIL_URL:
        # Sending no mail is a choice, and the start says so; printing them (console://) is still complained of.
        SILENCED_SYSTEM_CHECKS.append("mail.E001")
    if DEBUG:
        raise ImproperlyConfigured("Production refuses DEBUG=1.")
    if SECRET_KEY == DEVELOPMENT_SECRET or not env.is_random(SECRET_KEY):
        raise ImproperlyConfigured("Production needs SECRET_KEY, at least 50 random characters.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Production needs ALLOWED_HOSTS, the host names you serve; '*' is refused.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "leadhub.lib.logs.formatter", "as_json": PRODUCTION, "serving": PRODUCTION or SERVING}
    },
    "filters": {"only_faults": {"()": "leadhub.lib.logs.OnlyFaults"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.choice("LOG_LEVEL", "WARNING", "ERROR", "INFO", "DEBUG")},
    "loggers": {
        # Every request has a line of its own; beside it only a fault is news.
        "leadhub.requests": {"level": "INFO" if env.flag("LOG_REQUESTS", default=True) else "WARNING"},
        "django": {"level": "INFO", "handlers": [], "propagate": True},
        "django.request": {"level": "ERROR", "filters": ["only_faults"]},
        "django.security": {"level": "CRITICAL"},
        # The web server has set up its own by then.
        "_granian": {"handlers": [], "propagate": True},
    },
}
LOGGING_CONFIG = "leadhub.lib.logs.configure"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
