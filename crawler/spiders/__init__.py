"""The spiders: annual_reports follows a column to its reports and their attachments."""
