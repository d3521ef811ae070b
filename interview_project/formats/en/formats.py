"""How moments are written where nothing else is said: staff and candidates may sit in different zones, so it is named."""

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i:s T"
DATETIME_FORMAT = "j M Y, H:i:s T"
SHORT_DATETIME_FORMAT = "j F Y, H:i T"
