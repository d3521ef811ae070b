from interview_project.wording import together

DATE_FORMAT = together(r"j \d\e F") + r" \d\e Y"
TIME_FORMAT = together("H:i:s T")
DATETIME_FORMAT = f"{DATE_FORMAT}, {TIME_FORMAT}"
SHORT_DATETIME_FORMAT = f"{DATE_FORMAT}, {together('H:i T')}"
