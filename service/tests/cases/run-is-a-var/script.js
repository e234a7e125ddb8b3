var run = function (ctx) { return arguments.length; };
