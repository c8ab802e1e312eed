"""What the formats of companies' files are called. Apart from all else, so that the command line knows them at once."""

TIMELINES, WOOCOMMERCE, ODOO = "timelines", "woocommerce", "odoo"
FORMATS = (TIMELINES, WOOCOMMERCE, ODOO)
