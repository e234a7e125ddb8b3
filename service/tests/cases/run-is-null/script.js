var run = null;
