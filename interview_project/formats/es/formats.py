DATE_FORMAT = r"j \d\e F \d\e Y"
TIME_FORMAT = "H:i:s T"
DATETIME_FORMAT = r"j \d\e F \d\e Y, H:i:s T"
SHORT_DATETIME_FORMAT = r"j \d\e F \d\e Y, H:i T"
