"""Moodle XML → questions: https://docs.moodle.org/en/Moodle_XML_format."""
