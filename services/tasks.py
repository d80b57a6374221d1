"""The worker's edges. A message carries an id and is a hint; the row is the queue."""
