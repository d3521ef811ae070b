"""Every setting, top to bottom. What differs between machines comes from the environment, through strict readers.

The names are listed with their defaults in ``.env.example``.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from interview_project.env import Env, local_secret
from interview_project.giving_up import giving_up_after
from interview_project.logs import keep_out, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

# ---- Who and where ----

DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY") or (local_secret(BASE_DIR / "var" / "secret-key") if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is missing. Set SECRET_KEY or SECRET_KEY_FILE to 50 random characters or more, or DEBUG=1 to try things out."
    )
SECRET_KEY_FALLBACKS = env.secret_words("SECRET_KEY_FALLBACKS")
PORT = env.number("PORT", 8000, at_least=1)
PUBLIC_URL = env.url("PUBLIC_URL", f"http://localhost:{PORT}", schemes=("http", "https")).rstrip("/")
IS_TLS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("localhost", "127.0.0.1", "[::1]", str(urlsplit(PUBLIC_URL).hostname)))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", (PUBLIC_URL,))
TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", 0)
ROOT_URLCONF = "interview_project.urls"
WSGI_APPLICATION = "interview_project.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "template_partials",
    "django_htmx",
    "csp",
    "django_ratelimit",
    "django_tasks",
    "django_tasks_db",
    "ninja",
    "assessments",
    "candidates",
]

MIDDLEWARE = [
    "interview_project.middleware.RequestLogMiddleware",
    "interview_project.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "interview_project.middleware.PolicyMiddleware",  # before the next one, so that static files have it, too
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "interview_project.health.ProbeMiddleware",
    "interview_project.languages.LanguageMiddleware",
    "interview_project.heartbeat.HeartbeatMiddleware",
    "interview_project.middleware.UnavailableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

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
            ],
        },
    },
]

# ---- The record: PostgreSQL, or embedded SQLite ----

DATABASE_URL = env.url(
    "DATABASE_URL", f"sqlite:///{BASE_DIR / 'var' / 'parley.sqlite3'}", schemes=("postgres", "postgresql", "sqlite")
)
STATEMENT_TIMEOUT_MS = env.number("STATEMENT_TIMEOUT_MS", 0)
LOCK_TIMEOUT_MS = env.number("LOCK_TIMEOUT_MS", 0)
_database = dict(dj_database_url.parse(DATABASE_URL))
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: an acknowledged save must survive a power cut, not only a crash of the process.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    _database["ENGINE"] = "interview_project.giving_up"  # PostgreSQL as Django has it, but for waits in vain
    _database["OPTIONS"] = {
        "connect_timeout": 3,
        # A host that vanishes says nothing. Without these, whoever waits for it waits for hours.
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
        # A statement that comes again is parsed and planned once per connection: a fifth of a save's cost.
        "server_side_binding": True,
        "prepare_threshold": 3,
        **_database.get("OPTIONS", {}),  # type: ignore[dict-item]
        "pool": {
            "min_size": 1,
            "max_size": env.number("DATABASE_POOL_SIZE", 10, at_least=1),
            "timeout": 5,
            "reconnect_timeout": 2,  # the pool's own pauses double; it would come back long after the database did
            # Half a second after the server should have ended the statement, it is not the statement that hangs.
            "connection_class": giving_up_after(STATEMENT_TIMEOUT_MS / 1000 + 0.5 if STATEMENT_TIMEOUT_MS else None),
        },
        # The order of the promise: no "saved" before the row is on disk, whatever the server's default is.
        "options": f"-c synchronous_commit=on -c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
        " -c idle_in_transaction_session_timeout=60000",
    }
    _database["DISABLE_SERVER_SIDE_CURSORS"] = True
DATABASES = {"default": {**_database, "CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# How often each web process says that it is there. Three of these without one from any process are an outage.
HEARTBEAT_SECONDS = env.number("HEARTBEAT_SECONDS", 2, at_least=1)

# ---- The bookmark: Redis, or an embedded table. Losing it loses nothing. ----

REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss", "unix"))
EMBEDDED_CACHE = {
    "BACKEND": "interview_project.caches.AtomicDatabaseCache",
    "LOCATION": "parley_cache",
    "KEY_PREFIX": "parley",
    "OPTIONS": {"MAX_ENTRIES": 100_000},
}
REDIS_CACHE = {
    "BACKEND": "interview_project.caches.RedisCache",
    "LOCATION": REDIS_URL,
    "KEY_PREFIX": "parley",
    "OPTIONS": {
        "SOCKET_CONNECT_TIMEOUT": 0.2,
        "SOCKET_TIMEOUT": 0.2,
        "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
    },
}
CACHES = {
    "default": REDIS_CACHE if REDIS_URL else EMBEDDED_CACHE,
    "embedded": EMBEDDED_CACHE,  # where guesses are counted while Redis is away
}
RATELIMIT_ENABLE = True
SILENCED_SYSTEM_CHECKS = [
    # The limiter's list knows caches by import path; both of ours are subclasses of ones it was written for, made atomic.
    "django_ratelimit.W001",
]

# ---- Background work: rows in the same database, enqueued in the same transaction ----

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# ---- People and cookies ----

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"  # also for whoever was to be led elsewhere
# In the database, not the cache: an evicted key must not log a reviewer out. Candidates have no session at all.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "parley_staff" if DEBUG else "__Host-parley_staff"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ATTEMPT_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "interview_project.errors.csrf_failure"

# ---- Headers ----

SECURE_SSL_REDIRECT = IS_TLS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if IS_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# ---- Language and time ----

LANGUAGE_CODE = "en"
# What candidates' pages speak: only what is translated whole, which a test sees to. Staff pages and the API are English.
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("pt", "Português"),
    ("ar", "العربية"),
    ("hi", "हिन्दी"),
    ("zh-hans", "简体中文"),
]
LOCALE_PATHS = [BASE_DIR / "candidates" / "locale"]
LANGUAGE_COOKIE_NAME = "parley_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = not DEBUG
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = USE_TZ = True
FORMAT_MODULE_PATH = "interview_project.formats"

# ---- Static files: hashed names, compressed, served by the web process ----

STATIC_URL = "static/"
BACKUP_FOLDER = Path(env.text("BACKUP_FOLDER", str(BASE_DIR / "var" / "backups")))
BACKUP_AT = env.hour("BACKUP_AT", "02:30")
BACKUP_KEEP = env.number("BACKUP_KEEP", 14, at_least=1)
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ---- Mail: until EMAIL_URL is given, to the console while debugging, else to nobody, because a log is no place for links ----

EMAIL_URL = env.url("EMAIL_URL", schemes=("smtp", "smtps", "console"))
_mail = urlsplit(EMAIL_URL or ("console://" if DEBUG else ""))
EMAIL_BACKEND = {
    "": "interview_project.mail.NoMailBackend",
    "console": "django.core.mail.backends.console.EmailBackend",
}.get(_mail.scheme, "django.core.mail.backends.smtp.EmailBackend")
EMAIL_HOST, EMAIL_PORT = _mail.hostname or "localhost", _mail.port or (465 if _mail.scheme == "smtps" else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.scheme == "smtps", _mail.scheme == "smtp" and bool(_mail.username)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"parley@{urlsplit(PUBLIC_URL).hostname}")

# ---- AI: off without a key ----

GEMINI_API_KEY = env.secret("GEMINI_API_KEY")
GEMINI_MODEL = env.text("GEMINI_MODEL", "gemini-2.5-flash")
GEMINI_SDK = env.choice("GEMINI_SDK", ("google-generativeai", "google-genai"), "google-generativeai")
GEMINI_API_ENDPOINT = env.url("GEMINI_API_ENDPOINT", schemes=("http", "https"))
AI_DAILY_BUDGET = env.number("AI_DAILY_BUDGET", 1_000_000)
AI_DAILY_COST = env.amount("AI_DAILY_COST", "5")
AI_PRICE_IN = env.amount("AI_PRICE_IN", "0.30")
AI_PRICE_OUT = env.amount("AI_PRICE_OUT", "2.50")
AI_CURRENCY = env.text("AI_CURRENCY", "USD")
AI_MAX_IN_FLIGHT = env.number("AI_MAX_IN_FLIGHT", 4, at_least=1)
AI_GATE_MAX_SHIFTED = env.number("AI_GATE_MAX_SHIFTED", 5)
AI_GATE_MAX_FALSE_FLAGS = env.number("AI_GATE_MAX_FALSE_FLAGS", 2)

# ---- Logs and figures ----

# For a Prometheus that comes from outside, or through a proxy. Nobody else needs one, or has one by default.
METRICS_TOKEN = env.secret("METRICS_TOKEN")
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN can be guessed: it must have 20 characters or more.")

LOG_FORMAT = env.choice("LOG_FORMAT", ("json", "console"), "console" if DEBUG else "json")
LOG_LEVEL = env.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = logging_config(LOG_FORMAT, LOG_LEVEL)
_cache_password = unquote(urlsplit(REDIS_URL).password or "")
keep_out(SECRET_KEY, *SECRET_KEY_FALLBACKS, GEMINI_API_KEY, EMAIL_HOST_PASSWORD, METRICS_TOKEN)
keep_out(str(_database.get("PASSWORD", "")), _cache_password)
