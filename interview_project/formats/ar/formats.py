DATE_FORMAT = r"j F Y"
TIME_FORMAT = "H:i:s T"
DATETIME_FORMAT = r"j F Y، H:i:s T"
SHORT_DATETIME_FORMAT = r"j F Y، H:i T"
# As browsers write Arabic numbers with these digits.
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
