"""How moments are written where nothing else is said: staff and candidates may sit in different zones, so it is named."""

from interview_project.wording import together

DATE_FORMAT = together("j F") + " Y"
TIME_FORMAT = together("H:i:s T")
DATETIME_FORMAT = f"{together('j M')} Y, {TIME_FORMAT}"
SHORT_DATETIME_FORMAT = f"{DATE_FORMAT}, {together('H:i T')}"
