from interview_project.wording import together

DATE_FORMAT = r"Y年n月j日"
TIME_FORMAT = together("H:i:s T")
DATETIME_FORMAT = f"{DATE_FORMAT} {TIME_FORMAT}"
SHORT_DATETIME_FORMAT = f"{DATE_FORMAT} {together('H:i T')}"
