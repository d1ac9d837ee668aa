"""The model card: everything known of a version on one page, made from evidence alone."""
