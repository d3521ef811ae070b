"""How moments are written where nothing else is said: staff and candidates may sit in different zones, so it is named."""

DATE_FORMAT = "j F Y"
DATETIME_FORMAT = "j M Y, H:i:s T"
