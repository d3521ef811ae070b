DATE_FORMAT = r"Y年n月j日"
TIME_FORMAT = "H:i:s T"
DATETIME_FORMAT = r"Y年n月j日 H:i:s T"
SHORT_DATETIME_FORMAT = r"Y年n月j日 H:i T"
