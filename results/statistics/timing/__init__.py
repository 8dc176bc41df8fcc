"""When runs escape, fall again, reach a loss, or still get better as they end."""
