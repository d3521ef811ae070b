"""Questions → Moodle XML."""
