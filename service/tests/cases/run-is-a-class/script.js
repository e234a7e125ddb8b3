class run {}
